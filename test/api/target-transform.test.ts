import { join } from 'node:path'
import { crossValidate, PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { generator } from '../support/core.js'
import { withMetadata } from '../support/model-header.js'
import { refuses } from '../support/refusal.js'

/** Learning ln(y) or ln(1 + y) is learning a column of those numbers, and undoing the logarithm. */

const next = generator(5)
const rows = Array.from({ length: 160 }, () => {
  const [size, age] = [next(), 3 * next()]
  const color = next() > 0 ? 'red' : 'blue'
  return { size, age, color, price: Math.exp(6 + 2 * size - 0.3 * age + (color === 'red' ? 0.5 : 0) + 0.1 * next()) }
})
const others = rows.slice(0, 40).map((row) => ({ ...row, size: row.size + 0.1 }))
const target = 'price'
const small = { preset: 'paper', hidden: 8, depth: 2, epochs: 30, batchSize: 40, lambda: 1e-3, seed: 2 } as const

const transforms = {
  log: { forward: Math.log, inverse: Math.exp },
  log1p: { forward: Math.log1p, inverse: Math.expm1 },
}

async function fitted(options: object = {}, table: object[] = rows): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...small, ...options })
  await model.fit(table as never, { target })
  return model
}

for (const [targetTransform, { forward, inverse }] of Object.entries(transforms)) {
  t.test(targetTransform, async (t) => {
    const model = await fitted({ targetTransform })
    const ofLogarithm = await fitted(
      {},
      rows.map((row) => ({ ...row, price: forward(row.price) })),
    )
    const { values } = await model.predict(others)
    t.strictSame(values, (await ofLogarithm.predict(others)).values.map(inverse), 'predictions')
    t.strictSame(model.predictSync(others).values, values)
    t.strictSame(
      model.influence().map(({ factor, ...influence }) => influence),
      ofLogarithm.influence(),
      'influence is that on the logarithm',
    )
    for (const { factor, standardized } of model.influence()) {
      t.ok((factor as number) >= Math.exp(standardized) && (factor as number) < Math.exp(standardized) * (1 + 1e-12))
    }

    const within = { size: 0.2, color: ['red', 'blue'] }
    const { lower, upper } = await model.range(others, { within, level: 'exact' })
    const ends = await ofLogarithm.range(others, { within, level: 'exact' })
    const one = targetTransform === 'log' ? 0 : 1
    values.forEach((value, i) => {
      const [least, most] = [inverse(ends.lower[i] as number), inverse(ends.upper[i] as number)]
      const [low, high] = [lower[i] as number, upper[i] as number]
      t.ok(low <= least && low <= value && value <= high && most <= high, `range of row ${i}`)
      t.ok(least - low < 1e-14 * (one + least) && high - most < 1e-14 * (one + most), 'no wider than rounding')
    })
    for (const color of ['red', 'blue']) {
      for (const by of [-0.2, 0.2, 0.07]) {
        const moved = await model.predict(others.map((row) => ({ ...row, size: row.size + by * (1 - 1e-9), color })))
        t.ok(
          moved.values.every((value, i) => value >= (lower[i] as number) && value <= (upper[i] as number)),
          `${color}, ${by}`,
        )
      }
    }

    const again = await PsilonRegressor.load(model.toBuffer())
    t.strictSame((await again.predict(others)).values, values, 'after saving and loading')
    t.equal(again.options.targetTransform, targetTransform)
  })
}

t.test('the prediction moves by no more than the factor of a column', async (t) => {
  const model = await fitted({ targetTransform: 'log' })
  for (const { column, kind, deviation = 0, factor = Number.NaN } of model.influence()) {
    const moved = others.map((row) =>
      kind === 'numeric'
        ? { ...row, [column]: (row[column as 'size'] as number) + deviation }
        : { ...row, [column]: row.color === 'red' ? 'blue' : 'red' },
    )
    const [before, after] = [(await model.predict(others)).values, (await model.predict(moved)).values]
    const largest = Math.max(...after.map((value, i) => Math.abs(Math.log(value / (before[i] as number)))))
    t.ok(largest > 0 && Math.exp(largest) <= factor * (1 + 1e-6), `${column}: ${Math.exp(largest)} of ${factor}`)
  }
})

t.test('scores are in the units of the target', async (t) => {
  const model = await fitted({ targetTransform: 'log' })
  const { values } = await model.predict(others)
  const { rmse, scaledRmse } = await model.evaluate(others)
  const squares = values.map((value, i) => (value - (others[i]?.price as number)) ** 2)
  const expected = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
  t.ok(Math.abs(rmse - expected) < 1e-9 * expected)
  const untransformed = await fitted()
  const plain = await untransformed.evaluate(others)
  const spread = plain.rmse / plain.scaledRmse
  t.ok(Math.abs(rmse / scaledRmse - spread) < 1e-9 * spread, 'scaled by the spread of the target itself')
  const relative = ({ values }: { values: Float64Array }) =>
    values.reduce((sum, value, i) => sum + Math.abs(value / (others[i]?.price as number) - 1), 0)
  t.ok(relative({ values }) < relative(await untransformed.predict(others)), 'errors are in proportion to the values')
})

t.test('crossValidate undoes the transform, and its linear model takes it too', async (t) => {
  const validate = (targetTransform: 'none' | 'log') =>
    crossValidate(rows, { target, folds: 3, estimator: { ...small, targetTransform } })
  const [plain, log] = [await validate('none'), await validate('log')]
  t.ok((log.linear.rmse as number) < (plain.linear.rmse as number))
  t.equal(log.baseline.rmse, plain.baseline.rmse)
  const ratio = (scores: typeof plain.mean) => (scores.rmse as number) / (scores.scaledRmse as number)
  t.ok(Math.abs(ratio(log.folds[0]?.scores ?? {}) / ratio(plain.folds[0]?.scores ?? {}) - 1) < 1e-9)
})

t.test('presets search with it', async (t) => {
  const model = new PsilonRegressor({ preset: 'fast', targetTransform: 'log', seed: 1 })
  await model.fit(rows, { target })
  t.ok((await model.score(others)) > 0.9)
})

t.test('what is refused', async (t) => {
  const with0 = rows.map((row, i) => (i === 7 ? { ...row, price: 0 } : row))
  const found = 'column "price": got 0, expected a number above 0, for targetTransform: "log"'
  await refuses(t, 'ERR_DATA', `[fit] row index 7, ${found}`, () => fitted({ targetTransform: 'log' }, with0))
  await t.resolves(fitted({ targetTransform: 'log1p' }, with0))
  await refuses(t, 'ERR_DATA', `[fit] validation: row index 7, ${found}`, async () => {
    const model = new PsilonRegressor({ ...small, earlyStopping: { patience: 5 }, targetTransform: 'log' })
    await model.fit(rows, { target, validation: with0 })
  })
  const model = await fitted({ targetTransform: 'log' })
  t.ok((await model.evaluate(with0)).rmse > 0, 'a 0 can be compared with')
  await refuses(
    t,
    'ERR_OPTION',
    '[PsilonRegressor] targetTransform must be one of "none", "log", "log1p", got "sqrt"',
    () => new PsilonRegressor({ targetTransform: 'sqrt' as never }),
  )
  await refuses(
    t,
    'ERR_OPTION',
    '[PsilonClassifier] targetTransform is an option of PsilonRegressor',
    () => new PsilonClassifier({ targetTransform: 'log' } as never),
  )
})

t.test('a file that contradicts itself is refused', async (t) => {
  const model = await fitted({ targetTransform: 'log' })
  const [path, other] = ['model', 'other'].map((name) => join(t.testdir(), `${name}.safetensors`)) as [string, string]
  await model.save(path)
  await withMetadata(path, other, (_, { estimator }) => {
    estimator.options = { ...estimator.options, targetTransform: 'log1p' }
  })
  await refuses(
    t,
    'ERR_MODEL_FILE',
    `[load] other.safetensors: estimator.coding.transform is "log", the option targetTransform "log1p"`,
    () => PsilonRegressor.load(other),
  )
})

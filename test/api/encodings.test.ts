import { join } from 'node:path'
import { load, PsilonClassifier, PsilonRegressor, readTable } from 'psilon'
import t, { type Test } from 'tap'
import type { Floats } from '#psilon/core/native.js'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { Preprocessor } from '#psilon/data/preprocess.js'
import { readFitData } from '#psilon/estimators/data.js'
import { Parts } from '#psilon/estimators/parts.js'
import { regression } from '#psilon/estimators/regressor.js'
import { estimatorSettings } from '#psilon/estimators/settings.js'
import { generator } from '../support/core.js'
import { type Row, someRows } from '../support/encoded-rows.js'
import { quick } from '../support/houses.js'

const rows = someRows(240)
const others = someRows(24, 2)
const target = 'y'
const columns = ['even', 'amount', 'often', 'count', 'gaps']
const options = { ...quick, dtype: 'float64', lambda: 1e-3, batchSize: 64 } as const

/** Labels with noise, for which the networks of different encodings err differently. */
function classed(table: Row[]): Row[] {
  const random = generator(9)
  return table.map(({ y, ...row }) => ({ ...row, y: (y as number) + 6 * random() > 8 ? 'high' : 'low' }))
}

/** Values of a column where slopes may differ, and pairs of them close to each other. */
function places(column: string, seed: number): number[] {
  const random = generator(seed)
  const known = rows.map((row) => row[column]).filter((value) => value !== null) as number[]
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const reach = high - low
  const drawn = Array.from({ length: 120 }, () => low + (0.5 + 0.75 * random()) * reach)
  const close = known.slice(0, 80).flatMap((value) => [value - 1e-4 * reach, value, value + 1e-4 * reach])
  return [...drawn, ...close, low - 5 * reach, high + 5 * reach].sort((a, b) => a - b)
}

/** The steepest move of a column, over all other rows; each pair of neighbours, and pairs far apart. */
async function steepest(predict: (table: Row[]) => Promise<number[]>, column: string): Promise<number> {
  const values = places(column, 7)
  const found = await predict(others.flatMap((row) => values.map((value) => ({ ...row, [column]: value }))))
  let most = 0
  for (let row = 0; row < others.length; row++) {
    for (let k = 0; k < values.length; k++) {
      for (const j of [k + 1, k + 2, k + 9, values.length - 1]) {
        const gap = (values[j] as number) - (values[k] as number)
        if (!(gap > 0)) continue
        const at = row * values.length
        const change = Math.abs((found[at + j] as number) - (found[at + k] as number))
        if (Number.isFinite(change)) most = Math.max(most, change / gap) // log-odds of a probability 0 say nothing
      }
    }
  }
  return most
}

const logOdds = async (model: PsilonClassifier, table: Row[]) => {
  const { data } = (await model.predict(table)).probabilities
  return table.map((_, i) => Math.log(data[2 * i + 1] as number) - Math.log(data[2 * i] as number))
}

const rowsOf = ({ data, shape: [rows, inputs] }: { data: Floats; shape: [number, number] }) =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * inputs, (i + 1) * inputs)))

/** The networks of 'auto' take different inputs. */
const choices = [...encodingNames, 'auto'] as const
const several = { ensemble: 8, selection: { folds: 3 } } as const
const optionsOf = (encoding: (typeof choices)[number]) =>
  ({ ...options, ...(encoding === 'auto' ? several : { ensemble: 2 }), encoding }) as const

const checkEncodings = (t: Test, { encodings }: { encodings: readonly string[] }, encoding: string) => {
  const different = new Set(encodings)
  if (encoding === 'auto') t.ok(different.size > 1, [...different].join())
  else t.strictSame(different, new Set([encoding]))
}

const variants = [{}, { ensemble: 1 }, { kind: 'resnet', hidden: 8 }] as const

for (const encoding of choices) {
  for (const more of encoding === 'auto' ? [{}] : variants) {
    t.test(`no move of a column is steeper than its bound: ${encoding}, ${JSON.stringify(more)}`, async (t) => {
      const regressor = new PsilonRegressor({ ...optionsOf(encoding), ...more })
      await regressor.fit(rows, { target })
      const classifier = new PsilonClassifier({ ...optionsOf(encoding), ...more })
      await classifier.fit(classed(rows), { target })
      const attacks = [
        [regressor, async (table: Row[]) => Array.from((await regressor.predict(table)).values)],
        [classifier, (table: Row[]) => logOdds(classifier, table)],
      ] as const
      for (const [model, predict] of attacks) {
        checkEncodings(t, model, encoding)
        for (const column of columns) {
          const influence = model.influence().find((each) => each.column === column)
          const { bound, standardized } = influence as { bound: number; standardized: number }
          const found = await steepest(predict, column)
          t.ok(found <= bound * (1 + 1e-6), `${column}: ${found}, at most ${bound}`)
          t.ok(found > 0.02 * bound, `${column}: ${found} is not out of all proportion to ${bound}`)
          t.ok(standardized > 0)
        }
      }
    })
  }

  t.test(`a radius holds for moves of all columns at once: ${encoding}`, async (t) => {
    const model = new PsilonClassifier(optionsOf(encoding))
    await model.fit(classed(rows), { target })
    checkEncodings(t, model, encoding)
    const { labels, radii } = await model.certify(others)
    const steps = columns.map((name) => model.influence().find(({ column }) => column === name)?.deviation)
    const random = generator(3)
    for (let draw = 0; draw < 60; draw++) {
      const moved = others.map((row, i) => {
        const radius = Math.min(radii[i] as number, 1e6) * 0.999
        const change = (name: string, k: number) => {
          const part = draw % 2 === 0 ? Math.sign(random()) : random()
          return [name, row[name] === null ? null : (row[name] as number) + part * radius * (steps[k] as number)]
        }
        return { ...row, ...Object.fromEntries(columns.map(change)) }
      })
      t.strictSame((await model.predict(moved)).labels, labels)
    }
  })

  t.test(`saved, pruned, compacted and loaded, a model says the same: ${encoding}`, async (t) => {
    const path = join(t.testdir(), 'model.safetensors')
    const model = new PsilonRegressor({ ...optionsOf(encoding), prune: { sparsity: 0.5 } })
    await model.fit(rows, { target })
    const before = (await model.predict(others)).values
    const { bound: whole } = model.influence()[0] as { bound: number }
    model.compact()
    const { values } = await model.predict(others)
    values.forEach((value, i) => {
      t.ok(Math.abs(value - (before[i] as number)) < 1e-9 * Math.max(1, Math.abs(value)))
    })
    t.ok(Math.abs((model.influence()[0] as { bound: number }).bound - whole) < 1e-9 * whole)
    await model.save(path)
    const loaded = (await load(path)) as PsilonRegressor
    t.strictSame(await loaded.predict(others), await model.predict(others))
    t.strictSame(loaded.influence(), model.influence())
    t.strictSame(loaded.features, model.features)
    t.strictSame([loaded.encodings, loaded.options.encoding], [model.encodings, encoding])
    checkEncodings(t, loaded, encoding)
  })
}

t.test('each network of several encodings takes the inputs of its own, and the outputs are averaged', async (t) => {
  const model = new PsilonRegressor(optionsOf('auto'))
  const { search } = await model.fit(rows, { target })
  const { features, members, encodings } = model
  checkEncodings(t, model, 'auto')
  t.equal(members.length, several.ensemble)
  const counts = (name: string) => encodings.filter((own) => own === name).length
  for (const { encoding, members } of search.filter(({ members }) => members > 0)) t.equal(members, counts(encoding))
  t.equal(new Set(features.map(({ name }) => name)).size, features.length, 'names tell the inputs apart')

  const [table, tested] = [await readTable(rows), await readTable(others)]
  const outcome = { values: rows.map(({ y }) => y as number), classes: false }
  const means = new Float64Array(others.length)
  for (const [k, member] of members.entries()) {
    const alone = Preprocessor.learn(table, { target, encoding: encodings[k] as never, outcome })
    const own = features.filter(({ encoding = encodings[k] }) => encoding === encodings[k])
    t.equal(own.length, alone.features.length)
    const { data } = await member.predict(rowsOf(alone.transform(tested, 'float64').x))
    data.forEach((value, i) => {
      means[i] = (means[i] as number) + value / members.length
    })
  }
  // values are the outputs, scaled and shifted
  const { values } = await model.predict(others)
  const slope = ((values[1] as number) - (values[0] as number)) / ((means[1] as number) - (means[0] as number))
  values.forEach((value, i) => {
    const expected = (values[0] as number) + slope * ((means[i] as number) - (means[0] as number))
    t.ok(Math.abs(value - expected) < 1e-9 * Math.max(1, Math.abs(value)))
  })
})

for (const encoding of encodingNames) {
  t.test(`each part learns from its training rows alone: ${encoding}`, async (t) => {
    const settings = estimatorSettings({ ...options, encoding, lambda: 'auto', selection: { folds: 3 } })
    const learned = async (table: Row[]) => {
      const data = await readFitData({ table, options: { target } }, regression({}), settings)
      return { data, parts: new Parts(data, settings).encodedBy(encoding) }
    }
    const { data, parts } = await learned(rows)
    t.equal(parts.length, 3)
    for (const [k, part] of parts.entries()) {
      t.ok(part.rows === 160)
      // the rows held out of this part, changed beyond recognition, change nothing of what it learned
      const kept = part.train.y as Float64Array
      const trains = (i: number) => kept.includes((data.rows.y as Float64Array)[i] as number)
      const changed = rows.map((row, i) => (trains(i) ? row : { ...row, even: 1e3 * i, amount: i ** 2, often: -i }))
      const again = (await learned(changed)).parts[k] as typeof part
      t.strictSame(again.preprocessor.features, part.preprocessor.features, `part ${k}`)
      t.strictSame(again.preprocessor.toJSON(), part.preprocessor.toJSON(), `part ${k}`)
      t.strictSame((again.train.x as { data: unknown }).data, (part.train.x as { data: unknown }).data)
    }
  })
}

t.test('bins follow the outcome of the rows that train', async (t) => {
  const table = Array.from({ length: 160 }, (_, i) => ({
    a: (37 * i) % 160,
    y: (37 * i) % 160 < 100 ? 0 : 1 + (i % 2) / 100,
  }))
  const model = new PsilonRegressor({ ...options, epochs: 2, encoding: 'piecewise-linear' })
  await model.fit(table, { target })
  t.ok(
    model.features.some(({ name }) => name.startsWith('a in 0..100')),
    model.features.map(({ name }) => name).join(),
  )
  const classifier = new PsilonClassifier({ ...options, epochs: 2, encoding: 'piecewise-linear' })
  await classifier.fit(
    table.map(({ a, y }) => ({ a, y: y > 0.5 })),
    { target },
  )
  t.strictSame(
    classifier.features.map(({ name }) => name),
    ['a in 0..100', 'a in 100..159'],
  )
  t.strictSame(
    classifier.influence().map(({ column, kind }) => [column, kind]),
    [['a', 'numeric']],
  )
})

t.test('folds may differ in their bins', async (t) => {
  const encoding = 'piecewise-linear'
  const settings = estimatorSettings({ ...options, encoding, lambda: 'auto', selection: { folds: 4 } })
  const table = someRows(90, 5)
  const data = await readFitData({ table, options: { target } }, regression({}), settings)
  const parts = new Parts(data, settings).encodedBy(encoding)
  t.ok(new Set(parts.map(({ preprocessor }) => preprocessor.features.length)).size > 1)
  const search = { ...options, epochs: 8, encoding, lambda: 'auto', lambdas: [1e-3, 1e-2] } as const
  for (const more of [{ selection: { folds: 4 } }, { earlyStopping: { patience: 3 } }, { ensemble: 2 }]) {
    const model = new PsilonRegressor({ ...search, ...more })
    const summary = await model.fit(table, { target })
    t.equal(summary.search.length, 2)
    t.equal(model.network.config.inputs, model.features.length)
    t.ok((await model.predict(others)).values.every(Number.isFinite))
  }
})

t.test('columns of two values are standardised beside an encoding of the others', async (t) => {
  const learned = Preprocessor.learn(await readTable({ a: [1, 2, 3, 4], b: [0, 1, 1, 0] }), { encoding: 'robust' })
  t.strictSame(
    learned.columns.map((column) => column.kind === 'numeric' && column.encodings.map(({ kind }) => kind)),
    [['robust'], ['standard']],
  )
  t.strictSame(learned.encodings, ['robust'])
})

import {
  type CrossValidation,
  crossValidate,
  type FoldResult,
  PsilonClassifier,
  PsilonRegressor,
  readTable,
} from 'psilon'
import t from 'tap'
import { native } from '#psilon/core/native.js'
import { folds } from '#psilon/data/split.js'
import { selectRows } from '#psilon/tables/table.js'
import { quick, someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'

const estimator = { ...quick, epochs: 8 }
const houses = someHouses(60)
const prices = houses.map(({ price }) => price)
const kinds = houses.map(({ price, ...house }, i) => ({
  ...house,
  kind: i % 10 === 0 ? 'rare' : price > 2e5 ? 'b' : 'a',
}))

const regressed = (found: CrossValidation) => {
  if (found.task !== 'regression') throw new Error('not a regression')
  return found
}
const classified = (found: CrossValidation) => {
  if (found.task !== 'classification') throw new Error('not a classification')
  return found
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

t.test('every row is predicted by the model of the other folds', async (t) => {
  const found = regressed(await crossValidate(houses, { target: 'price', estimator, folds: 4, seed: 5 }))
  t.match(found, { task: 'regression', target: 'price', stopped: 'completed' })
  t.strictSame(Array.from(found.predictions.rows), [...houses.keys()])
  const table = await readTable(houses)
  const parts = folds(60, 4, { seed: 5, permutation: native.permutation })
  const squares: number[] = []
  for (const [fold, { train, validation }] of parts.entries()) {
    const model = new PsilonRegressor(estimator)
    const { lambda } = await model.fit(selectRows(table, train), { target: 'price' })
    const test = selectRows(table, validation)
    const { values } = await model.predict(test)
    t.strictSame(
      Array.from(validation, (row) => found.predictions.values[row]),
      Array.from(values),
    )
    const { rmse, mae, r2, scaledRmse } = await model.evaluate(test)
    const rows = { train: 45, test: 15 }
    t.match(found.folds[fold], { repeat: 0, fold, rows, lambda, scores: { rmse, mae, r2, scaledRmse } })
    t.equal(found.folds[fold]?.pathNorm, model.pathNorm())
    validation.forEach((row, i) => {
      squares[row] = ((values[i] as number) - (prices[row] as number)) ** 2
    })
  }
  t.ok(Math.abs((found.evaluation?.rmse as number) / Math.sqrt(mean(squares)) - 1) < 1e-12)
  const scores = found.folds.map(({ scores }) => scores.rmse as number)
  t.equal(found.mean.rmse, mean(scores))
  const deviation = Math.sqrt(scores.reduce((sum, each) => sum + (each - mean(scores)) ** 2, 0) / 3)
  t.ok(Math.abs((found.deviation.rmse as number) / deviation - 1) < 1e-12)
  t.ok((found.linear.rmse as number) < (found.baseline.rmse as number))
})

t.test('folds of classes keep their proportions', async (t) => {
  const found = classified(await crossValidate(kinds, { target: 'kind', estimator, folds: 3 }))
  const { rows, labels, probabilities, classes } = found.predictions
  t.strictSame([rows.length, labels.length, probabilities.shape], [60, 60, [60, 3]])
  t.strictSame(classes, ['a', 'b', 'rare'])
  t.equal(found.evaluation?.classes[2]?.rows, 6)
  const right = labels.filter((label, row) => label === kinds[row]?.kind).length
  t.equal(found.evaluation?.accuracy, right / 60)
  t.ok(
    found.folds.every(({ scores }) => scores.auc !== undefined),
    'each fold has each class',
  )
  const sums = labels.map((_, i) => probabilities.data.subarray(3 * i, 3 * i + 3).reduce((sum, p) => sum + p, 0))
  t.ok(sums.every((sum) => Math.abs(sum - 1) < 1e-12))
})

t.test('the same seed gives the same bits, repeats are averaged', async (t) => {
  const run = async (more: object = {}) => {
    const all = { target: 'price', estimator, folds: 2, ...more }
    return regressed(await crossValidate(houses, all)).predictions.values
  }
  const [first, second] = [await run(), await run({ seed: 1 })]
  t.strictSame(await run({ estimator: { ...estimator, threads: 1 } }), first)
  t.notSame(second, first)
  const averaged = await run({ repeats: 2 })
  t.strictSame(
    averaged,
    first.map((value, row) => (value + (second[row] as number)) / 2),
  )
})

t.test('sample weights: rows of weight 0 judge nothing; a column is no input', async (t) => {
  const weights = houses.map((_, i) => (i % 6 === 0 ? 0 : 1 + (i % 3)))
  const column = houses.map((house, i) => ({ ...house, weight: weights[i] as number }))
  const asked = { target: 'price', estimator, folds: 3 }
  const given = regressed(await crossValidate(houses, { ...asked, sampleWeight: weights }))
  const named = regressed(await crossValidate(column, { ...asked, sampleWeight: 'weight' }))
  t.strictSame(named.predictions, given.predictions)
  t.strictSame(
    Array.from(given.predictions.rows),
    [...houses.keys()].filter((row) => row % 6 !== 0),
  )
  t.equal(given.evaluation?.rows, 50)
})

t.test('events are the folds; cancelling keeps those that have ended', async (t) => {
  const run = crossValidate(houses, { target: 'price', estimator, folds: 5 })
  const seen: FoldResult[] = []
  for await (const each of run) {
    seen.push(each)
    if (seen.length === 2) run.cancel()
  }
  const found = regressed(await run)
  t.equal(found.stopped, 'cancelled')
  t.ok(found.folds.length >= 2 && found.folds.length < 5)
  t.strictSame(found.folds, seen)
  t.equal(found.evaluation?.rows, 12 * found.folds.length)
  const signal = AbortSignal.abort()
  await refuses(t, 'ERR_CANCELLED', '[crossValidate] cancelled by its signal before it began', () =>
    crossValidate(houses, { target: 'price', signal }),
  )
  const early = crossValidate(houses, { target: 'price', estimator })
  early.cancel()
  t.match(await early, { stopped: 'cancelled', folds: [], evaluation: null, mean: {} })
})

const few = [...kinds.slice(0, 59), ...['c', 'c', 'd'].map((kind) => ({ ...(kinds[59] as object), kind }))]
const refusals: [code: string, message: string, table: unknown, options: object][] = [
  [
    'ERR_DATA',
    '5 folds need at least 5 rows of each class, but class c has 2, d has 1',
    few,
    { target: 'kind', estimator },
  ],
  [
    'ERR_DATA',
    '8 folds need at least 8 rows of each class, but class rare has 6; give folds of at most 6',
    kinds,
    { target: 'kind', folds: 8 },
  ],
  [
    'ERR_DATA',
    '61 folds need at least 61 rows, the table has 60 with a weight above 0; give folds of at most 60',
    houses,
    { target: 'price', folds: 61 },
  ],
  ['ERR_OPTION', 'folds must be an integer from 2 to 2147483647, got 1', houses, { target: 'price', folds: 1 }],
  ['ERR_OPTION', 'loss is an option of PsilonRegressor', kinds, { target: 'kind', estimator: { loss: 'huber' } }],
  ['ERR_OPTION', 'target "prise" is not a column of the table; did you mean "price"?', houses, { target: 'prise' }],
]
for (const [code, message, table, options] of refusals) {
  t.test(message, (t) =>
    refuses(t, code, `[crossValidate] ${message}`, () => crossValidate(table as never, options as never)),
  )
}

t.test('an unknown option, and a fold that cannot be trained', async (t) => {
  await t.rejects(crossValidate(houses, { target: 'price', validation: houses } as never), {
    code: 'ERR_OPTION',
    message: /^\[crossValidate\] .*validation/,
  })
  const almost = houses.map((house, i) => ({ ...house, price: i === 7 ? 5 : 4 }))
  const constant = /^\[crossValidate\] fold \d of 3: the target "price" is constant/
  await t.rejects(crossValidate(almost, { target: 'price', task: 'regression', estimator, folds: 3 }), {
    code: 'ERR_DATA',
    message: constant,
  })
})

t.test('a classifier of the whole table has the same classes', async (t) => {
  const model = new PsilonClassifier(estimator)
  await model.fit(kinds, { target: 'kind' })
  const found = classified(await crossValidate(kinds, { target: 'kind', estimator, folds: 2 }))
  t.strictSame(found.predictions.classes, model.classes)
})

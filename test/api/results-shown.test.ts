import { deepStrictEqual } from 'node:assert'
import { inspect } from 'node:util'
import { crossValidate, PsilonClassifier, PsilonNet, PsilonRegressor, sweep } from 'psilon'
import t, { type Test } from 'tap'
import { quick, someHouses } from '../support/houses.js'
import { smoothTargets, someRows } from '../support/tables.js'

const houses = someHouses(60)
const lines = (value: unknown) => inspect(value).split('\n')
const titles = (value: unknown) => lines(value).map((line) => line.trim().split('  ')[0])

/** That what shows a result is no part of it. */
function isPlain(t: Test, name: string, result: object) {
  const copy = { ...result }
  t.equal(lines(result)[0], `${name} {`)
  t.ok(/^ {2}properties {3,}(.+)$/.exec(lines(result).at(-2) ?? '')?.[1] === Object.keys(copy).join(', '))
  t.ok(lines(result).every((line) => line.length < 200))
  t.doesNotThrow(() => deepStrictEqual(result, copy), 'deep equality')
  t.equal(JSON.stringify(result), JSON.stringify(copy))
  t.strictSame(Reflect.ownKeys(structuredClone(copy)), Object.keys(result))
  t.strictSame(Object.getPrototypeOf(result), Object.prototype)
  t.not(inspect(copy), inspect(result), 'a copy is shown in full')
}

t.test('the summary of a fit says what was trained, how it ended and what is in it', async (t) => {
  using model = new PsilonRegressor({ ...quick, epochs: 12, encoding: 'auto', ensemble: 2 })
  const rows = houses.map((row, i) => ({ ...row, area: i === 3 ? null : row.area, same: 1 }))
  const summary = await model.fit(rows, { target: 'price' })
  isPlain(t, 'FitSummary', summary)
  const said = ['rows', 'setting', 'training', 'loss', 'path norm', 'zeros', 'dropped', 'missing', 'device', 'time']
  t.strictSame(titles(summary).slice(1, -2), said)
  const text = inspect(summary)
  t.match(text, /rows +60, \d+ inputs\n/)
  t.match(
    text,
    `encoding ${summary.encoding}, 24 units, lambda ${summary.lambda}; chosen from ${summary.search.length} settings\n`,
  )
  t.match(text, '2 networks, the first: 12 epochs\n')
  t.match(text, /loss +\S+ in epoch 12, \S+ in epoch 1\n/)
  t.match(text, /dropped +same \(a single value\)\n {2}missing +area 1 cell\n/)
  t.match(inspect({ summary }, { depth: 0 }), '{ summary: [FitSummary] }')
  t.match(inspect(summary.members), /^\[\n {2}History \{\n {4}training /)
})

t.test('the history of a fit names the epoch that is kept and the least validation loss', async (t) => {
  const x = someRows(40, 3)
  const y = smoothTargets(x)
  using network = new PsilonNet({ inputs: 3, hidden: 6, depth: 1 })
  const early = { epochs: 300, earlyStopping: { patience: 3 }, validation: { x, y: y.map((value) => -value) } }
  const history = await network.fit({ x, y }, early)
  isPlain(t, 'History', history)
  const { epochs, epoch, stopped } = history
  const last = epochs.at(-1)?.epoch
  t.equal(stopped, 'early-stopping')
  t.match(inspect(history), `training                ${last} epochs, stopped early, of which epoch ${epoch} is kept\n`)
  t.match(inspect(history), new RegExp(`least validation loss {3}\\S+ in epoch ${epoch}\n`))
  const run = network.fit({ x, y }, { epochs: 1e6 })
  for await (const { epoch } of run) if (epoch > 2) run.cancel()
  t.match(inspect(await run), /training +\S+ epochs, cancelled\n/)
})

t.test('scores are shown without their curves', async (t) => {
  using regressor = new PsilonRegressor({ ...quick, epochs: 5 })
  await regressor.fit(houses, { target: 'price' })
  const errors = await regressor.evaluate(houses)
  isPlain(t, 'RegressorMetrics', errors)
  const said = ['rows', 'rmse', 'mae', 'r2', 'scaledRmse', 'residuals', 'absoluteErrors', 'properties']
  t.strictSame(titles(errors).slice(1, -1), said)
  using classifier = new PsilonClassifier({ ...quick, epochs: 5 })
  await classifier.fit(houses, { target: 'town' })
  const scores = await classifier.evaluate(houses)
  isPlain(t, 'ClassifierMetrics', scores)
  t.match(inspect(scores), /class +precision +recall +f1\n {2}Aachen .+\n {2}Bonn .+\n {2}Celle .+\n {2}macro /)
})

t.test('cross-validation and sweeps are shown as tables', async (t) => {
  const estimator = { ...quick, epochs: 3 }
  const validation = await crossValidate(houses, { target: 'price', folds: 3, estimator })
  isPlain(t, 'CrossValidation', validation)
  t.match(inspect(validation), /target +price: regression\n {2}folds +3 trained\n/)
  t.match(inspect(validation), / +mean +deviation +baseline +linear\n {2}rmse +\S+ +\S+ +\S+ +\S+\n/)
  const lambda = [1e-4, 1e-3, 1e-2, 0.1, 1, 10]
  const { seed, ...base } = estimator
  const summary = await sweep({ data: houses, target: 'price', base, grid: { lambda }, folds: 2 })
  isPlain(t, 'SweepSummary', summary)
  t.match(inspect(summary), /settings +6; 2 folds, 1 seed\n {2}trials +12 of 12 finished\n/)
  const best = summary.settings[summary.best ?? -1]?.setting.lambda
  t.match(inspect(summary), new RegExp(`setting +rmse +standardError +pathNorm +time\n {2}lambda ${best} `))
  t.match(inspect(summary), 'and 1 more setting\n')
})

t.test('results of many rows are shown by their first ones, those of few as they are', async (t) => {
  using classifier = new PsilonClassifier({ ...quick, epochs: 5 })
  await classifier.fit(houses, { target: 'town' })
  const prediction = await classifier.predict([...houses, { ...houses[0], area: null }])
  isPlain(t, 'ClassifierPrediction', prediction)
  const [head, ...rows] = lines(prediction).slice(2, 8)
  t.match(head, /^ +label +probability$/)
  rows.slice(0, 5).forEach((row, i) => {
    t.match(row, `${i}   `)
    t.match(row, prediction.labels[i])
  })
  t.match(inspect(prediction), 'and 56 more rows\n  missing   area 1 cell\n')
  const certificate = await classifier.certify(houses)
  isPlain(t, 'ClassifierCertificate', certificate)
  isPlain(t, 'Range', await classifier.range(houses, { within: { area: 1 } }))
  using regressor = new PsilonRegressor({ ...quick, epochs: 5 })
  await regressor.fit(houses, { target: 'price' })
  isPlain(t, 'RegressorPrediction', await regressor.predict(houses))
  const few = await regressor.predict(houses.slice(0, 20))
  t.strictSame(Reflect.ownKeys(few), ['values', 'unseen', 'missing'])
  t.match(inspect(few), 'values: Float64Array(20)')
})

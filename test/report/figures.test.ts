import { PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import t from 'tap'
import { smoothnessCharts } from '#psilon/report/charts/smoothness.js'
import { curvesOf } from '#psilon/report/curves.js'
import { figuresOf, type ModelFigures } from '#psilon/report/figures.js'
import { drawParameters, generator } from '../support/core.js'
import { quick, someHouses } from '../support/houses.js'
import { someRecord } from '../support/records.js'

const record = someRecord()
const houses = someHouses(120)
const regressor = new PsilonRegressor({ ...quick, epochs: 5 })
await regressor.fit(houses, { target: 'price' })
const run = { file: 'm.safetensors', bytes: 1234, model: regressor, record }

t.test('a run: figures are those of the record and of the model', async (t) => {
  const figures = figuresOf(run)
  t.match(figures, { title: 'Prediction of price', missing: [] })
  t.strictSame(figures.keys[0], { name: 'R2', value: '0.9000', note: '20 test rows; mean 0.0000' })
  t.strictSame(figures.tables[0].rows[0], ['', 'test', 'mean', 'validation', 'mean'])
  t.strictSame(figures.tables[0].rows[2], ['RMSE, units of price', '1.000', '3.000', '2.000', '3.000'])
  t.strictSame(figures.search, { candidates: record.search, chosen: 1e-3, score: 'RMSE, scaled units' })
  t.equal(figures.model?.bounds.tight, regressor.network.pathNorm({ bound: 'tight' }))
  const influence = regressor.influence()
  const named = figures.model?.influence.rows.map(({ name, standardized }) => [name, standardized])
  t.strictSame(
    named,
    influence.map(({ column, standardized }) => [column, standardized]),
  )
  const [town] = (figures.model as ModelFigures).influence.rows.filter(({ name }) => name === 'town')
  t.match(town, { perUnit: null, divisor: null })
  t.strictSame(figures.model?.layers.at(-1), { name: 'mean', ...pickSparsity(regressor) })
  t.match(Object.fromEntries(figures.facts), {
    table: 'houses.csv, 120 rows',
    rows: '80 train, 20 test, 20 validation (in file order)',
    missing: 'age 3 cells',
    training: '40 epochs, stopped early, of which epoch 35 is kept, 1.5 s',
  })
})

function pickSparsity(model: PsilonRegressor) {
  const { near, exact, projected } = model.sparsity()
  return { near, exact, projected }
}

t.test('columns that asinh scales move by steps', async (t) => {
  const model = new PsilonRegressor({ hidden: 10, epochs: 2, scaling: 'asinh' })
  await model.fit(houses, { target: 'price' })
  const [influence] = smoothnessCharts(figuresOf({ ...run, model }))
  t.match(influence?.text, /when the column moves by one step \(a step is the smallest/)
  t.strictSame(influence?.table?.[0], ['column', 'step', 'per unit', 'at most'])
})

t.test('options are words and numbers', async (t) => {
  const given = { hidden: [20, 10], prune: { sparsity: 0.8, restart: false }, epochs: 2, ignore: ['age'] } as const
  const model = new PsilonRegressor({ ...given, batchSize: 20 })
  await model.fit(houses, { target: 'price' })
  const { options } = Object.fromEntries(figuresOf({ ...run, model }).facts)
  t.match(options, 'hidden 20, 10; ')
  t.match(options, 'prune sparsity 0.8, restart false; ')
  t.match(options, 'ignore age')
  t.notMatch(options, /[{}[\]"]/)
})

t.test('curves: thinned, with the last epoch, what was watched, the epoch kept and the pruning', async (t) => {
  t.match(curvesOf(record), { epochs: 40, kept: 35, pruning: { from: 21, to: 27 }, watched: 'validation rows' })
  t.equal(curvesOf(record).points.length, 40)
  const epochs = Array.from({ length: 9999 }, (_, i) => ({ ...record.epochs[0], epoch: i + 1 }))
  const long = curvesOf({ ...record, epochs, epoch: 9999 })
  t.ok(long.points.length >= 250 && long.points.length <= 500)
  const some = curvesOf({ ...record, epochs: epochs.filter(({ epoch }) => epoch % 2 === 1), epoch: 9999 })
  t.strictSame([some.epochs, some.kept, some.points.at(-1)?.epoch], [9999, null, 9999])
  t.strictSame([long.points[0].epoch, long.points.at(-1)?.epoch, long.kept, long.pruning], [1, 9999, null, null])
})

t.test('weights: the strongest inputs and units first, zeros left out, limits', async (t) => {
  const net = new PsilonNet({ inputs: 50, hidden: 90, depth: 2, dtype: 'float64' })
  net.setParameters(drawParameters(net.parameters, generator(3)))
  const { weights } = figuresOf({ ...run, model: net, record: null }).model as ModelFigures
  t.strictSame([weights.inputs.length, weights.units, weights.cells.length], [32, 64, 32 * 64])
  t.strictSame(weights.all, { inputs: 50, liveInputs: 50, units: 90, liveUnits: 90 })
  t.ok(weights.share > 0.7 && weights.share < 1)
  const influence = net.influence()
  const first = Number(weights.inputs[0].slice('input '.length))
  t.equal(influence[first], Math.max(...influence))

  net.prune({ sparsity: 0.9 })
  const { weights: pruned } = figuresOf({ ...run, model: net, record: null }).model as ModelFigures
  t.ok(pruned.cells.length < 0.3 * 32 * 64)
  t.ok(pruned.cells.every(({ weight }) => weight !== 0 && Math.abs(weight) <= pruned.largest))
})

t.test('a model alone says what is missing, a bare network too', async (t) => {
  const net = new PsilonResNet({ inputs: 3, hidden: 4, depth: 2 })
  for (const model of [net, regressor]) {
    const figures = figuresOf({ ...run, model, record: null })
    t.match(figures, { curves: null, search: null, tables: [] })
    t.match(figures.missing, [/^The model file alone does not describe its training/])
  }
})

t.test('a classifier: accuracy beside the base rates', async (t) => {
  const classes = houses.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 ? 'yes' : 'no' }))
  const model = new PsilonClassifier({ ...quick, epochs: 3 })
  await model.fit(classes, { target: 'dear' })
  const scores = { test: { rows: 9, accuracy: 0.875, logLoss: 0.3, baseline: { accuracy: 0.5, logLoss: 0.69 } } }
  const figures = figuresOf({ ...run, model, record: { ...record, scores } })
  t.strictSame(figures.keys[0], { name: 'accuracy', value: '87.5 %', note: '9 test rows; base rates 50.0 %' })
  t.equal(figures.model?.influence.unit, 'log-odds')
  t.equal(figures.search?.score, 'log loss')
})

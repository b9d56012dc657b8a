import { PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import type { Chart } from 'psilon/report'
import t from 'tap'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { figure, percent } from '#psilon/print.js'
import { curvesOf } from '#psilon/report/charts/curves.js'
import { weightImage } from '#psilon/report/charts/weights.js'
import { layOut } from '#psilon/report/layout.js'
import { type Run, runPage } from '#psilon/report/run-page.js'
import { drawParameters, generator } from '../support/core.js'
import { someRows } from '../support/encoded-rows.js'
import { quick, someHouses } from '../support/houses.js'
import { someRecord } from '../support/records.js'

const record = someRecord()
const houses = someHouses(120)
const regressor = new PsilonRegressor({ ...quick, epochs: 5 })
await regressor.fit(houses, { target: 'price' })
const run = { file: 'm.safetensors', bytes: 1234, model: regressor, record }

t.test('a run: figures are those of the record and of the model', async (t) => {
  const page = runPage(run)
  t.match(page, { title: 'Prediction of price', notes: [] })
  t.strictSame(page.keys?.[0], { name: 'R2', value: '0.9000', note: '20 test rows; mean 0.0000' })
  const [table] = page.sections
  t.ok('rows' in table)
  const rows = 'rows' in table ? table.rows : []
  t.strictSame(rows[0], ['', 'test', 'mean', 'validation', 'mean'])
  t.strictSame(rows[2], ['RMSE, units of price', '1.000', '3.000', '2.000', '3.000'])
  const [score] = chartsOf(run, 'Search')
  t.equal(score.alt, 'RMSE, scaled units of 3 settings; chosen is lambda 0.001, where it is 1.000.')
  const tight = `${figure(regressor.network.pathNorm({ bound: 'tight' }))}, original, improved and tight bound alike`
  const [influences] = chartsOf(run, 'Smoothness')
  t.strictSame(
    influences.table?.slice(1).map(([name, , , most]) => [name, most]),
    regressor.influence().map(({ column, standardized }) => [column, figure(standardized)]),
  )
  const town = influences.table?.find(([name]) => name === 'town')
  t.strictSame(town?.slice(1, 3), ['', ''])
  const [, layers] = chartsOf(run, 'Weights')
  const { near, exact, projected } = regressor.sparsity()
  t.strictSame(layers.table?.at(-1), ['mean', ...[near, exact, projected].map((share) => percent(share ?? 0))])
  t.match(Object.fromEntries(page.facts ?? []), {
    'path norm': tight,
    table: 'houses.csv, 120 rows',
    rows: '80 train, 20 test, 20 validation (in file order)',
    missing: 'age 3 cells',
    training: '40 epochs, stopped early, of which epoch 35 is kept, 1.5 s',
  })
})

t.test('numbers of charts are folded', async (t) => {
  const text = await layOut(runPage(run))
  t.match(text, '<details><summary>The numbers')
  t.notMatch(text, '<details open')
})

/** The charts of a section, by its title. */
function chartsOf(run: Run, title: string): readonly Chart[] {
  const found = runPage(run).sections.find((section) => section.title === title)
  return found !== undefined && 'charts' in found ? found.charts : []
}

for (const encoding of encodingNames) {
  t.test(`columns are compared by deviations: ${encoding}`, async (t) => {
    const model = new PsilonRegressor({ preset: 'paper', hidden: 10, epochs: 2, encoding })
    await model.fit(houses, { target: 'price' })
    const [influence] = chartsOf({ ...run, model }, 'Smoothness')
    t.match(influence.text, /when the column moves by one standard deviation/)
    t.strictSame(influence.table?.[0], ['column', 'deviation', 'per unit', 'at most'])
  })
}

t.test('an ensemble of several encodings: how many networks have each, and the inputs of the first', async (t) => {
  const options = { ...quick, lambda: 1e-3, batchSize: 64, encoding: 'auto', ensemble: 8 } as const
  const model = new PsilonRegressor({ ...options, selection: { folds: 3 } })
  await model.fit(someRows(240), { target: 'y' })
  const different = new Set(model.encodings)
  t.ok(different.size > 1)
  const page = runPage({ ...run, model })
  const { encoding } = Object.fromEntries(page.facts ?? [])
  for (const name of different) {
    t.match(encoding, `${model.encodings.filter((own) => own === name).length} ${name}`)
  }
  const [first] = model.encodings
  const own = model.features.filter(({ encoding = first }) => encoding === first)
  t.equal(model.network.config.inputs, own.length)
  t.ok(weightImage(model).inputs.every((name) => own.some((feature) => feature.name === name)))
})

t.test('options are words and numbers', async (t) => {
  const given = { hidden: [20, 10], prune: { sparsity: 0.8, restart: false }, epochs: 2, ignore: ['age'] } as const
  const model = new PsilonRegressor({ preset: 'paper', ...given, batchSize: 20 })
  await model.fit(houses, { target: 'price' })
  const { options } = Object.fromEntries(runPage({ ...run, model }).facts ?? [])
  t.match(options, 'hidden 20, 10; ')
  t.match(options, 'prune sparsity 0.8, restart false; ')
  t.match(options, 'ignore age')
  t.notMatch(options, /[{}[\]"]/)
})

t.test('curves: thinned, with the last epoch, what was watched, the epoch kept and the pruning', async (t) => {
  t.match(curvesOf(record), { kept: 35, pruning: { from: 21, to: 27 }, watched: 'validation rows' })
  t.equal(curvesOf(record).points.length, 40)
  const epochs = Array.from({ length: 9999 }, (_, i) => ({ ...record.epochs[0], epoch: i + 1 }))
  const long = curvesOf({ ...record, epochs, epoch: 9999 })
  t.ok(long.points.length >= 250 && long.points.length <= 500)
  const some = curvesOf({ ...record, epochs: epochs.filter(({ epoch }) => epoch % 2 === 1), epoch: 9999 })
  t.strictSame([some.kept, some.points.at(-1)?.epoch], [null, 9999])
  t.strictSame([long.points[0].epoch, long.points.at(-1)?.epoch, long.kept, long.pruning], [1, 9999, null, null])
})

t.test('weights: the strongest inputs and units first, zeros left out, limits', async (t) => {
  const net = new PsilonNet({ inputs: 50, hidden: 90, depth: 2, dtype: 'float64' })
  net.setParameters(drawParameters(net.parameters, generator(3)))
  const weights = weightImage(net)
  t.strictSame([weights.inputs.length, weights.units, weights.cells.length], [32, 64, 32 * 64])
  t.strictSame(weights.all, { inputs: 50, liveInputs: 50, units: 90, liveUnits: 90 })
  t.ok(weights.share > 0.7 && weights.share < 1)
  const influence = net.influence()
  const first = Number(weights.inputs[0].slice('input '.length))
  t.equal(influence[first], Math.max(...influence))

  net.prune({ sparsity: 0.9 })
  const pruned = weightImage(net)
  t.ok(pruned.cells.length < 0.3 * 32 * 64)
  t.ok(pruned.cells.every(({ weight }) => weight !== 0 && Math.abs(weight) <= pruned.largest))
})

t.test('a model alone says what is missing, a bare network too', async (t) => {
  const net = new PsilonResNet({ inputs: 3, hidden: 4, depth: 2 })
  for (const model of [net, regressor]) {
    const page = runPage({ ...run, model, record: null })
    t.strictSame(
      page.sections.map(({ title }) => title),
      ['Smoothness', 'Weights'],
    )
    t.match(page.notes, [/^The model file alone does not describe its training/])
  }
})

t.test('a classifier: accuracy beside the base rates', async (t) => {
  const classes = houses.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 ? 'yes' : 'no' }))
  const model = new PsilonClassifier({ ...quick, epochs: 3 })
  await model.fit(classes, { target: 'dear' })
  const scores = { test: { rows: 9, accuracy: 0.875, logLoss: 0.3, baseline: { accuracy: 0.5, logLoss: 0.69 } } }
  const judged = { ...run, model, record: { ...record, scores } }
  t.strictSame(runPage(judged).keys?.[0], { name: 'accuracy', value: '87.5 %', note: '9 test rows; base rates 50.0 %' })
  t.match(chartsOf(judged, 'Smoothness')[0].text, 'The most that log-odds can move')
  t.match(chartsOf(judged, 'Search')[0].alt, 'log loss of 3 settings')
})

import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { classifierMetrics, regressorMetrics } from '#psilon/estimators/evaluation.js'
import { errorCharts } from '#psilon/report/errors/section.js'
import { classTable, confusionTable, quantileTable } from '#psilon/report/errors/tables.js'
import { layOut } from '#psilon/report/layout.js'
import { runPage } from '#psilon/report/run-page.js'
import type { Scores } from '#psilon/report/scores.js'
import { quick, someHouses } from '../support/houses.js'
import { someRecord } from '../support/records.js'

/** Scores of rows of so many classes, every fifth of which is taken for the next class. */
function ofClasses(classes: number): Scores {
  const actual = Uint32Array.from({ length: 40 * classes }, (_, i) => i % classes)
  const predicted = actual.map((y, i) => (i % 5 === 0 ? (y + 1) % classes : y))
  const logits = new Float64Array(actual.length * classes)
  for (const [i, k] of predicted.entries()) logits[i * classes + k] = 1 + (i % 7)
  const labels = Array.from({ length: classes }, (_, k) => `class ${k}`)
  return { ...classifierMetrics({ logits, predicted, actual }, labels), baseline: {} }
}

const line = Float64Array.from({ length: 900 }, (_, i) => i)
const noisy = line.map((y, i) => y + Math.sin(i))
const ofNumbers: Scores = { ...regressorMetrics(line, noisy, 1), baseline: {} }

t.test('charts of classes', async (t) => {
  for (const [classes, title] of [
    [2, 'ROC curve'],
    [3, 'ROC curves'],
    [10, 'ROC curves'],
    [30, 'ROC curves'],
  ] as const) {
    const charts = errorCharts(ofClasses(classes), 'kind')
    t.strictSame(
      charts.map((chart) => chart.title),
      ['Confusion matrix', title, 'Calibration', 'How sure it is'],
    )
    const page = await layOut({ title: 'x', subtitle: '', sections: [{ title: 'Errors', text: '', charts }] })
    t.equal(page.match(/<svg/g)?.length, 4)
    t.notMatch(page, /NaN|undefined|Infinity/)
  }
  const [confusion, roc, calibration] = errorCharts(ofClasses(10), 'kind')
  t.match(confusion?.alt, '320 of 400 rows are right, 80.0 %')
  t.match(roc?.text, /Marked: class \d, the lowest with 0\.\d{4}\./)
  t.match(calibration?.text, 'a probability that the predicted class is right')
  t.match(errorCharts(ofClasses(2), 'kind')[2]?.text, 'a probability that kind is class 1')
  t.match(errorCharts(ofClasses(30), 'kind')[0]?.text, 'Shown are the 20 of 30 classes with the most rows.')
})

t.test('charts of numbers', async (t) => {
  const charts = errorCharts(ofNumbers, 'price')
  t.strictSame(
    charts.map(({ title }) => title),
    ['Actual against predicted', 'Residuals'],
  )
  t.match(charts[0]?.text, 'Shown are 500 of 900 rows')
  t.match(charts[1]?.text, 'Half of the rows are off by at most 0.7')
})

t.test('tables', async (t) => {
  const scores = ofClasses(2)
  const { classes = [], macro = { f1: 0 } } = scores
  t.strictSame(confusionTable(scores), [
    ['actual', 'as class 0', 'as class 1'],
    ['class 0', '32', '8'],
    ['class 1', '8', '32'],
  ])
  const table = classTable(scores) as string[][]
  t.strictSame(table[1], ['class 0', '40', '40', '80.0 %', '80.0 %', '80.0 %'])
  t.equal(table.length, classes.length + 3)
  t.strictSame([table[3]?.[0], macro.f1], ['macro', 0.8])
  t.equal(classTable(ofNumbers), null)
  t.equal(quantileTable(scores), null)
  t.strictSame(quantileTable(ofNumbers)?.[7], ['greatest', '1.0000', '1.0000'])
})

t.test('a record without errors has no section of them', async (t) => {
  t.strictSame(errorCharts({ rows: 3, logLoss: 1, baseline: {} }, 'kind'), [])
})

const houses = someHouses(80)

t.test('headlines have units; what cannot move the output is named; trials are a table', async (t) => {
  const model = new PsilonRegressor({ ...quick, epochs: 3, categorical: [] })
  const rows = houses.map(({ town: _, garden: __, ...house }) => house)
  await model.fit(rows, { target: 'price' })
  const search = [1e-3, 1e-2].map((lambda) => ({ lambda, epochs: 10, score: 1, standardError: 0.1, pathNorm: 2 }))
  const first = { lambda: 0.1, epochs: 2, score: 3, standardError: 0.1, pathNorm: 2 }
  const record = { ...someRecord(), search: [first, ...search] }
  const page = runPage({ file: 'm.safetensors', bytes: 9, model, record })
  const names = page.keys?.map(({ name }) => name)
  t.strictSame(names, ['R2', 'RMSE, units of price', 'path norm, units of price', 'exact zeros'])
  const moved = 'the most that the prediction moves when every column moves by one standard deviation'
  t.equal(page.keys?.[2]?.note, moved)
  // for one output the path norm bounds the sum of what the columns do
  const sum = model.influence().reduce((total, { standardized }) => total + standardized, 0)
  const value = Number(page.keys?.[2]?.value.replaceAll(',', ''))
  t.ok(Math.abs(value / sum - 1) < 1e-3, `${value} beside ${sum}`)
  const trials = page.sections.find(({ title }) => title === 'Settings tried')
  t.match(trials, { text: /1 other had fewer epochs/, rows: { length: 3 } })
})

t.test('bounds of a model that learned a logarithm are those of the logarithm', async (t) => {
  const model = new PsilonRegressor({ ...quick, epochs: 3, targetTransform: 'log' })
  await model.fit(
    houses.map(({ town: _, garden: __, ...house }) => house),
    { target: 'price' },
  )
  const page = runPage({ file: 'm.safetensors', bytes: 9, model, record: null })
  const norm = page.keys?.find(({ name }) => name === 'path norm, units of ln(price)')
  t.equal(norm?.note, 'the most that ln(price) moves when every column moves by one standard deviation')
  const sum = model.influence().reduce((total, { standardized }) => total + standardized, 0)
  t.ok(Math.abs(Number(norm?.value) / sum - 1) < 1e-3, `${norm?.value} beside ${sum}`)
  const charts = page.sections.flatMap((section) => ('charts' in section ? section.charts : []))
  const influence = charts.find(({ title }) => title === 'Influence of each input')
  t.match(influence?.text, /The most that ln\(price\) can move/)
})

t.test('inputs without an effect are named', async (t) => {
  const model = new PsilonClassifier({ ...quick, epochs: 3 })
  await model.fit(
    houses.map(({ area, age, price }) => ({ area, '<age>': age, dear: price > 200_000 })),
    { target: 'dear' },
  )
  const [network] = model.members
  const { parameters } = network as NonNullable<typeof network>
  const first = parameters['layers.0.v'] as { data: Float64Array; shape: number[] }
  for (let k = 1; k < first.data.length; k += 2) first.data[k] = 0
  network?.setParameters(parameters)
  const page = runPage({ file: 'm.safetensors', bytes: 9, model, record: null })
  const smoothness = page.sections.find(({ title }) => title === 'Smoothness')
  const [chart] = smoothness && 'charts' in smoothness ? smoothness.charts : []
  t.match(chart?.text, '1 input cannot move it at all: <age>.')
})

t.test('a loss that falls by a decade has a logarithmic axis', async (t) => {
  const model = new PsilonRegressor({ ...quick, epochs: 2 })
  await model.fit(houses, { target: 'price' })
  const scaleOf = (last: number) => {
    const record = someRecord()
    const epochs = record.epochs.map((each, k) => ({ ...each, loss: k === 39 ? last : 1, validationLoss: undefined }))
    const { sections } = runPage({ file: 'm', bytes: 9, model, record: { ...record, epochs: epochs as never } })
    const training = sections.find(({ title }) => title === 'Training')
    const [loss] = training && 'charts' in training ? training.charts : []
    return JSON.stringify(loss?.spec).includes('"type":"log"')
  }
  t.strictSame([scaleOf(0.05), scaleOf(0.2)], [true, false])
})

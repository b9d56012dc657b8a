// Trains a pruned PSiLON Net on a bundled table, compares it with logistic regression and the base rates, and saves it.
// Table, split and network are those of the tabular experiments of arXiv 2404.19112. Run by `npm start`.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { load, PsilonClassifier, version } from 'psilon'
import { onInterrupt } from '#psilon/cli/terminal/interrupt.js'
import { showProgress } from '#psilon/cli/terminal/progress.js'
import { accuracy, softmaxLogLoss } from '#psilon/metrics/classification.js'
import { aligned, percent, size } from '#psilon/print.js'
import { layOut } from '#psilon/report/layout.js'
import { runPage } from '#psilon/report/run-page.js'
import { logisticRegression, standardizer } from './logistic.mjs'

/** @typedef {Record<string, number>} Row */

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/** @type {Row[]} */
const table = parse(gunzipSync(readFileSync(at('../data/MagicTelescope.csv.gz'))), { columns: true, cast: true })
// in file order: 2,000 rows train, the first half of the rest tests; the second half would choose lambda
const train = table.slice(0, 2000)
const test = table.slice(2000, Math.floor((2000 + table.length) / 2))
const inputs = Object.keys(table[0]).filter((name) => name !== 'target')

console.log(`MagicTelescope, gamma ray or hadron: ${train.length} rows train, ${test.length} test`)
console.log('PSiLON Net, 3 layers of 500, lambda 1e-3, 1,000 epochs of 5 steps, pruned to 90 % zeros\n')
const model = new PsilonClassifier({
  preset: 'paper',
  hidden: 500,
  depth: 3,
  lambda: 1e-3,
  epochs: 1000,
  batchSize: 400,
  prune: { sparsity: 0.9 },
})
const run = model.fit(train, { target: 'target', validation: test }) // their loss is drawn, nothing is decided on it
const interrupt = onInterrupt(() => run.cancel())
await showProgress(run)
interrupt.release()
const summary = await run
if (summary.stopped === 'cancelled') process.exit(130)

const evaluation = await model.evaluate(test)
const rate = train.filter((row) => row.target === 1).length / train.length
const scores = [
  ['test rows', 'log loss', 'accuracy'],
  ['PSiLON Net', evaluation.logLoss.toFixed(4), percent(evaluation.accuracy)],
  scoreLogits('logistic regression', logisticLogits()),
  scoreLogits(
    'base rates',
    test.map(() => Math.log(rate / (1 - rate))),
  ),
]
console.log(`\n${aligned(scores).join('\n')}\n`)

const file = at('output/magic.safetensors')
mkdirSync(at('output'), { recursive: true })
const { exact } = model.sparsity()
const { parametersBefore, parametersAfter, hidden } = model.compact()
await model.save(file)
console.log(`path norm ${model.pathNorm().toFixed(1)}, exact zeros ${percent(exact)}`)
console.log(`without dead units: layers of ${hidden.join(', ')}, ${parametersAfter} of ${parametersBefore} parameters`)
console.log(`${file}: ${size(statSync(file).size)}`)

const page = at('output/report.html')
writeFileSync(page, await drawn())
console.log(`${page}: all of this as a page\n`)

const again = /** @type {PsilonClassifier} */ (await load(file))
const some = test.slice(0, 5)
const { labels, probabilities } = await again.predict(some)
const predictions = some.map((row, i) => {
  return [`row ${2000 + i}`, String(row.target), String(labels[i]), probabilities.data[2 * i + 1].toFixed(3)]
})
console.log(aligned([['read back', 'is', 'predicted', 'p(gamma)'], ...predictions]).join('\n'))

/** The run as a page. */
async function drawn() {
  const { encoding, hidden, lambda, search, stopped, epoch, seconds, device, epochs } = summary
  const record = {
    version,
    model: { file: 'magic.safetensors', sha256: '' },
    table: { file: 'MagicTelescope.csv.gz', rows: table.length, dropped: [], ignored: [], missing: {} },
    rows: { train: train.length, test: test.length, validation: 0 },
    split: 'in file order',
    ...{
      encoding,
      hidden,
      lambda: Number(lambda),
      search,
      stopped,
      epoch,
      seconds,
      device,
      epochs,
      watched: 'test rows',
    },
    scores: { test: { ...evaluation, baseline: {} } },
  }
  const page = runPage({ file: 'magic.safetensors', bytes: statSync(file).size, model, record })
  const text = `${train.length} rows train, ${test.length} test; the same for each.`
  const [, ...charts] = page.sections
  return layOut({ ...page, sections: [{ title: 'Scores', text, rows: scores }, ...charts] })
}

/** Logits of the test rows. */
function logisticLogits() {
  const numbers = (/** @type {Row[]} */ rows) => rows.map((row) => inputs.map((name) => row[name]))
  const standardize = standardizer(numbers(train))
  const model = logisticRegression(
    standardize(numbers(train)),
    train.map((row) => row.target),
  )
  return model(standardize(numbers(test)))
}

/** @param {string} name @param {number[]} logits */
function scoreLogits(name, logits) {
  const truth = test.map((row) => row.target)
  const predicted = logits.map((logit) => (logit > 0 ? 1 : 0))
  const loss = softmaxLogLoss(
    logits.flatMap((logit) => [0, logit]),
    truth,
    2,
  )
  return [name, loss.toFixed(4), percent(accuracy(predicted, truth))]
}

// Is a tumour malignant? A classifier gives labels as they stand in the table, and probabilities.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, PsilonClassifier } from 'psilon'
import { bundledRows } from './rows.mjs'

const rows = bundledRows('breast_cancer.csv').map((row) => ({
  ...row,
  target: row.target === 1 ? 'malignant' : 'benign',
}))
const [train, test] = [rows.slice(0, 400), rows.slice(400)]

// five folds choose lambda; 'balanced' lets both classes count the same, though fewer tumours are malignant
const model = new PsilonClassifier({
  preset: 'paper',
  hidden: 50,
  epochs: 100,
  batchSize: 80,
  lambda: 'auto',
  lambdas: [1e-3, 5e-3, 2.5e-2],
  selection: { folds: 5 },
  classWeight: 'balanced',
  seed: 1,
})
const { lambda, search } = await model.fit(train, { target: 'target' })
console.log('lambda   log loss (5 folds)   path norm')
for (const each of search) {
  const mark = each.lambda === lambda ? '  chosen' : ''
  console.log(`${String(each.lambda).padEnd(8)} ${each.score.toFixed(4).padEnd(20)} ${each.pathNorm.toFixed(1)}${mark}`)
}

const { accuracy, logLoss, auc } = await model.evaluate(test)
console.log(
  `\n${test.length} new tumours: accuracy ${accuracy.toFixed(3)}, log loss ${logLoss.toFixed(3)}, AUC ${auc?.toFixed(4)}`,
)

const { labels, probabilities, classes } = await model.predict(test)
console.log(`\n${'is \\ predicted'.padEnd(15)} ${classes.join('   ')}`)
for (const actual of classes) {
  const of = classes.map((label) => test.filter((row, i) => row.target === actual && labels[i] === label).length)
  console.log(`${String(actual).padEnd(15)} ${of.map((n) => String(n).padEnd(8)).join(' ')}`)
}

// one file holds the network, the preprocessing and the labels
const folder = mkdtempSync(join(tmpdir(), 'psilon-'))
await model.save(join(folder, 'tumours.safetensors'))
const again = await load(join(folder, 'tumours.safetensors'))
rmSync(folder, { recursive: true })
if (!(again instanceof PsilonClassifier)) throw new Error('the file held another model')
const same = (await again.predict(test)).probabilities.data.every((p, k) => p === probabilities.data[k])
console.log(`\nread back from its file, the model gives the same probabilities to the bit: ${same}`)

console.log('\nthe five measurements that can move the log-odds most, by a deviation of each:')
for (const { column, standardized } of model.influence().slice(0, 5)) {
  console.log(`  ${column.padEnd(24)} ${standardized.toFixed(2)}`)
}

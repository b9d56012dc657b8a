// How small can a network become? Pruning in training sets weights to exact zero; compaction removes the dead units.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PsilonClassifier } from 'psilon'
import { bundledRows } from './rows.mjs'

const rows = bundledRows('MagicTelescope.csv.gz')
const [train, test] = [rows.slice(0, 2000), rows.slice(2000, 4000)]
const folder = mkdtempSync(join(tmpdir(), 'psilon-'))

console.log('MagicTelescope, 2,000 rows to train, 2,000 to test; a network of 3 layers of 100\n')
console.log(' zeros   log loss   parameters      layers left       file     with all units')
for (const sparsity of [0, 0.7, 0.9, 0.95]) {
  const prune = sparsity === 0 ? undefined : { sparsity }
  const options = /** @type {const} */ ({ preset: 'paper', hidden: 100, epochs: 200, learningRate: 5e-3, lambda: 1e-3 })
  const model = new PsilonClassifier({ ...options, prune, seed: 1 })
  await model.fit(train, { target: 'target' })
  const { exact } = model.sparsity()
  const before = { ...(await model.evaluate(test)), bytes: await fileSize(model) }

  const { parametersAfter, hidden } = model.compact()
  const after = { ...(await model.evaluate(test)), bytes: await fileSize(model) }
  if (Math.abs(after.logLoss - before.logLoss) > 1e-5) throw new Error('compaction changed the predictions')
  const cells = [
    `${(100 * exact).toFixed(1)} %`.padStart(7),
    after.logLoss.toFixed(4).padStart(8),
    String(parametersAfter).padStart(10),
    hidden.join(', ').padStart(15),
    kilobytes(after.bytes).padStart(8),
    kilobytes(before.bytes).padStart(16),
  ]
  console.log(cells.join('   '))
  model.dispose()
}
rmSync(folder, { recursive: true })

/** @param {PsilonClassifier} model */
async function fileSize(model) {
  const file = join(folder, 'model.safetensors')
  await model.save(file)
  return statSync(file).size
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}

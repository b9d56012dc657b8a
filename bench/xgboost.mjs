import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonWith } from './python.mjs'
import { summarize } from './timing.mjs'

const script = fileURLToPath(new URL('../experiments/peers/main.py', import.meta.url))
const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' }
const libraries = ['xgboost', 'scikit-learn']

const run = (...args) => promisify(execFile)(pythonWith('xgboost, sklearn'), [script, ...args], { env })

/** Versions of what XGBoost's search needs, or what is missing. @returns {Promise<{ versions: Record<string, string>, missing?: string }>} */
export async function xgboostVersions() {
  try {
    const found = JSON.parse((await run('versions')).stdout)
    const missing = libraries.find((library) => found[library] === null)
    if (missing !== undefined) return { versions: {}, missing: `Python has no ${missing}` }
    return { versions: { XGBoost: found.xgboost, 'scikit-learn': found['scikit-learn'] } }
  } catch (error) {
    return { versions: {}, missing: /** @type {Error} */ (error).message.split('\n')[0] }
  }
}

/**
 * Times of the search on a table of numbers with a target `y`, by the process itself, on one thread.
 *
 * @param {Record<string, Float64Array>} table
 */
export async function xgboostSearch({ y, ...inputs }) {
  const folder = await mkdtemp(join(tmpdir(), 'psilon-'))
  try {
    const [rows, predictions] = ['rows', 'predictions'].map((name) => join(folder, name))
    await writeFile(rows, rowsFile(Object.values(inputs), y))
    const { seconds, wall } = JSON.parse((await run('xgboost', rows, predictions)).stdout)
    return { processor: summarize([seconds]), wall: summarize([wall]) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The form that experiments/peers/rows.py reads, with the first row to predict. */
function rowsFile(columns, y) {
  const x = Float64Array.from(
    { length: columns.length * y.length },
    (_, k) => columns[k % columns.length][Math.floor(k / columns.length)],
  )
  const kinds = columns.map(() => ({ kind: 'number', width: 1 }))
  const header = { classes: 0, inputs: columns.length, columns: kinds, train: y.length, test: 1 }
  const parts = [x, y, x.subarray(0, columns.length)].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  )
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts])
}

// The table of docs/certificates.md: certified radii of each level over the distance of the nearest counterexample, on
// networks of 3 x 100 units, dense and pruned.
//   node scripts/measure-certificates.mjs DIR [TABLE ...] [--rows 40] [--budget 1000]      DIR has the tables, as CSV
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from 'd3-array'
import { PsilonClassifier, readTable } from 'psilon'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '40' },
    budget: { type: 'string', default: '1000' },
  },
})
const [folder = 'data', ...wanted] = positionals
const levels = /** @type {const} */ (['global', 'local', 'linear', 'exact'])
const shape = { preset: 'paper', encoding: 'standard', hidden: 100, lambda: 1e-3, epochs: 300, seed: 1 }
const kinds = { dense: {}, pruned: { prune: { sparsity: 0.9 } } }

const nameOf = (/** @type {string} */ file) => file.replace(/\.csv(\.gz)?$/, '')
const files = readdirSync(folder).filter((file) => /\.csv(\.gz)?$/.test(file))
const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(nameOf(file)))

console.log(
  '| table | network | accuracy | units | global | local | linear | exact | solved | linear, ms | exact, ms |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const file of chosen) {
  const table = await readTable(join(folder, file))
  const count = Math.min(2000, Math.floor(0.7 * table.rows))
  const rest = table.slice(count, count + 1000)
  for (const [kind, options] of Object.entries(kinds)) {
    const model = new PsilonClassifier(/** @type {any} */ ({ ...shape, ...options }))
    const trained = await model.fit(table.slice(0, count), { target: 'target' }).then(
      () => true,
      () => false,
    )
    if (!trained) break // not a table of classes
    if (kind === 'pruned') model.compact()
    console.log(await lineOf(model, rest, [nameOf(file), kind, await model.score(rest)]))
  }
}

/** Medians over the rows; milliseconds of a processor. */
async function lineOf(
  /** @type {PsilonClassifier} */ model,
  /** @type {import('psilon').Table} */ rest,
  /** @type {[string, string, number]} */ [name, kind, accuracy],
) {
  const rows = rest.slice(0, Number(values.rows))
  /** @type {Record<string, { radii: number[], upper: number[], exact: boolean[], ms: number[] }>} */
  const found = {}
  for (const level of levels) found[level] = await eachRow(model, rows, level)
  const { upper, exact } = found.exact
  const known = [...upper.keys()].filter((row) => Number.isFinite(upper[row]) && upper[row] > 0)
  const share = (/** @type {string} */ level) => median(known, (row) => found[level].radii[row] / upper[row])
  const cells = [
    name,
    kind,
    accuracy.toFixed(3),
    model.network.config.hidden.join(', '),
    ...levels.map((level) => share(level)?.toFixed(3)),
    `${Math.round((100 * exact.filter(Boolean).length) / exact.length)} %`,
    ...['linear', 'exact'].map((level) => median(found[level].ms)?.toPrecision(2)),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Rows one by one at level 'exact', so that each has its time; else together, a second time, as a service would. */
async function eachRow(
  /** @type {PsilonClassifier} */ model,
  /** @type {import('psilon').Table} */ rows,
  /** @type {typeof levels[number]} */ level,
) {
  const budget = Number(values.budget)
  const parts = level === 'exact' ? Array.from({ length: rows.rows }, (_, row) => rows.slice(row, row + 1)) : [rows]
  const [radii, upper, exact, ms] = [[], [], [], []].map((list) => /** @type {any[]} */ (list))
  if (level !== 'exact') await model.certify(rows, { level })
  for (const part of parts) {
    const before = process.cpuUsage()
    const found = await model.certify(part, { level, budget })
    const { user, system } = process.cpuUsage(before)
    radii.push(...found.radii)
    upper.push(...found.upper)
    exact.push(...found.exact)
    ms.push((user + system) / 1000 / part.rows)
  }
  return { radii, upper, exact, ms }
}

/** From a table to a model: every preset, beside XGBoost's search with the protocol of experiments/peers. */

import { PsilonRegressor } from 'psilon'
import { threadCount } from '../markdown.mjs'
import { generator } from '../random.mjs'
import { clearMemory, summarize } from '../timing.mjs'
import { xgboostSearch, xgboostVersions } from '../xgboost.mjs'

const sizes = [200, 2000, 20_000]
const columns = 20

/**
 * `most` rows of each preset: with more it would take too long. Up to `everyThreads` rows it runs on each number of threads of the
 * run, beyond that on the most alone. All but 'fast' run once.
 */
const plan = {
  fast: { most: 20_000, everyThreads: 20_000 },
  balanced: { most: 20_000, everyThreads: 2000 },
  best: { most: 2000, everyThreads: 0 },
  paper: { most: 2000, everyThreads: 0 },
}

/** @param {import('../effort.mjs').Effort} effort */
export async function presets(effort) {
  const { versions, missing } = await xgboostVersions()
  const skipped = missing === undefined ? {} : { XGBoost: missing }
  if (missing !== undefined) effort.report(`XGBoost is left out: ${missing}`)
  const fits = []
  for (const rows of effort.quick ? [60] : sizes) {
    const table = friedman(rows)
    for (const [preset, { most, everyThreads }] of Object.entries(plan)) {
      if (rows > most) continue
      const counts = rows <= everyThreads ? effort.threads : [Math.max(...effort.threads)]
      for (const threads of counts)
        fits.push({ model: preset, rows, threads, ...(await fitted(table, preset, threads, effort)) })
    }
    if (missing !== undefined) continue
    effort.report(`${rows} rows, XGBoost's search`)
    fits.push({ model: 'XGBoost', rows, threads: 1, ...(await xgboostSearch(table)) })
  }
  return {
    columns,
    most: Object.fromEntries(Object.entries(plan).map(([preset, { most }]) => [preset, most])),
    versions,
    skipped,
    fits,
  }
}

async function fitted(table, preset, threads, { quick, rounds, report }) {
  const short = quick ? { epochs: 1, hidden: 8 } : {}
  /** @type {{ processor: number, wall: number }[]} */
  const times = []
  for (let round = 0; round < (preset === 'fast' ? rounds : 1); round++) {
    clearMemory()
    const model = new PsilonRegressor({ preset, threads, device: 'cpu', ...short })
    const [begin, before] = [performance.now(), process.cpuUsage()]
    await model.fit(table, { target: 'y' })
    const { user, system } = process.cpuUsage(before)
    times.push({ processor: (user + system) / 1e6, wall: (performance.now() - begin) / 1e3 })
    model.dispose()
  }
  const of = (what) => summarize(times.map((each) => each[what]))
  const found = { processor: of('processor'), wall: of('wall') }
  report(
    `${table.y.length} rows, ${preset}, ${threadCount(threads)}: ${found.processor.median.toFixed(1)} processor seconds`,
  )
  return found
}

/**
 * 10 sin(pi a b) + 20 (c - 1/2)^2 + 10 d + 5 e and noise, with 15 columns that say nothing; uniform from 0 to 1.
 *
 * Friedman 1991, Multivariate Adaptive Regression Splines, section 4.3
 *
 * @returns {Record<string, Float64Array>}
 */
function friedman(rows) {
  const next = generator(3)
  const x = Array.from({ length: columns }, () => Float64Array.from({ length: rows }, () => (next() + 1) / 2))
  const [a, b, c, d, e] = x
  // of twelve uniform numbers the sum has the deviation 1, if they go from -1/2 to 1/2
  const noise = () => Array.from({ length: 12 }, () => next() / 2).reduce((sum, value) => sum + value)
  const y = Float64Array.from(
    a,
    (_, k) => 10 * Math.sin(Math.PI * a[k] * b[k]) + 20 * (c[k] - 0.5) ** 2 + 10 * d[k] + 5 * e[k] + noise(),
  )
  return { ...Object.fromEntries(x.map((values, j) => [`x${j}`, values])), y }
}

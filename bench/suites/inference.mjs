/** Rows per second of predict (all threads) and predictSync (one), by the density of the weights. */

import { processors } from '#psilon/machine/processors.js'
import { sparseNetwork } from '../networks.mjs'
import { table } from '../random.mjs'
import { secondsPerCall, summarize } from '../timing.mjs'

const densities = [1, 0.5, 0.2, 0.1, 0.05, 0.02]
const rowCounts = [1, 4, 5, 16, 200, 2000]

/** @param {import('../effort.mjs').Effort} effort */
export async function inference(effort) {
  const results = []
  for (const job of effort.jobs) {
    for (const density of effort.quick ? [1, 0.05] : densities) {
      const net = sparseNetwork(job, density)
      effort.report(`${job.name}, density ${density}`)
      for (const rows of rowCounts) {
        const x = table(rows, job.inputs)
        const calls = { predictSync: () => net.predictSync(x), predict: () => net.predict(x) }
        for (const [method, call] of Object.entries(calls)) {
          const samples = await secondsPerCall(call, effort)
          const seconds = summarize(samples)
          const threads = method === 'predict' ? processors() : 1
          results.push({ job: job.name, density, rows, method, threads, seconds, rowsPerSecond: rows / seconds.median })
        }
      }
      net.dispose()
    }
  }
  return { predictions: results }
}

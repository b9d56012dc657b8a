/** How the time of a step grows with batch, width and depth. */

import { stepFlop } from '../jobs.mjs'
import { threadCount } from '../markdown.mjs'
import { network } from '../networks.mjs'
import { besideRoundTrip } from '../round-trip.mjs'
import { stepSeconds } from '../steps.mjs'
import { summarize } from '../timing.mjs'

const sizes = {
  batch: [1, 4, 16, 64, 256, 1024, 4096],
  hidden: [16, 32, 64, 128, 256, 500, 1024, 2048],
  depth: [1, 2, 3, 5, 10, 20, 50],
}

/** @param {import('../effort.mjs').Effort} effort */
export async function growth(effort) {
  const [base] = effort.jobs
  const results = []
  for (const [along, values] of Object.entries(sizes)) {
    for (const value of effort.quick ? values.slice(0, 2) : values) {
      const job = { ...base, [along]: value }
      const net = network(job) // a fresh one of great depth gives each row the same output
      for (const threads of effort.threads) {
        const { measure, roundTrip } = besideRoundTrip(threads, () => stepSeconds(net, job, threads, effort))
        const seconds = summarize(await measure())
        effort.report(`${along} ${value}, ${threadCount(threads)}: ${(1e3 * seconds.median).toFixed(3)} ms`)
        const flop = stepFlop(job)
        results.push({ along, value, threads, flop, seconds, flops: flop / seconds.median, roundTrip: roundTrip() })
      }
      net.dispose()
    }
  }
  return results
}

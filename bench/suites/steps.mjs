/** Time of a whole training step, beside that of its products at nine tenths of the processor's peak. */

import { stepFlop } from '../jobs.mjs'
import { threadCount } from '../markdown.mjs'
import { freshNetwork } from '../networks.mjs'
import { peakSamples } from '../peak.mjs'
import { stepSeconds } from '../steps.mjs'
import { Rounds, summarize } from '../timing.mjs'

/** @param {import('../effort.mjs').Effort} effort */
export async function steps(effort) {
  const results = []
  for (const job of effort.jobs) {
    const net = freshNetwork(job)
    for (const threads of effort.threads) {
      const peaks = []
      const measured = await new Rounds().run(effort.rounds, {
        step: () => {
          peaks.push(...peakSamples(threads, 'float32', 3))
          return stepSeconds(net, job, threads, effort)
        },
      })
      const seconds = measured.summary('step')
      const flop = stepFlop(job)
      const peak = peaks.length === 0 ? null : summarize(peaks)
      // multiples of the time that the products alone would take at 0.9 of the peak
      const multiple = peak === null ? null : seconds.median / (flop / (0.9 * peak.median))
      effort.report(`step, ${job.name}, ${threadCount(threads)}: ${(1e3 * seconds.median).toFixed(2)} ms`)
      results.push({ job: job.name, batch: job.batch, threads, flop, seconds, peak, multiple })
    }
    net.dispose()
  }
  return results
}

/** Time of a whole training step, beside that of its products at nine tenths of the processor's peak. */

import { stepFlop } from '../jobs.mjs'
import { threadCount } from '../markdown.mjs'
import { freshNetwork } from '../networks.mjs'
import { besidePeak, peakAlone, peakSample } from '../peak.mjs'
import { besideRoundTrip } from '../round-trip.mjs'
import { stepTimer } from '../steps.mjs'

/** @param {import('../effort.mjs').Effort} effort */
export async function steps(effort) {
  const results = []
  for (const job of effort.jobs) {
    const net = freshNetwork(job)
    for (const threads of effort.threads) {
      const alone = peakAlone(threads, 'float32', effort)
      // short fits, so that the peak is seen often
      const rounds = 3 * effort.rounds
      const timer = await stepTimer(net, job, threads, { ...effort, epochs: Math.ceil(effort.epochs / 3) })
      const { measure, roundTrip } = besideRoundTrip(threads, timer)
      const [{ seconds, peak, flopAtPeak }] = await besidePeak(rounds, () => peakSample(threads, 'float32'), [measure])
      const flop = stepFlop(job)
      // multiples of the time that the products alone would take at 0.9 of the peak
      const multiple = (0.9 * flopAtPeak.median) / flop
      effort.report(`step, ${job.name}, ${threadCount(threads)}: ${(1e3 * seconds.median).toFixed(2)} ms`)
      const figures = { flop, seconds, peak, alone, multiple, roundTrip: roundTrip() }
      results.push({ job: job.name, batch: job.batch, threads, ...figures })
    }
    net.dispose()
  }
  return results
}

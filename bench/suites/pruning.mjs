/** Epochs that blend towards the projection, and epochs on the support that is left, beside plain ones. */

import { threadCount } from '../markdown.mjs'
import { network, trainingData } from '../networks.mjs'
import { epochSeconds } from '../steps.mjs'
import { clearMemory, Rounds } from '../timing.mjs'

const phases = /** @type {const} */ (['plain', 'blending', 'support'])

/** @param {import('../effort.mjs').Effort} effort */
export async function pruning({ jobs, threads: counts, quick, rounds, epochs, report }) {
  const results = []
  for (const job of jobs) {
    const batches = quick ? 2 : Math.min(job.epochBatches, 20)
    const long = batches === 20
    for (const threads of counts) {
      report(`pruning, ${job.name}, ${threadCount(threads)}`)
      const fit = { epochs: long ? 2 : 3 * epochs, threads }
      const data = trainingData(job, batches)
      const measured = await new Rounds().run(
        rounds,
        Object.fromEntries(phases.map((phase) => [phase, () => phaseSeconds(job, data, { ...fit, phase })])),
      )
      const plain = measured.summary('plain')
      for (const phase of phases.slice(1)) {
        const seconds = measured.summary(phase)
        results.push({ job: job.name, batches, threads, phase, seconds, plain, ratio: seconds.median / plain.median })
      }
    }
  }
  return results
}

async function phaseSeconds(job, data, fit) {
  const net = network(job)
  clearMemory()
  const seconds = await epochSeconds(net, job, data, fit)
  net.dispose()
  return seconds
}

import { stepFlop } from './jobs.mjs'
import { fitOptions, trainingData } from './networks.mjs'
import { clearMemory, summarize } from './timing.mjs'

/** @typedef {import('./jobs.mjs').Job} Job */

/**
 * What an epoch does: 'plain'; 'blending', alpha between 0 and 1; 'support', fine-tuning of what pruning left.
 *
 * @typedef {'plain' | 'blending' | 'support'} Phase
 */

/** @returns {{ options: object, skip: number }} `skip`: epochs at the beginning that do something else */
function phaseOptions(phase, epochs) {
  if (phase === 'plain') return { options: {}, skip: 1 }
  if (phase === 'blending') return { options: { prune: { sparsity: 0.9, from: 0, to: 1 } }, skip: 1 }
  return { options: { prune: { sparsity: 0.9, from: 0, to: 1 / (epochs + 2) } }, skip: 2 }
}

/**
 * Seconds of each of `epochs` epochs, after some that are not counted. The network goes on as it is.
 *
 * @param {import('psilon').PsilonNet} net
 * @param {Job} job
 * @param {ReturnType<typeof trainingData>} data
 * @param {{ epochs: number, threads: number, phase?: Phase }} fit
 */
export async function epochSeconds(net, job, data, { epochs, threads, phase = 'plain' }) {
  const { options, skip } = phaseOptions(phase, epochs)
  const { epochs: finished } = await net.fit(data, {
    ...{ ...fitOptions(job), ...options, threads, epochs: epochs + skip },
  })
  const ends = finished.slice(skip - 1).map(({ seconds }) => seconds)
  return ends.slice(1).map((end, k) => end - ends[k])
}

/** Batches in an epoch of about `pass` seconds, if a thread does 100 GFLOP/s. */
function batchesFor(job, threads, pass) {
  return Math.min(200, Math.max(4, Math.round((pass * 1e11 * threads) / stepFlop(job))))
}

/**
 * Prepares everything; each call of what it returns trains and gives seconds of a step, as samples. What an epoch does
 * besides its steps (a snapshot, path norm, sparsity) is left out: it is what an epoch of one batch takes longer than a
 * step of a long epoch.
 *
 * @param {import('psilon').PsilonNet} net
 * @param {Job} job
 * @param {number} threads
 * @param {import('./effort.mjs').Effort} effort
 */
export async function stepTimer(net, job, threads, { epochs, pass }) {
  const batches = batchesFor(job, threads, pass)
  const short = summarize(await epochSeconds(net, job, trainingData(job, 1), { epochs: 2 * epochs, threads })).median
  const data = trainingData(job, batches)
  clearMemory()
  return async () => {
    const long = await epochSeconds(net, job, data, { epochs, threads })
    // where something interrupted the short one for longer than all these steps take, the whole epoch
    return long.map((epoch) => (epoch > short ? (epoch - short) / (batches - 1) : epoch / batches))
  }
}

/** The same once. @returns {Promise<number[]>} */
export async function stepSeconds(net, job, threads, effort) {
  const measure = await stepTimer(net, job, threads, effort)
  return measure()
}

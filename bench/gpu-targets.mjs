/**
 * What the times of `npm run gpu-check` say.
 *
 * @typedef {object} Time Seconds of a training step.
 * @property {string} job
 * @property {'psilon' | 'PyTorch'} library
 * @property {'cuda' | 'cpu'} device
 * @property {boolean} [graph] of PyTorch: replayed as a CUDA graph
 * @property {'float32' | 'tf32'} precision
 * @property {number} networks that train at once
 * @property {number} flop of the products of all of them
 * @property {import('./timing.mjs').Summary} seconds
 *
 * @typedef {object} Comparison Of one job in one precision; null what was not measured.
 * @property {string} job
 * @property {string} precision
 * @property {number} seconds of a step of one network
 * @property {number | null} eager PyTorch's, as a multiple of that
 * @property {number | null} graph the same, replayed as a CUDA graph
 * @property {number | null} networks that train at once
 * @property {number | null} together their step, as a multiple of one network's
 * @property {number | null} share of the card's float32 peak that their products reach
 */

import { atLeast, atMost } from './targets.mjs'

/**
 * @param {Time[]} times
 * @param {number | undefined} peak FLOP per second of the card in float32, where it is known
 * @returns {Comparison[]}
 */
export function comparisons(times, peak) {
  const onCard = (name) => times.filter(({ library, device }) => library === name && device === 'cuda')
  const ours = onCard('psilon')
  return ours
    .filter(({ networks }) => networks === 1)
    .map(({ job, precision, seconds: { median } }) => {
      const isSame = (time) => time.job === job && time.precision === precision
      const multiple = (time) => (time === undefined ? null : time.seconds.median / median)
      const theirs = onCard('PyTorch').filter(isSame)
      const many = ours.find((time) => time.networks > 1 && isSame(time))
      return {
        ...{ job, precision, seconds: median },
        eager: multiple(theirs.find(({ graph }) => !graph)),
        graph: multiple(theirs.find(({ graph }) => graph)),
        networks: many?.networks ?? null,
        together: multiple(many),
        share: many === undefined || peak === undefined ? null : many.flop / many.seconds.median / peak,
      }
    })
}

/** Of an H100. Of networks at once a share of the peak, as a multiple of one network would grow as that gets faster. */
const microseconds = { deep: { float32: 200, tf32: 120 } }
const share = { tabular: { float32: 0.4, tf32: 0.8 }, deep: { float32: 0.5 } }

/**
 * Those that were measured.
 *
 * @param {Comparison[]} compared
 */
export function gpuTargets(compared) {
  return compared.flatMap((each) => {
    const { job, precision } = each
    const step = `${job} step, ${precision}`
    const many = `${each.networks} ${job} networks at once, ${precision}`
    return [
      atMost(`${step}: µs`, microseconds[job]?.[precision], 1e6 * each.seconds),
      atLeast(`${step}: PyTorch, multiple of our time`, 20, each.eager),
      atLeast(`${step}: PyTorch as a CUDA graph, multiple of our time`, 2, each.graph),
      atLeast(`${many}: share of the card's float32 peak`, share[job]?.[precision], each.share, '%'),
    ].filter(({ target, measured }) => target !== undefined && measured !== null)
  })
}

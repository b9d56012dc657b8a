import { quantile } from 'd3-array'

/**
 * @typedef {object} Summary Quartiles of repeated measurements, in their unit.
 * @property {number} median
 * @property {number} q1
 * @property {number} q3
 * @property {number} repeats
 */

/** @param {number[]} samples @returns {Summary} */
export function summarize(samples) {
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((p) => /** @type {number} */ (quantile(samples, p)))
  return { median, q1, q3, repeats: samples.length }
}

/** Seconds that `calls` calls take. A promise is waited for before the next call. */
async function secondsOf(work, calls) {
  const begin = performance.now()
  for (let k = 0; k < calls; k++) {
    const result = work()
    if (result instanceof Promise) await result
  }
  return (performance.now() - begin) / 1e3
}

/** What was left behind must not be cleared away while something is measured. Needs `node --expose-gc`. */
export function clearMemory() {
  globalThis.gc?.()
}

/** How many calls take about `seconds`. Finding that out is the warm-up. */
async function callsWithin(work, seconds) {
  await secondsOf(work, 1)
  for (let calls = 1; ; calls = Math.ceil(1.5 * calls)) {
    const taken = await secondsOf(work, calls)
    if (taken > seconds / 4) return Math.max(1, Math.round((calls * seconds) / taken))
  }
}

/**
 * Seconds per call, as `repeats` samples. A sample is as many calls as take about `sample` seconds, or one.
 *
 * @param {() => unknown} work
 * @param {{ repeats: number, sample: number }} effort
 */
export async function secondsPerCall(work, { repeats, sample }) {
  const calls = await callsWithin(work, sample)
  clearMemory()
  const samples = []
  for (let k = 0; k < repeats; k++) samples.push((await secondsOf(work, calls)) / calls)
  return samples
}

/** Collects the samples of several things that are measured in turn, so that a slow minute hits all of them. */
export class Rounds {
  /** @type {Map<string, number[]>} */
  #samples = new Map()

  /**
   * @param {number} rounds
   * @param {Record<string, () => Promise<number[]>>} subjects
   */
  async run(rounds, subjects) {
    for (let round = 0; round < rounds; round++) {
      for (const [name, measure] of Object.entries(subjects)) {
        this.#samples.set(name, [...(this.#samples.get(name) ?? []), ...(await measure())])
      }
    }
    return this
  }

  summary(name) {
    return summarize(this.#samples.get(name) ?? [])
  }

  /** The least sample: what a call takes where nothing else happens. */
  least(name) {
    return Math.min(...(this.#samples.get(name) ?? []))
  }
}

import { setTimeout } from 'node:timers/promises'
import { native } from '#psilon/native.js'
import { summarize } from './timing.mjs'

/** @typedef {import('./timing.mjs').Summary} Summary */

/**
 * FLOP per second of multiply-adds in registers: a sample of about a hundredth of a second.
 *
 * @param {number} threads
 * @param {import('#psilon/native.js').Dtype} dtype
 */
export function peakSample(threads, dtype) {
  const rates = []
  const end = performance.now() + 10
  do rates.push(native.benchmark.peak({ threads, dtype }))
  while (performance.now() < end)
  return summarize(rates).median
}

/**
 * The peak of a processor that has done nothing for `rest` seconds: its clock is higher than under load.
 *
 * @param {number} threads
 * @param {import('#psilon/native.js').Dtype} dtype
 * @param {{ rounds: number, rest: number }} effort
 */
export async function restedPeak(threads, dtype, { rounds, rest }) {
  const samples = []
  for (let round = 0; round < rounds; round++) {
    await setTimeout(1e3 * rest)
    samples.push(peakSample(threads, dtype))
  }
  return summarize(samples)
}

/**
 * Measures works, and the peak under the very load of these works: a sample of it before and after each sample of work,
 * with no pause in which the clock could recover. A first round brings the processor under load and is not counted.
 *
 * @param {number} rounds
 * @param {() => number} peak
 * @param {(() => number[] | Promise<number[]>)[]} works give seconds
 * @returns {Promise<{ seconds: Summary, peak: Summary }[]>} for each work
 */
export async function besidePeak(rounds, peak, works) {
  for (const work of works) await work()
  /** @type {number[][]} */
  const seconds = works.map(() => [])
  /** @type {number[][]} */
  const peaks = works.map(() => [])
  let before = peak()
  for (let round = 0; round < rounds; round++) {
    for (const [k, work] of works.entries()) {
      seconds[k].push(...(await work()))
      const after = peak()
      peaks[k].push(before, after)
      before = after
    }
  }
  return works.map((_, k) => ({ seconds: summarize(seconds[k]), peak: summarize(peaks[k]) }))
}

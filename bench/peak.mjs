import { native } from '#psilon/native.js'
import { summarize } from './timing.mjs'

/** @typedef {import('./timing.mjs').Summary} Summary */

/**
 * FLOP per second of multiply-adds in registers, at the clock that the processor has while it multiplies matrices: the
 * sample, of about a fiftieth of a second, multiplies matrices in between.
 *
 * @param {number} threads
 * @param {import('#psilon/native.js').Dtype} dtype
 */
export function peakSample(threads, dtype) {
  return native.benchmark.peak({ threads, dtype, besideProducts: true })
}

/**
 * The same of a processor that does nothing else: its clock may be higher.
 *
 * @param {number} threads
 * @param {import('#psilon/native.js').Dtype} dtype
 * @param {{ repeats: number }} effort
 */
export function peakAlone(threads, dtype, { repeats }) {
  const sample = () => native.benchmark.peak({ threads, dtype, besideProducts: false })
  const end = performance.now() + 20 // ms, for the clock to settle
  while (performance.now() < end) sample()
  return summarize(Array.from({ length: repeats }, sample))
}

/**
 * Measures works, with a sample of the peak before and after each sample of work. A first round brings the processor
 * under load and is not counted.
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

import { native } from '../test/addon/native.mjs'
import { summarize } from './timing.mjs'

/** @typedef {import('./timing.mjs').Summary} Summary */

/**
 * FLOP per second of multiply-adds in registers, at the clock that the processor has while it multiplies matrices: the
 * sample, of about a fiftieth of a second, multiplies matrices in between.
 *
 * @param {number} threads
 * @param {import('#psilon/words.js').Dtype} dtype
 */
export function peakSample(threads, dtype) {
  return native.benchmark.peak({ threads, dtype, besideProducts: true })
}

/**
 * The same of a processor that does nothing else: its clock may be higher.
 *
 * @param {number} threads
 * @param {import('#psilon/words.js').Dtype} dtype
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
 * under load and is not counted. `flopAtPeak`: what each sample could have done at the peak around it, as the clock may
 * change from one sample to the next.
 *
 * @param {number} rounds
 * @param {() => number} peak
 * @param {(() => number[] | Promise<number[]>)[]} works give seconds
 * @returns {Promise<{ seconds: Summary, peak: Summary, flopAtPeak: Summary }[]>} for each work
 */
export async function besidePeak(rounds, peak, works) {
  for (const work of works) await work()
  /** @type {number[][]} */
  const seconds = works.map(() => [])
  /** @type {number[][]} */
  const peaks = works.map(() => [])
  /** @type {number[][]} */
  const flop = works.map(() => [])
  let before = peak()
  for (let round = 0; round < rounds; round++) {
    for (const [k, work] of works.entries()) {
      const samples = await work()
      const after = peak()
      seconds[k].push(...samples)
      flop[k].push(...samples.map((sample) => (sample * (before + after)) / 2))
      peaks[k].push(before, after)
      before = after
    }
  }
  return works.map((_, k) => ({
    seconds: summarize(seconds[k]),
    peak: summarize(peaks[k]),
    flopAtPeak: summarize(flop[k]),
  }))
}

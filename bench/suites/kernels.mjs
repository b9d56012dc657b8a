/** The matrix products, as a share of the multiply-adds that the processor can do. */

import { native } from '../../test/addon/native.mjs'
import { threadCount } from '../markdown.mjs'
import { besidePeak, peakAlone, peakSample } from '../peak.mjs'
import { clearMemory, summarize } from '../timing.mjs'

const uses = /** @type {const} */ (['forward', 'backward-input', 'backward-weights'])
const dtypes = /** @type {const} */ (['float32', 'float64'])

const wide = [
  { n: 200, inputs: 784, outputs: 500 },
  { n: 200, inputs: 500, outputs: 500 },
  { n: 400, inputs: 500, outputs: 500 },
  { n: 2000, inputs: 500, outputs: 500 },
  { n: 512, inputs: 1024, outputs: 1024 },
  { n: 512, inputs: 2048, outputs: 2048 },
]
const narrow = [
  { n: 400, inputs: 12, outputs: 500 },
  { n: 400, inputs: 500, outputs: 1 },
  { n: 200, inputs: 500, outputs: 10 },
]

/** @param {import('../effort.mjs').Effort} effort */
export async function kernels(effort) {
  const { benchmark } = native
  const peak = []
  const products = []
  for (const dtype of dtypes) {
    for (const threads of effort.threads) {
      effort.report(`${dtype}, ${threadCount(threads)}`)
      const alone = peakAlone(threads, dtype, effort)
      const measured = await measure(benchmark, { dtype, threads }, effort)
      const flops = summarize(measured.map((each) => each.peak.median))
      peak.push({ dtype, threads, alone, flops })
      products.push(...measured)
    }
  }
  return { peak, products }
}

/** Each product between two samples of the peak; its share is the median of that of each sample. */
async function measure(benchmark, { dtype, threads }, { quick, rounds, repeats, sample }) {
  const shapes = quick ? [wide[1], narrow[1]] : [...wide, ...narrow]
  const cases = shapes.flatMap((shape) => uses.map((use) => ({ use, ...shape })))
  /** @type {number[][]} */
  const packings = cases.map(() => [])
  const works = cases.map((each, k) => {
    let calls = repeats
    return () => {
      const { seconds, packing } = benchmark.product({ ...each, dtype, threads, repeats: calls })
      calls = Math.max(repeats, Math.ceil(sample / (seconds + packing)))
      packings[k].push(packing)
      return [seconds]
    }
  })
  clearMemory()
  const measured = await besidePeak(rounds, () => peakSample(threads, dtype), works)
  return cases.map((each, k) => {
    const { seconds, peak, flopAtPeak } = measured[k]
    const flop = 2 * each.n * each.inputs * each.outputs
    const share = flop / flopAtPeak.median
    const packing = summarize(packings[k].slice(1)) // without the round that is not counted
    const isWide = Math.min(each.inputs, each.outputs) >= 500
    return { ...each, dtype, threads, wide: isWide, flop, seconds, packing, peak, share }
  })
}

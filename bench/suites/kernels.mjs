/** The matrix products, as a share of the multiply-adds that the processor can do. */

import { native } from '#psilon/native.js'
import { threadCount } from '../markdown.mjs'
import { noBenchmark, peakSamples } from '../peak.mjs'
import { clearMemory, Rounds } from '../timing.mjs'

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
  if (benchmark === undefined) return { skipped: noBenchmark }
  const peak = []
  const products = []
  for (const dtype of dtypes) {
    for (const threads of effort.threads) {
      const measured = await measure(benchmark, { dtype, threads }, effort)
      peak.push({ dtype, threads, flops: measured.peak })
      products.push(...measured.products)
    }
  }
  return { peak, products }
}

async function measure(benchmark, { dtype, threads }, { quick, rounds, repeats, report }) {
  report(`${dtype}, ${threadCount(threads)}`)
  const shapes = quick ? [wide[1], narrow[1]] : [...wide, ...narrow]
  const cases = shapes.flatMap((shape) => uses.map((use) => ({ use, ...shape })))
  const subjects = { peak: async () => peakSamples(threads, dtype, 3) }
  for (const each of cases) {
    // the core gives a median; a round makes it a sample
    const of = benchmark.product({ ...each, dtype, threads, repeats: 1 })
    let last = of
    subjects[keyOf(each)] = async () => {
      clearMemory()
      last = benchmark.product({ ...each, dtype, threads, repeats })
      return [last.seconds]
    }
    subjects[`packing ${keyOf(each)}`] = async () => [last.packing]
  }
  const measured = await new Rounds().run(rounds, subjects)
  const peak = measured.summary('peak')
  const products = cases.map((each) => {
    const seconds = measured.summary(keyOf(each))
    const flop = 2 * each.n * each.inputs * each.outputs
    const packing = measured.summary(`packing ${keyOf(each)}`)
    const isWide = Math.min(each.inputs, each.outputs) >= 500
    return { ...each, dtype, threads, wide: isWide, flop, seconds, packing, share: flop / seconds.median / peak.median }
  })
  return { peak, products }
}

function keyOf({ use, n, inputs, outputs }) {
  return `${use} ${n} ${inputs} ${outputs}`
}

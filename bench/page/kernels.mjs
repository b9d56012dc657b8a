import { gflops, milliseconds, percent, spread, table } from '../markdown.mjs'

const formulas = { forward: 'z = x v^T', 'backward-input': 'dx = dz v', 'backward-weights': 'dW = dz^T x' }

const peakColumns = {
  dtype: ({ dtype }) => dtype,
  threads: ({ threads }) => String(threads),
  'under load, GFLOP/s': ({ flops }) => gflops(flops.median),
  'middle half': ({ flops }) => spread(flops, gflops),
  'rested, GFLOP/s': ({ rested }) => gflops(rested.median),
}

const productColumns = {
  product: ({ use }) => formulas[use],
  rows: ({ n }) => String(n),
  inputs: ({ inputs }) => String(inputs),
  outputs: ({ outputs }) => String(outputs),
  threads: ({ threads }) => String(threads),
  ms: ({ seconds }) => milliseconds(seconds.median),
  'middle half': ({ seconds }) => spread(seconds),
  'GFLOP/s': ({ flop, seconds }) => gflops(flop / seconds.median),
  'peak beside, GFLOP/s': ({ peak }) => gflops(peak.median),
  'share of the peak': ({ share }) => percent(share),
  'packing, ms': ({ packing }) => milliseconds(packing.median),
}

/** @returns {string} Markdown */
export function kernelsSection({ skipped, peak, products }) {
  if (skipped !== undefined) return `## Products of matrices\n\nNot measured: ${skipped}.\n`
  const ofDtype = (dtype, wide) => products.filter((each) => each.dtype === dtype && each.wide === wide)
  const tables = ['float32', 'float64'].map(
    (dtype) => `### ${dtype}

${table(productColumns, ofDtype(dtype, true))}
Narrow ones, which do less with each number that they read and have no target:

${table(productColumns, ofDtype(dtype, false))}`,
  )
  return `## Products of matrices

The peak is that of multiply-adds in registers, on all threads together, with nothing read or written. Processors lower
their clock under load. So the peak beside a product is the median of samples taken right before and right after each
sample of that product, without a pause, and the share is that of this peak. The rested peak, after a second without
work, is here to show the difference, and is compared with nothing.

Times are of the products alone, with operands packed before. Packing, which brings them into the order in which
they are read, is the last column; both operands are packed anew for each product of a step.

${table(peakColumns, peak)}
${tables.join('\n')}`
}

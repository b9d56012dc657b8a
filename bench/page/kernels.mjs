import { gflops, milliseconds, percent, spread, table } from '../markdown.mjs'

const formulas = { forward: 'z = x v^T', 'backward-input': 'dx = dz v', 'backward-weights': 'dW = dz^T x' }

const peakColumns = {
  dtype: ({ dtype }) => dtype,
  threads: ({ threads }) => String(threads),
  'beside products, GFLOP/s': ({ flops }) => gflops(flops.median),
  'middle half': ({ flops }) => spread(flops, gflops),
  'alone, GFLOP/s': ({ alone }) => gflops(alone.median),
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
export function kernelsSection({ peak, products }) {
  const ofDtype = (dtype, wide) => products.filter((each) => each.dtype === dtype && each.wide === wide)
  const tables = ['float32', 'float64'].map(
    (dtype) => `### ${dtype}

${table(productColumns, ofDtype(dtype, true))}
Narrow ones, which do less with each number that they read and have no target:

${table(productColumns, ofDtype(dtype, false))}`,
  )
  return `## Products of matrices

The peak is that of multiply-adds in registers, on all threads together, with nothing read or written. Some processors
lower their clock while they multiply matrices, and raise it again within milliseconds when they do nothing but such
multiply-adds. So the peak beside products is measured in tenths of a millisecond in the midst of products: at the clock
that products have, before and after each sample of a product. The share is the median of that of each sample, as the
clock may change between them. The peak alone, of a processor that does nothing else, shows the difference.

Times are those of the operations but for packing, which brings operands into the order in which they are read. Packing
is what they take longer with it, and the last column; both operands are packed anew for each product of a step.

${table(peakColumns, peak)}
${tables.join('\n')}`
}

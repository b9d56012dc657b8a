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
Narrow products do less with each number that they read, and have no target:

${table(productColumns, ofDtype(dtype, false))}`,
  )
  return `## Products of matrices

The peak is the rate of multiply-adds in registers, on all threads together, with nothing read or written. Some
processors lower their clock while they multiply matrices, and raise it again within milliseconds when they only do such
multiply-adds. So the peak beside products is measured in tenths of a millisecond in the midst of products: at the clock
of products, before and after each sample of a product. The clock may change between samples, so the share is the median
of the shares of all samples. The peak alone, of an otherwise idle processor, shows the difference.

Times are those of the operations without packing, which brings operands into the order in which they are read. The last
column is the additional time with packing; each product of a step packs both operands anew.

${table(peakColumns, peak)}
${tables.join('\n')}`
}

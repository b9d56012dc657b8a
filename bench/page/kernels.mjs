import { gflops, milliseconds, percent, spread, table } from '../markdown.mjs'

const formulas = { forward: 'z = x v^T', 'backward-input': 'dx = dz v', 'backward-weights': 'dW = dz^T x' }

const peakColumns = {
  dtype: ({ dtype }) => dtype,
  threads: ({ threads }) => String(threads),
  'GFLOP/s': ({ flops }) => gflops(flops.median),
  'middle half': ({ flops }) => spread(flops, gflops),
}

const productColumns = {
  product: ({ use }) => formulas[use],
  rows: ({ n }) => String(n),
  inputs: ({ inputs }) => String(inputs),
  outputs: ({ outputs }) => String(outputs),
  threads: ({ threads }) => String(threads),
  ms: ({ seconds }) => milliseconds(seconds.median),
  'middle half': ({ seconds }) => spread(seconds),
  'packing, ms': ({ packing }) => milliseconds(packing.median),
  'GFLOP/s': ({ flop, seconds }) => gflops(flop / seconds.median),
  'of the peak': ({ share }) => percent(share),
}

/** @returns {string} Markdown */
export function kernelsSection({ skipped, peak, products }) {
  if (skipped !== undefined) return `## Products of matrices\n\nNot measured: ${skipped}.\n`
  const ofDtype = (dtype, wide) => products.filter((each) => each.dtype === dtype && each.wide === wide)
  const tables = ['float32', 'float64'].map(
    (dtype) => `### ${dtype}

${table(productColumns, ofDtype(dtype, true))}
Narrow ones, in which there is less to do for each number that is read:

${table(productColumns, ofDtype(dtype, false))}`,
  )
  return `## Products of matrices

The peak is that of multiply-adds in registers, with nothing read or written. Times are of a product alone; bringing an
operand into the order in which it is read is the column beside it.

${table(peakColumns, peak)}
${tables.join('\n')}`
}

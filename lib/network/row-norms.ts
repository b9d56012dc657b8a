import { max } from 'd3-array'
import type { Floats } from '../core/native.js'
import type { Normalization } from '../words.js'

/** Norms of the envelopes max_s |v_s| of the rows of a layer, whose matrices are [rows, columns]. */
export function rowNorms(
  matrices: readonly Floats[],
  rows: number,
  normalization: Exclude<Normalization, 'none'>,
): Float64Array {
  const columns = matrices[0].length / rows
  return Float64Array.from({ length: rows }, (_, i) => {
    let total = 0
    for (let at = i * columns; at < (i + 1) * columns; at++) {
      const envelope = max(matrices, (matrix) => Math.abs(matrix[at])) as number
      total += normalization === 'l1' ? envelope : envelope ** 2
    }
    return normalization === 'l1' ? total : Math.sqrt(total)
  })
}

import type { Floats } from '../core/native.js'
import type { StoredMember } from './stored-layers.js'

/** The weights of all layers without zeros, in the order of members, layers, rows and columns. */

/** The weights of each row that are not 0, and then its bias. */
export function packNumbers(members: readonly StoredMember[]): number[] {
  return rowsOf(members).flatMap(({ weights, bias }) => [...weights.filter((weight) => weight !== 0), bias])
}

/** A bit for each weight, 1 if it is not 0, the lowest bit of a byte first. */
export function packBits(members: readonly StoredMember[]): Uint8Array {
  const rows = rowsOf(members)
  const bits = new Uint8Array(Math.ceil(rows.reduce((sum, { weights }) => sum + weights.length, 0) / 8))
  let at = 0
  for (const { weights } of rows) {
    for (let j = 0; j < weights.length; j++, at++) if (weights[j] !== 0) bits[at >> 3] |= 1 << (at & 7)
  }
  return bits
}

/** For each row the number of its weights that are not 0 and, unless all are, their columns. */
export function packColumns(members: readonly StoredMember[]): number[] {
  return rowsOf(members).flatMap(({ weights }) => {
    const nonzero = Array.from(weights.keys()).filter((j) => weights[j] !== 0)
    return nonzero.length < weights.length ? [nonzero.length, ...nonzero] : [nonzero.length]
  })
}

function rowsOf(members: readonly StoredMember[]): { weights: Floats; bias: number }[] {
  return members
    .flatMap(({ layers }) => layers)
    .flatMap(({ rows, terms, weights, biases }) =>
      Array.from({ length: rows }, (_, i) => ({
        weights: weights.subarray(i * terms, (i + 1) * terms),
        bias: biases[i],
      })),
    )
}

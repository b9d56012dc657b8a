import { range } from 'd3-array'
import type { Floats } from '../../core/native.js'
import type { StoredMember } from '../stored-layers.js'
import { codesOf, type WeightFormat } from './formats.js'

/** The weights of all layers without zeros, in the order of members, layers, rows and columns. */

/** The weights of each row that are not 0, and then its bias, as a format stores them. */
export function packNumbers(members: readonly StoredMember[], format: WeightFormat): number[] {
  const stored = (numbers: Floats) => (format === 'exact' ? Array.from(numbers) : codesOf(format, numbers))
  return members
    .flatMap(({ layers }) => layers)
    .flatMap(({ rows, terms, weights, biases }) => {
      const [own, last] = [stored(weights), stored(biases)]
      return range(rows).flatMap((i) => [
        ...own.slice(i * terms, (i + 1) * terms).filter((_, j) => weights[i * terms + j] !== 0),
        last[i],
      ])
    })
}

/** A bit for each weight, 1 if it is not 0, the lowest bit of a byte first. */
export function packBits(members: readonly StoredMember[]): Uint8Array {
  const rows = rowsOf(members)
  const bits = new Uint8Array(Math.ceil(rows.reduce((sum, { length }) => sum + length, 0) / 8))
  let at = 0
  for (const weights of rows) {
    for (let j = 0; j < weights.length; j++, at++) if (weights[j] !== 0) bits[at >> 3] |= 1 << (at & 7)
  }
  return bits
}

/** For each row the number of its weights that are not 0 and, unless all are, their columns. */
export function packColumns(members: readonly StoredMember[]): number[] {
  return rowsOf(members).flatMap((weights) => {
    const nonzero = Array.from(weights.keys()).filter((j) => weights[j] !== 0)
    return nonzero.length < weights.length ? [nonzero.length, ...nonzero] : [nonzero.length]
  })
}

function rowsOf(members: readonly StoredMember[]): Floats[] {
  return members
    .flatMap(({ layers }) => layers)
    .flatMap(({ rows, terms, weights }) => range(rows).map((i) => weights.subarray(i * terms, (i + 1) * terms)))
}

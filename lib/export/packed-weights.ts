import type { ExportedLayer, ExportedMember, ExportedModel } from './exported-model.js'

/**
 * The weights of all layers as two lists. For each row of each matrix, `integers` has the number of its weights that are not
 * 0 and, unless all are, the columns of these; `floats` has their values. After the matrices of a layer `floats` has its
 * scales and its biases.
 */
export interface PackedWeights {
  integers: number[]
  floats: number[]
}

export function packWeights({ members }: Pick<ExportedModel, 'members'>): PackedWeights {
  const packed: PackedWeights = { integers: [], floats: [] }
  for (const { layers } of members) for (const layer of layers) packLayer(layer, packed)
  return packed
}

function packLayer({ rows, columns, matrices, scales, biases }: ExportedLayer, { integers, floats }: PackedWeights) {
  for (const matrix of matrices) {
    for (let i = 0; i < rows; i++) {
      const row = matrix.subarray(i * columns, (i + 1) * columns)
      const nonzero = Array.from(row.keys()).filter((j) => row[j] !== 0)
      integers.push(nonzero.length)
      if (nonzero.length < columns) integers.push(...nonzero)
      for (const j of nonzero) floats.push(row[j])
    }
  }
  floats.push(...scales, ...biases)
}

/** Weights of all matrices, and how many of them are not 0. */
export function countWeights(members: readonly ExportedMember[]): { all: number; nonzero: number } {
  let [all, nonzero] = [0, 0]
  for (const matrix of members.flatMap(({ layers }) => layers.flatMap(({ matrices }) => matrices))) {
    all += matrix.length
    for (const weight of matrix) if (weight !== 0) nonzero++
  }
  return { all, nonzero }
}

import type { Floats } from '../core/native.js'
import type { Dtype } from '../words.js'
import type { ExportedLayer, ExportedMember } from './exported-model.js'

/**
 * A layer as exported code computes it: z_i = sum_j weights_ij a_j + bias_i, where a is y or, behind CReLU, max(y, 0) followed by
 * min(y, 0).
 */
export interface StoredLayer extends Pick<ExportedLayer, 'residual' | 'rows' | 'columns'> {
  crelu: boolean
  /** Length of a. */
  terms: number
  /** [rows, terms] */
  weights: Floats
  biases: Floats
  /** Whether it gives max(z, 0). */
  relu: boolean
}

export interface StoredMember {
  takes: ExportedMember['takes']
  layers: StoredLayer[]
}

/** Weights are multiplied by the scale of their row, and rounded to the dtype as psilon rounds them. */
export function storedMembers(members: readonly ExportedMember[], dtype: Dtype): StoredMember[] {
  return members.map(({ takes, layers }) => ({ takes, layers: layers.map(storedLayer(dtype)) }))
}

const storedLayer =
  (dtype: Dtype) =>
  (layer: ExportedLayer, k: number, all: readonly ExportedLayer[]): StoredLayer => {
    const { activation, residual, rows, columns, matrices, biases } = layer
    const terms = columns * matrices.length
    const inUse = weightsInUse(layer)
    const weights = dtype === 'float32' ? Float32Array.from(inUse) : inUse
    const relu = all[k + 1]?.activation === 'relu'
    return { residual, rows, columns, crelu: activation === 'crelu', terms, weights, biases, relu }
  }

/** Weights multiplied by the scale of their row, those of several matrices side by side: [rows, matrices * columns]. */
export function weightsInUse({ rows, columns, matrices, scales }: ExportedLayer): Float64Array {
  const terms = columns * matrices.length
  const weights = new Float64Array(rows * terms)
  for (let i = 0; i < rows; i++) {
    matrices.forEach((matrix, s) => {
      const from = i * terms + s * columns
      for (let j = 0; j < columns; j++) weights[from + j] = scales[i] * matrix[i * columns + j]
    })
  }
  return weights
}

/** Weights of all layers, and how many of them are not 0. */
export function countWeights(members: readonly StoredMember[]): { all: number; nonzero: number } {
  let [all, nonzero] = [0, 0]
  for (const { weights } of members.flatMap(({ layers }) => layers)) {
    all += weights.length
    for (const weight of weights) if (weight !== 0) nonzero++
  }
  return { all, nonzero }
}

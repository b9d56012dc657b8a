import type { NetworkConfig, Parameters, Tensor } from '../native.js'
import { envelopeNorm, matrixNames } from '../network/parameters.js'

/** The first layer of a network, and what its units can do to the outputs. */
export interface FirstLayer {
  /** Weights in use, row-major [units, inputs] (docs/method.md, section 2). */
  weights: Float64Array
  units: number
  inputs: number
  /**
   * What each unit contributes to the path norm, improved bound (docs/method.md, section 5): they sum to it. A unit that
   * contributes nothing is dead.
   */
  shares: Float64Array
}

export function firstLayer(network: { config: NetworkConfig; parameters: Parameters }): FirstLayer {
  const { config, parameters } = network
  const { inputs, hidden, outputs } = config
  const depth = hidden.length
  let slopes = new Float64Array(outputs).fill(1)
  for (let k = depth; k > 0; k--) {
    const residual = config.kind === 'resnet' && k < depth
    slopes = backward(envelope(config, parameters, k), slopes, residual)
  }
  const units = hidden[0]
  const magnitudes = envelope(config, parameters, 0).data
  const { data: v } = parameters['layers.0.v']
  const lengths = parameters['layers.0.g']
  const weights = magnitudes.map((size, e) => {
    const sign = Math.sign(v[e]) * (lengths === undefined ? 1 : Math.sign(lengthOf(lengths, Math.floor(e / inputs))))
    return sign * size
  })
  const shares = slopes.map((slope, i) => {
    return slope * magnitudes.subarray(i * inputs, (i + 1) * inputs).reduce((sum, size) => sum + size, 0)
  })
  return { weights, units, inputs, shares }
}

interface Magnitudes {
  /** Row-major [rows, columns]. */
  data: Float64Array
  rows: number
  columns: number
}

/** |W|, behind a CReLU max(|W+|, |W-|): |g_i| v~_ij / n_i (docs/method.md, sections 2 and 3). */
function envelope({ kind, normalization }: NetworkConfig, parameters: Parameters, k: number): Magnitudes {
  const matrices = matrixNames(kind, k).map((name) => parameters[`layers.${k}.${name}`])
  const [rows, columns] = matrices[0].shape
  const data = Float64Array.from(matrices[0].data, (_, e) =>
    Math.max(...matrices.map((each) => Math.abs(each.data[e]))),
  )
  if (normalization === 'none') return { data, rows, columns }
  const lengths = parameters[`layers.${k}.g`]
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns)
    const factor = Math.abs(lengthOf(lengths, i)) / envelopeNorm([row], normalization)
    for (let j = 0; j < columns; j++) row[j] *= factor
  }
  return { data, rows, columns }
}

/** One length for the layer, or one for each row. */
const lengthOf = ({ data }: Tensor, row: number): number => data[data.length === 1 ? 0 : row]

/** q_k = M_k^T q_{k+1}, with M = I + envelope in residual blocks. */
function backward({ data, rows, columns }: Magnitudes, slopes: Float64Array, residual: boolean) {
  const before = residual ? slopes.slice() : new Float64Array(columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) before[j] += slopes[i] * data[i * columns + j]
  }
  return before
}

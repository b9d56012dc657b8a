import type { Bound, NetworkConfig, Parameters } from '../native.js'
import { envelopeNorm, matrixNames, rowOf } from './parameters.js'

export interface NetworkWeights {
  config: NetworkConfig
  parameters: Parameters
}

/** Row-major. */
export interface Matrix {
  data: Float64Array
  rows: number
  columns: number
}

/** W_s = g_i v_s,ij / n_i of layer k for each of its matrices s, two behind a CReLU (docs/method.md, sections 2 and 3). */
export function weightsInUse({ config, parameters }: NetworkWeights, k: number): Matrix[] {
  const { kind, normalization } = config
  const tensors = matrixNames(kind, k).map((name) => parameters[`layers.${k}.${name}`])
  const [rows, columns] = tensors[0].shape
  const all = tensors.map(({ data }) => Float64Array.from(data))
  if (normalization !== 'none') {
    const { data: lengths } = parameters[`layers.${k}.g`]
    for (let i = 0; i < rows; i++) {
      const norm = envelopeNorm(
        tensors.map((v) => rowOf(v, i)),
        normalization,
      )
      const factor = (lengths.length === 1 ? lengths[0] : lengths[i]) / norm
      for (const data of all) for (let e = i * columns; e < (i + 1) * columns; e++) data[e] *= factor
    }
  }
  return all.map((data) => ({ data, rows, columns }))
}

/** r_D, a bound on the slope of each unit of the last hidden layer (docs/method.md, sections 5 and 14). */
export function forwardPathVector(network: NetworkWeights, bound: Bound): Float64Array {
  const { inputs, hidden } = network.config
  let r = new Float64Array(inputs).fill(1)
  for (let k = 0; k < hidden.length; k++) {
    const { data, rows, columns } = slopes(network, k, bound)
    const next = new Float64Array(rows)
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) next[i] += data[i * columns + j] * r[j]
    r = next
  }
  return r
}

/** q_1, a bound on the slope of all outputs together in each unit of the first hidden layer (section 5). */
export function backwardPathVector(network: NetworkWeights, bound: Bound): Float64Array {
  const { hidden, outputs } = network.config
  let q = new Float64Array(outputs).fill(1)
  for (let k = hidden.length; k > 0; k--) {
    const { data, rows, columns } = slopes(network, k, bound)
    const next = new Float64Array(columns)
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) next[j] += data[i * columns + j] * q[i]
    q = next
  }
  return q
}

/** M_k, by which layer k bounds slopes (docs/method.md, sections 5 and 14). */
function slopes(network: NetworkWeights, k: number, bound: Bound): Matrix {
  const { kind, hidden } = network.config
  const matrices = weightsInUse(network, k)
  const [{ rows, columns }] = matrices
  const residual = kind === 'resnet' && k > 0 && k < hidden.length
  const data = matrices[0].data.map((_, e) => {
    const weights = matrices.map(({ data }) => data[e])
    const identity = residual && e % (columns + 1) === 0 ? 1 : 0
    if (bound === 'improved') return identity + largest(weights)
    const halves = weights.map((weight) => Math.abs(identity + weight))
    return bound === 'tight' ? largest(halves) : halves.reduce((sum, half) => sum + half, 0)
  })
  return { data, rows, columns }
}

const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

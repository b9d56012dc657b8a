import type { NetworkConfig, Parameters } from '#psilon/core/native.js'
import type { Bound, Normalization } from '#psilon/words.js'

/** Path vectors in plain loops and double precision, as an independent witness of those of the core. */

export interface Weights {
  config: NetworkConfig
  parameters: Parameters
}

/** Row-major. */
interface Matrix {
  data: Float64Array
  rows: number
  columns: number
}

/** W_s = g_i v_s,ij / n_i of layer k for each of its matrices s, two behind a CReLU (docs/method.md, sections 2 and 3). */
export function weightsInUse({ config, parameters }: Weights, k: number): Matrix[] {
  const names = config.kind === 'resnet' && k > 0 ? ['vPos', 'vNeg'] : ['v']
  const tensors = names.map((name) => parameters[`layers.${k}.${name}`] as Parameters[string])
  const [rows = 0, columns = 0] = (tensors[0] as Parameters[string]).shape
  const matrices = tensors.map(({ data }) => Float64Array.from(data))
  if (config.normalization !== 'none') {
    const { data: lengths } = parameters[`layers.${k}.g`] as Parameters[string]
    for (let i = 0; i < rows; i++) {
      const [begin, end] = [i * columns, (i + 1) * columns]
      const norm = envelopeNorm(
        matrices.map((data) => data.subarray(begin, end)),
        config.normalization,
      )
      const factor = (lengths[lengths.length === 1 ? 0 : i] as number) / norm
      for (const data of matrices) for (let e = begin; e < end; e++) data[e] = (data[e] as number) * factor
    }
  }
  return matrices.map((data) => ({ data, rows, columns }))
}

/** r_0 = 1, r_{k+1} = M_k r_k (sections 5 and 14). */
export function forwardPathVectors(network: Weights, bound: Bound): Float64Array[] {
  const { inputs, hidden } = network.config
  const vectors = [new Float64Array(inputs).fill(1)]
  for (let k = 0; k <= hidden.length; k++) {
    const { data, rows, columns } = slopes(network, k, bound)
    const r = vectors[k] as Float64Array
    const next = Float64Array.from({ length: rows }, (_, i) =>
      r.reduce((sum, value, j) => sum + (data[i * columns + j] as number) * value, 0),
    )
    vectors.push(next)
  }
  return vectors
}

/** q_{D+1} = 1, or 1 for one output alone, and q_k = M_k^T q_{k+1}. */
export function backwardPathVectors(network: Weights, bound: Bound, output: number | null): Float64Array[] {
  const { hidden, outputs } = network.config
  const vectors = [Float64Array.from({ length: outputs }, (_, i) => Number(output === null || output === i))]
  for (let k = hidden.length; k >= 0; k--) {
    const { data, columns } = slopes(network, k, bound)
    const q = vectors[0] as Float64Array
    const next = Float64Array.from({ length: columns }, (_, j) =>
      q.reduce((sum, value, i) => sum + (data[i * columns + j] as number) * value, 0),
    )
    vectors.unshift(next)
  }
  return vectors
}

/** P(c, k) = sum_j max_s |W_s,cj - W_s,kj| r_j; without k that of output c alone (section 10). */
export function slopeBetween(network: Weights, bound: Bound, c: number, k?: number): number {
  const depth = network.config.hidden.length
  const matrices = weightsInUse(network, depth)
  const r = forwardPathVectors(network, bound)[depth] as Float64Array
  return r.reduce((sum, value, j) => {
    const differences = matrices.map(({ data, columns }) => {
      const other = k === undefined ? 0 : (data[k * columns + j] as number)
      return (data[c * columns + j] as number) - other
    })
    return sum + value * largest(differences)
  }, 0)
}

/** M_k, by which layer k bounds slopes. */
function slopes(network: Weights, k: number, bound: Bound): Matrix {
  const { kind, hidden } = network.config
  const matrices = weightsInUse(network, k)
  const { rows, columns } = matrices[0] as Matrix
  const residual = kind === 'resnet' && k > 0 && k < hidden.length
  const data = Float64Array.from({ length: rows * columns }, (_, e) => {
    const weights = matrices.map(({ data }) => data[e] as number)
    const identity = residual && e % (columns + 1) === 0 ? 1 : 0
    if (bound === 'improved') return identity + largest(weights)
    const halves = weights.map((weight) => Math.abs(identity + weight))
    return bound === 'tight' ? largest(halves) : halves.reduce((sum, half) => sum + half, 0)
  })
  return { data, rows, columns }
}

/** The norm of max_s |v_s|. */
function envelopeNorm(rows: readonly Float64Array[], normalization: Normalization): number {
  const envelope = Float64Array.from(rows[0] as Float64Array, (_, j) => largest(rows.map((v) => v[j] as number)))
  if (normalization === 'l1') return envelope.reduce((sum, value) => sum + value, 0)
  return Math.sqrt(envelope.reduce((sum, value) => sum + value ** 2, 0))
}

const largest = (values: readonly number[]): number => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)

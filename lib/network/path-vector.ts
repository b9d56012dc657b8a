import type { Bound, NetworkConfig, Parameters } from '../native.js'
import { envelopeNorm, matrixNames, rowOf } from './parameters.js'

/** Of one network, how fast its outputs can change: what the certificates of an average need of its members. */
export class OutputSlopes {
  /** Rows of the last layer, one for each matrix of an output. */
  readonly #outputs: Float64Array[][]
  readonly #hidden: Float64Array

  constructor(config: NetworkConfig, parameters: Parameters, bound: Bound) {
    const { hidden, outputs } = config
    this.#outputs = Array.from({ length: outputs }, (_, c) => weightsInUse(config, parameters, hidden.length, c))
    this.#hidden = hiddenPathVector(config, parameters, bound)
  }

  /**
   * P(c, k) = sum_j max_s |W_s,cj - W_s,kj| r_j, a bound on the slope of output c less output k; without k that of output
   * c alone (docs/method.md, section 10). Slopes are with respect to the l-infinity norm of inputs.
   */
  between(c: number, k?: number): number {
    const own = this.#outputs[c]
    const other = k === undefined ? undefined : this.#outputs[k]
    return this.#hidden.reduce((sum, r, j) => sum + r * largest(own, (w, s) => w[j] - (other?.[s][j] ?? 0)), 0)
  }
}

/** r_D, a bound on the slope of each unit of the last hidden layer (docs/method.md, sections 5 and 14). */
function hiddenPathVector(config: NetworkConfig, parameters: Parameters, bound: Bound): Float64Array {
  const { kind, inputs, hidden } = config
  let r = new Float64Array(inputs).fill(1)
  hidden.forEach((width, k) => {
    const block = kind === 'resnet' && k > 0 ? bound : null
    r = Float64Array.from({ length: width }, (_, i) => {
      const rows = weightsInUse(config, parameters, k, i)
      return r.reduce((sum, value, j) => sum + value * entry(rows, j, block, i === j ? 1 : 0), 0)
    })
  })
  return r
}

/** M_ij of the rows W_s,i; of a residual block with the bound, of a linear layer without. `identity` is I_ij. */
function entry(rows: readonly Float64Array[], j: number, block: Bound | null, identity: number): number {
  if (block === null) return Math.abs(rows[0][j])
  if (block === 'original') return rows.reduce((sum, row) => sum + Math.abs(identity + row[j]), 0)
  if (block === 'improved') return identity + largest(rows, (row) => row[j])
  return largest(rows, (row) => identity + row[j])
}

/** W_s,i = g_i v_s,i / n_i for each matrix s of layer k (docs/method.md, sections 2 and 3). */
function weightsInUse(config: NetworkConfig, parameters: Parameters, k: number, i: number): Float64Array[] {
  const { kind, normalization } = config
  const rows = matrixNames(kind, k).map((name) => rowOf(parameters[`layers.${k}.${name}`], i))
  if (normalization === 'none') return rows.map((row) => Float64Array.from(row))
  const lengths = parameters[`layers.${k}.g`].data
  const factor = (lengths.length === 1 ? lengths[0] : lengths[i]) / envelopeNorm(rows, normalization)
  return rows.map((row) => Float64Array.from(row, (value) => value * factor))
}

function largest(rows: readonly Float64Array[], value: (row: Float64Array, s: number) => number): number {
  return rows.reduce((most, row, s) => Math.max(most, Math.abs(value(row, s))), 0)
}

import type { Bound } from '../native.js'
import { forwardPathVector, type Matrix, type NetworkWeights, weightsInUse } from './path-vector.js'

/** Of one network, how fast its outputs can change: what the certificates of an average need of its members. */
export class OutputSlopes {
  /** Of the last layer. */
  readonly #weights: Matrix[]
  readonly #hidden: Float64Array

  constructor(network: NetworkWeights, bound: Bound) {
    this.#weights = weightsInUse(network, network.config.hidden.length)
    this.#hidden = forwardPathVector(network, bound)
  }

  /**
   * P(c, k) = sum_j max_s |W_s,cj - W_s,kj| r_j, a bound on the slope of output c less output k; without k that of output
   * c alone (docs/method.md, section 10). Slopes are with respect to the l-infinity norm of inputs.
   */
  between(c: number, k?: number): number {
    return this.#hidden.reduce((sum, r, j) => {
      const slope = this.#weights.reduce((most, { data, columns }) => {
        const other = k === undefined ? 0 : data[k * columns + j]
        return Math.max(most, Math.abs(data[c * columns + j] - other))
      }, 0)
      return sum + r * slope
    }, 0)
  }
}

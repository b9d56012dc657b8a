import { backwardPathVector, type NetworkWeights, weightsInUse } from '../network/path-vector.js'

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

export function firstLayer({ config, parameters }: NetworkWeights): FirstLayer {
  const network = { config, parameters }
  const [{ data: weights, rows: units, columns: inputs }] = weightsInUse(network, 0)
  const shares = backwardPathVector(network, 'improved').map((slope, i) => {
    return slope * weights.subarray(i * inputs, (i + 1) * inputs).reduce((sum, weight) => sum + Math.abs(weight), 0)
  })
  return { weights, units, inputs, shares }
}

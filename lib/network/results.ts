import type { Floats, LayerSparsity } from '../core/native.js'

/** Row-major [rows, outputs] numbers in the network's dtype. */
export interface Outputs {
  data: Floats
  shape: [rows: number, outputs: number]
}

export interface Certificate {
  /** The predicted class of each row: the first greatest output, or 1 where a single logit is above 0. */
  classes: Int32Array
  /** No input strictly within this l-infinity distance of the row changes its class. Infinity: none at all does. */
  radii: Float64Array
}

/** Fractions of the weights (docs/method.md, section 8), means over all rows of all layers. */
export interface Sparsity {
  /** 1 - exp(entropy) / in: how far the weights are from flat. */
  near: number
  /** Zeros in the weights in use. */
  exact: number
  /** Zeros that the projection of the weights as they are would have; null where they have no projection. */
  projected: number | null
  layers: LayerSparsity[]
  /** Whether predictions skip the zeros: they do where few enough weights are not 0 (docs/pruning.md). */
  sparseKernels: boolean
}

export interface Compaction {
  parametersBefore: number
  parametersAfter: number
  /** Units now left in each hidden layer. */
  hidden: number[]
}

import type { Floats, LayerSparsity } from '../core/native.js'

/** Row-major [rows, outputs] numbers in the network's dtype. */
export interface Outputs {
  data: Floats
  shape: [rows: number, outputs: number]
}

export interface Certificate {
  /** The predicted class of each row: the first largest output, or 1 if a single logit is above 0. */
  classes: Int32Array
  /**
   * Every input strictly within this l-infinity distance of the row has the same class; with `within`, this many times
   * that. Infinity: every input has.
   */
  radii: Float64Array
  /** The distance of the counterexample; Infinity if none is known, as at all levels but 'exact'. */
  upper: Float64Array
  /** Whether radius and distance of the counterexample meet, to 0.5 %. */
  exact: boolean[]
  /** Inputs close to the row that have another class; null if none is known. */
  counterexamples: (Floats | null)[]
}

/** Between which values predictions stay; infinite where nothing is known. */
export interface Range {
  /** [rows] */
  lower: Float64Array
  upper: Float64Array
}

/** Fractions of the weights (docs/method.md, section 8), means over all rows of all layers. */
export interface Sparsity {
  /** 1 - exp(entropy) / in: 0 if all weights of a row are equally large, near 1 if one dominates. */
  near: number
  /** Zeros in the weights in use. */
  exact: number
  /** Zeros that the projection of the current weights would have; null without a projection. */
  projected: number | null
  layers: LayerSparsity[]
  /** Whether predictions skip the zeros, as they do if few enough weights are nonzero (docs/pruning.md). */
  sparseKernels: boolean
}

export interface Compaction {
  parametersBefore: number
  parametersAfter: number
  /** Units now left in each hidden layer. */
  hidden: number[]
}

import type { Floats } from '../core/native.js'
import type { ColumnEncoding } from '../data/column-encoding.js'
import type { Label } from '../data/target.js'
import type { TargetTransform } from '../data/target-transform.js'
import type { Dtype, Link } from '../words.js'

/** A trained model as what it computes, from which its form in another language is written. */
export interface ExportedModel {
  /** How cells of a table become inputs; null: the inputs are given as numbers. */
  columns: readonly ColumnEncoding[] | null
  inputs: number
  dtype: Dtype
  /** The networks whose outputs are averaged. */
  members: readonly ExportedMember[]
  answer: Answer
  /** By which the exported form tests itself; predicted when they are read. */
  readonly examples: readonly Example[]
}

export interface ExportedMember {
  /** The inputs that it takes, ascending; null: all. */
  takes: readonly number[] | null
  layers: readonly ExportedLayer[]
}

/** z_i = scale_i sum_s <matrix_s row i, act_s(x)> + bias_i, and x_i more in a residual layer. */
export interface ExportedLayer {
  /** act: x; max(x, 0); or max(x, 0) and min(x, 0), each with a matrix of its own. */
  activation: 'identity' | 'relu' | 'crelu'
  residual: boolean
  rows: number
  columns: number
  /** [rows, columns] each. */
  matrices: readonly Floats[]
  scales: Float64Array
  biases: Floats
}

/** What the averaged outputs mean. */
export type Answer =
  | { kind: 'outputs'; outputs: number; link: Link }
  | { kind: 'number'; target: string; transform: TargetTransform; center: number; scale: number }
  | { kind: 'class'; target: string; labels: readonly Label[] }

/** The functions of C and JavaScript that undo a transform of the target. */
export const inverses = { log: 'exp', log1p: 'expm1' } as const

/** What is known about a model everywhere, as its own methods say. */
export interface ExportedBounds {
  pathNorm: number
  lipschitz: number
  /** Of each input, or of each column, most influential first. */
  influence: readonly (number | ColumnInfluence)[]
}

export interface ColumnInfluence {
  column: string
  bound: number
}

/** Cells of the columns, or inputs, and the averaged outputs of the library for them. */
export interface Example {
  row: readonly (number | string | boolean | null)[]
  outputs: readonly number[]
}

/** How far an exported form may be from the library, as a share of 1 + |output|. */
export const agreement: Record<Dtype, number> = { float32: 2e-5, float64: 1e-9 }

/** Outputs of an example, in the digits by which a form is tested. */
export const exampleOutputs = (outputs: Iterable<number>, dtype: Dtype): number[] =>
  Array.from(outputs, (output) => Number(output.toPrecision(dtype === 'float32' ? 7 : 14)))

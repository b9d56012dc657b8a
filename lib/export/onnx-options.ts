import { oneOf } from '../options/kinds.js'
import type { Declarations } from '../options/option.js'

export const inputForms = ['columns', 'matrix'] as const

/** Options of an estimator's toOnnx. */
export interface OnnxOptions {
  /**
   * Inputs of the model: 'columns' one for each column, [rows, 1]; 'matrix' all columns together as doubles, for columns
   * of numbers alone. Default 'columns'.
   */
  inputs?: (typeof inputForms)[number] | undefined
}

export const onnxOptions = {
  inputs: {
    kind: oneOf(inputForms),
    default: 'columns',
    sentence:
      "Inputs of the model: 'columns' one for each column, [rows, 1]; 'matrix' all columns together as doubles, for columns of numbers alone.",
  },
} satisfies Declarations<OnnxOptions>

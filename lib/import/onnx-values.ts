import { Refusal } from '../errors/refusal.js'
import { odd } from '../io/json-reader.js'
import type { Dtype, Link } from '../words.js'
import { type Constant, dtypeOf, fewNumbersOf } from './onnx-tensors.js'

/** What a value of a graph is: a constant, or rows of numbers that come from the input. */
export type Value = Weights | Rows

/** A constant as it is, or with rows and columns exchanged. */
export interface Weights {
  kind: 'weights'
  constant: Constant
  transposed: boolean
  /** In which the graph computes with it; undefined for anything but floats. */
  dtype: Dtype | undefined
}

export function weightsFrom(constant: Constant): Weights {
  return { kind: 'weights', constant, transposed: false, dtype: dtypeOf(constant) }
}

/** Rows of numbers, one for each row of the input. */
export interface Rows {
  kind: 'rows'
  form: Form
  /** The last layer that they went through; null for the input. */
  layer: Layer | null
  /** Numbers in a row; null for an input that does not say it. */
  width: number | null
  /** How outputs became probabilities, if these rows are made of some. */
  link: Link
}

/**
 * What was made of z, the outputs of a layer or the inputs: max(z, 0), above; min(z, 0), below; both side by side, crelu. Of
 * the last layer also: one output a row as [rows], flat; probabilities p; 1 - p, rest; [1 - p, p], two; classes, answer.
 */
type Form = 'z' | 'above' | 'below' | 'crelu' | 'flat' | 'p' | 'rest' | 'two' | 'answer'

/** z = scale x W + bias, and what x was made of is added if the layer is residual. */
export interface Layer {
  /** x, [rows, inputs]. */
  from: Rows
  /** W, [inputs, outputs]. */
  weights: Weights
  scale: number
  /** scale b; b is [outputs], or one number for all of them. Null for none. */
  bias: { weights: Weights; scale: number } | null
  inputs: number
  outputs: number
  residual: boolean
}

export function unsupported(message: string): never {
  throw new Refusal('ERR_UNSUPPORTED', message)
}

export function weightsOf(value: Value | undefined, what: string): Weights {
  if (value === undefined) odd('it lacks an input')
  return value.kind === 'weights' ? value : unsupported(`${what} is not constant`)
}

export function rowsOf(value: Value | undefined): Rows {
  if (value === undefined) odd('it lacks an input')
  return value.kind === 'rows' ? value : unsupported('it takes a constant, expected rows that come from the input')
}

/** Whether it is such a number everywhere. */
export function isEach(value: Value | undefined, wanted: number): boolean {
  const numbers = value?.kind === 'weights' ? fewNumbersOf(value.constant) : undefined
  return numbers !== undefined && numbers.length > 0 && numbers.every((each) => each === wanted)
}

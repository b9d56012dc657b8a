import type { Floats } from '../../core/native.js'
import { minimise } from './minimise.js'

/** Rows of inputs, row-major [rows, inputs]. */
export interface Inputs {
  data: Floats
  shape: [rows: number, inputs: number]
}

/** Outputs f = W x + b. */
export interface LinearModel {
  /** Row-major [outputs, inputs + 1]; the last of each row is the intercept. */
  weights: Float64Array
  outputs: number
}

/** The gradient of a row's loss by its outputs replaces the outputs; returns the loss. */
type RowLoss = (f: Float64Array, y: number) => number

const squared: RowLoss = (f, y) => {
  const error = f[0] - y
  f[0] = error
  return error ** 2 / 2
}

const logistic: RowLoss = (f, y) => {
  const [z] = f
  f[0] = 1 / (1 + Math.exp(-z)) - y
  return Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)))
}

const softmax: RowLoss = (f, y) => {
  const own = f[y]
  let most = -Infinity
  for (let k = 0; k < f.length; k++) most = Math.max(most, f[k])
  let sum = 0
  for (let k = 0; k < f.length; k++) {
    f[k] = Math.exp(f[k] - most)
    sum += f[k]
  }
  for (let k = 0; k < f.length; k++) f[k] /= sum
  f[y] -= 1
  return most + Math.log(sum) - own
}

/** Mean change of the loss with a weight at which the fit ends. */
const tolerance = 1e-6

/**
 * Minimises the sum of the losses + |W|^2 / 2, without the intercepts: ridge regression and logistic regression with
 * scikit-learn's default strengths (Ridge alpha = 1, LogisticRegression C = 1).
 *
 * @param y scaled targets, or class numbers.
 * @param outputs 1 for regression and two classes, otherwise one per class.
 */
export function fitLinear(x: Inputs, y: ArrayLike<number>, kind: 'values' | 'classes', outputs: number): LinearModel {
  const [rows, inputs] = x.shape
  const loss = kind === 'values' ? squared : outputs === 1 ? logistic : softmax
  const width = inputs + 1
  const value = (weights: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0)
    const f = new Float64Array(outputs)
    let sum = 0
    for (let i = 0; i < rows; i++) {
      outputsOf({ weights, outputs }, x, i, f)
      sum += loss(f, y[i])
      for (let k = 0; k < outputs; k++) {
        for (let j = 0; j < inputs; j++) gradient[k * width + j] += f[k] * x.data[i * inputs + j]
        gradient[k * width + inputs] += f[k]
      }
    }
    for (let at = 0; at < weights.length; at++) {
      if (at % width === inputs) continue
      gradient[at] += weights[at]
      sum += weights[at] ** 2 / 2
    }
    return sum
  }
  return { weights: minimise(value, outputs * width, tolerance * rows), outputs }
}

/** Row-major [rows, outputs]. */
export function applyLinear(model: LinearModel, x: Inputs): Float64Array {
  const { outputs } = model
  const all = new Float64Array(x.shape[0] * outputs)
  for (let i = 0; i < x.shape[0]; i++) outputsOf(model, x, i, all.subarray(i * outputs, (i + 1) * outputs))
  return all
}

function outputsOf({ weights, outputs }: LinearModel, { data, shape }: Inputs, row: number, f: Float64Array): void {
  const inputs = shape[1]
  for (let k = 0; k < outputs; k++) {
    const first = k * (inputs + 1)
    let sum = weights[first + inputs]
    for (let j = 0; j < inputs; j++) sum += weights[first + j] * data[row * inputs + j]
    f[k] = sum
  }
}

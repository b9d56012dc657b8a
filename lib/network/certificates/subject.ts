import type { Floats, NativeMean } from '../../core/native.js'
import type { Bound, Dtype } from '../../words.js'
import { finiteOutputs } from '../finite.js'
import { type Asking, core } from './asking.js'

/** The networks whose mean is certified, and what they read and give. */
export interface Subject {
  mean: NativeMean
  inputs: number
  outputs: number
  dtype: Dtype
  /** For level 'global'. */
  bound: Bound
  /**
   * Predicted outputs [rows, outputs] of rows [rows, inputs].
   *
   * @throws Refusal ERR_NON_FINITE if an output is not finite.
   */
  predict(data: Floats, rows: number): Asking<Float64Array>
  /** Classes of rows: the first largest output, or whether a single one is above 0. Throws as `predict` does. */
  classify(data: Floats, rows: number): Asking<Float64Array>
}

export function subjectOf(mean: NativeMean, bound: Bound = 'tight'): Subject {
  const { outputs, dtype } = mean.networks[0].config()
  function* predict(data: Floats, rows: number): Asking<Float64Array> {
    return finiteOutputs(yield* core('predictMean', mean, data, rows), outputs)
  }
  return {
    mean,
    inputs: mean.inputs,
    outputs,
    dtype,
    bound,
    predict,
    *classify(data, rows) {
      const f = yield* predict(data, rows)
      return Float64Array.from({ length: rows }, (_, row) => classOf(f.subarray(row * outputs, (row + 1) * outputs)))
    },
  }
}

const classOf = (f: Float64Array): number => (f.length === 1 ? Number(f[0] > 0) : f.indexOf(Math.max(...f)))

export const floats = ({ dtype }: Pick<Subject, 'dtype'>, length: number): Floats =>
  dtype === 'float32' ? new Float32Array(length) : new Float64Array(length)

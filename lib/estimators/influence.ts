import { sum } from 'd3-array'
import { guard, native, ours } from '../core/native.js'
import { featuresOf } from '../data/column-encoding.js'
import { valueInputs } from '../data/encodings/encodings.js'
import type { Preprocessor } from '../data/preprocess.js'
import { ClassLabels } from '../data/target.js'
import type { TargetScaler } from '../data/target-scaler.js'
import { Refusal } from '../errors/refusal.js'
import { checkThreads } from '../fit/settings.js'
import { type BoundOptions, boundOptions } from '../network/options.js'
import { oneOf } from '../options/kinds.js'
import type { Declarations } from '../options/option.js'
import type { Bound } from '../words.js'
import { boxOfData } from './certificates/data-box.js'
import type { Fitted } from './fits.js'

/** How far a prediction can move with one column while the others stay as they are. */
export interface Influence {
  column: string
  kind: 'numeric' | 'categorical'
  /**
   * Bound on the change of the prediction, with targetTransform of its logarithm: for a numeric column per unit of the column, for a categorical column from
   * any level to any other, including levels that training never saw.
   */
  bound: number
  /** Makes columns comparable: the bound per standard deviation of a numeric column; for a categorical column, `bound`. */
  standardized: number
  /**
   * With targetTransform, the most by which the move of `standardized` multiplies the prediction (of 'log1p', 1 + the
   * prediction), or divides it: e^standardized. Absent if it exceeds the range of a number.
   */
  factor?: number
  /** Standard deviation of a numeric column in training. */
  deviation?: number
  /**
   * For a numeric column with missing cells in training: a bound on the additional effect of a missing cell, beside the
   * replacement of its value by the median.
   */
  missing?: number
}

/** Options of an estimator's influence. */
export interface EstimatorInfluenceOptions extends Pick<BoundOptions, 'bound'> {
  /** 'data': bounds that hold where numeric columns are within the range of the training rows. Default everywhere. */
  within?: 'data' | undefined
}

export const estimatorInfluenceOptions = {
  bound: boundOptions.bound,
  within: {
    kind: oneOf(['data']),
    otherwise: 'everywhere',
    sentence: "'data': bounds that hold where numeric columns are within the range of the training rows.",
  },
} satisfies Declarations<EstimatorInfluenceOptions>

/**
 * Bounds by column on how far these outputs can move, most influential first: of a regressor in units of the target or of
 * its logarithm, of a classifier in logits.
 *
 * @throws Refusal ERR_UNSUPPORTED if the model does not know the range of its data.
 */
export function influenceOf(
  fitted: Fitted<TargetScaler | ClassLabels>,
  outputs: readonly number[],
  options: { bound: Bound; within?: 'data' },
): Influence[] {
  const { preprocessor, coding } = fitted
  const isClasses = coding instanceof ClassLabels
  const bounds = influenceByColumn(preprocessor, slopesOf(fitted, outputs, options), isClasses ? 1 : coding.scale)
  if (isClasses || coding.transform === 'none') return bounds
  return bounds.map((each) => {
    const factor = Math.exp(each.standardized) * (1 + 2 ** -50)
    return Number.isFinite(factor) ? { ...each, factor } : each
  })
}

/** Bounds on |df/dx_j| of each of these outputs: everywhere, or within the data; [inputs] each. */
function slopesOf(
  { network, preprocessor }: Fitted<unknown>,
  outputs: readonly number[],
  { bound, within }: { bound: Bound; within?: 'data' },
): Float64Array[] {
  const everywhere = outputs.map((output) => network.influence({ bound, output }))
  if (within === undefined) return everywhere
  const { inputs, outputs: count, dtype } = network.config
  const box = boxOfData(preprocessor, dtype)
  return outputs.map((output, k) => {
    const objectives = Float64Array.from({ length: count }, (_, i) => Number(i === output))
    const boxes = { rows: 1, ...box, objectives }
    const { lower, upper } = ours(guard(() => native.slopes(network.mean(), boxes, checkThreads())))
    const largest = (j: number) => Math.max(Math.abs(lower[j]), Math.abs(upper[j]))
    return Float64Array.from({ length: inputs }, (_, j) => Math.min(everywhere[k][j], largest(j)))
  })
}

/**
 * Bounds by column, most influential first.
 *
 * A slope |df/dx_j| <= q_j everywhere (docs/method.md, section 14) is at most scale * q_j / divisor_j in units of the
 * column. Of several inputs that an encoding makes of a number only one moves at a time: the largest counts; the inputs of
 * several encodings move together. From one level of a category to another, two inputs change by 1 each: that moves f by
 * at most the sum of the two largest q among the levels.
 *
 * @param slopes q of each output, [inputs]; the bounds hold for every one of them.
 * @param scale units of the prediction in one unit of an output.
 */
function influenceByColumn({ columns }: Preprocessor, slopes: readonly Float64Array[], scale: number): Influence[] {
  const most = (measure: (q: Float64Array) => number) => scale * Math.max(...slopes.map(measure))
  let next = 0
  const all = columns.map((encoding): Influence => {
    const { name: column, kind } = encoding
    const first = next
    next += featuresOf(encoding).length
    if (kind === 'categorical') {
      const bound = most((q) => twoLargest(q.subarray(first, next)))
      return { column, kind, bound, standardized: bound }
    }
    const { encodings, deviation, indicator } = encoding
    let at = first
    const inputs = encodings.map((learned) => valueInputs(learned, column).map(({ divisor }) => ({ j: at++, divisor })))
    const steepest = (unit: number) =>
      most((q) => sum(inputs, (own) => Math.max(...own.map(({ j, divisor }) => q[j] * (unit / divisor)))))
    const [bound, standardized] = [steepest(1), steepest(deviation)]
    const influence: Influence = { column, kind, bound, standardized, deviation }
    return indicator ? { ...influence, missing: most((q) => q[next - 1]) } : influence
  })
  for (const { column, bound, standardized } of all) {
    if (Number.isFinite(bound) && Number.isFinite(standardized)) continue
    throw new Refusal('ERR_NON_FINITE', `the bound of column "${column}" exceeds the range of a number`)
  }
  return all.sort((a, b) => b.standardized - a.standardized)
}

function twoLargest(values: Float64Array): number {
  const [first, second] = values.slice().sort().reverse()
  return first + second
}

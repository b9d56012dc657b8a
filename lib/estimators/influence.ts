import { sum } from 'd3-array'
import { featuresOf } from '../data/column-encoding.js'
import { valueInputs } from '../data/encodings/encodings.js'
import type { Preprocessor } from '../data/preprocess.js'
import { Refusal } from '../errors/refusal.js'

/** How far a prediction can move with one column while the others stay as they are. */
export interface Influence {
  column: string
  kind: 'numeric' | 'categorical'
  /**
   * Bound on the change of the prediction: for a numeric column per unit of the column, for a categorical column from
   * any level to any other, including levels that training never saw.
   */
  bound: number
  /** Makes columns comparable: the bound per standard deviation of a numeric column; for a categorical column, `bound`. */
  standardized: number
  /** Standard deviation of a numeric column in training. */
  deviation?: number
  /**
   * For a numeric column with missing cells in training: a bound on the additional effect of a missing cell, beside the
   * replacement of its value by the median.
   */
  missing?: number
}

/**
 * Bounds by column, most influential first.
 *
 * A slope |df/dx_j| <= q_j everywhere (docs/method.md, section 14) is at most scale * q_j / divisor_j in units of the
 * column. Of several inputs that an encoding makes of a number only one moves at a time: the largest counts; the inputs of
 * several encodings move together. From one level of a category to another, two inputs change by 1 each: that moves f by at most the sum of the two largest q among the levels.
 *
 * @param slopes q of each output, [inputs]; the bounds hold for every one of them.
 * @param scale units of the prediction in one unit of an output.
 */
export function influenceByColumn({ columns }: Preprocessor, slopes: readonly Float64Array[], scale = 1): Influence[] {
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

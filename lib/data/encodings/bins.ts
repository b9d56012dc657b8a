import { ascending, greatest, max, sum } from 'd3-array'
import type { Outcome } from './encoding.js'
import { roundest } from './roundest.js'

interface SortedOutcome extends Outcome {
  values: Float64Array
}

/** What bins may be. */
interface Limits {
  bins: number
  /** Least number of rows in a bin. */
  rows: number
  /** Least width of a bin. */
  width: number
}

/** A bin and its rows, from index `from` to before `to` of the sorted values. */
interface Bin {
  from: number
  to: number
  low: number
  high: number
}

/** A threshold that splits a bin before row `at`. */
interface Split {
  bin: Bin
  at: number
  threshold: number
}

/**
 * Inner edges of bins by a greedy regression tree on one column: of all bins the one is split next whose split takes most
 * from the squared error of the mean outcome; of classes, from their Gini impurity.
 *
 * CART, Breiman et al. 1984
 *
 * @param sorted values in ascending order. @param outcome of their rows, in the same order.
 */
export function treeThresholds(sorted: Float64Array, outcome: SortedOutcome, limits: Limits): number[] {
  const impurity = new Impurity(outcome)
  const best = (bin: Bin) => bestSplit(sorted, bin, limits, impurity)
  const bins = [best({ from: 0, to: sorted.length, low: sorted[0], high: sorted[sorted.length - 1] })]
  const thresholds: number[] = []
  while (bins.length < limits.bins) {
    const next = greatest(bins, ({ gain }) => gain) as (typeof bins)[number]
    if (next.split === null) break
    const [left, right] = halves(next.split)
    bins.splice(bins.indexOf(next), 1, best(left), best(right))
    thresholds.push(next.split.threshold)
  }
  return thresholds.sort(ascending)
}

/** Inner edges of bins with about equally many rows. @param sorted values in ascending order. */
export function quantileThresholds(sorted: Float64Array, limits: Limits): number[] {
  const parts = Math.min(limits.bins, Math.floor(sorted.length / limits.rows))
  const thresholds: number[] = []
  let rest: Bin = { from: 0, to: sorted.length, low: sorted[0], high: sorted[sorted.length - 1] }
  for (let k = 1; k < parts; k++) {
    let at = Math.max(Math.round((k * sorted.length) / parts), rest.from + limits.rows)
    while (at < sorted.length && splitAt(sorted, rest, at, limits) === null) at++
    const split = splitAt(sorted, rest, at, limits)
    if (split === null) break
    thresholds.push(split.threshold)
    rest = halves(split)[1]
  }
  return thresholds
}

function halves({ bin, at, threshold }: Split): [left: Bin, right: Bin] {
  return [
    { ...bin, to: at, high: threshold },
    { ...bin, from: at, low: threshold },
  ]
}

/** The split of a bin before row `at`; null if it has no threshold there, or a half would be too small. */
function splitAt(sorted: Float64Array, bin: Bin, at: number, { rows, width }: Limits): Split | null {
  if (at - bin.from < rows || bin.to - at < rows || sorted[at - 1] === sorted[at]) return null
  const least = Math.max(sorted[at - 1], bin.low + width)
  const most = Math.min(sorted[at], bin.high - width)
  return least > most ? null : { bin, at, threshold: roundest(least, most) }
}

/** The split of a bin that takes most from its impurity; a null split if none does, beyond rounding. */
function bestSplit(
  sorted: Float64Array,
  bin: Bin,
  limits: Limits,
  impurity: Impurity,
): { gain: number; split: Split | null } {
  const { from, to, low, high } = bin
  const { rows, width } = limits
  let gain = impurity.begin(from, to)
  let at = -1
  for (let row = from + 1; row <= to - rows; row++) {
    const gained = impurity.moveLeft(row - 1)
    if (gained <= gain || row - from < rows || sorted[row - 1] === sorted[row]) continue
    if (Math.max(sorted[row - 1], low + width) > Math.min(sorted[row], high - width)) continue
    gain = gained
    at = row
  }
  return at < 0 ? { gain: 0, split: null } : { gain, split: splitAt(sorted, bin, at, limits) }
}

/** A gain below this share of the impurity is rounding. */
const rounding = 1e-12

/**
 * How much is gained by splitting rows into a left and a right part: sum of S^2 / n over both, less that of all, where S
 * are the sums of the outcome, or the numbers of rows of each class, and n the rows of the part.
 */
class Impurity {
  /** The outcome less its mean; of classes 1. */
  readonly #amounts: Float64Array
  readonly #classOf: (row: number) => number
  readonly #left: Float64Array
  readonly #right: Float64Array
  #rows = { left: 0, right: 0 }
  #squares = { left: 0, right: 0 }
  #whole = 0

  constructor({ values, classes }: SortedOutcome) {
    const mean = classes ? 0 : sum(values) / values.length
    this.#amounts = Float64Array.from(values, (value) => (classes ? 1 : value - mean))
    this.#classOf = classes ? (row) => values[row] : () => 0
    const count = classes ? (max(values) as number) + 1 : 1
    this.#left = new Float64Array(count)
    this.#right = new Float64Array(count)
  }

  /** All rows from `from` to before `to` are on the right. Returns the largest gain that is only rounding. */
  begin(from: number, to: number): number {
    this.#left.fill(0)
    this.#right.fill(0)
    this.#rows = { left: 0, right: to - from }
    let total = 0
    for (let row = from; row < to; row++) {
      this.#right[this.#classOf(row)] += this.#amounts[row]
      total += this.#amounts[row] ** 2
    }
    this.#squares = { left: 0, right: sum(this.#right, (each) => each ** 2) }
    this.#whole = this.#squares.right / (to - from)
    return rounding * total
  }

  /** Moves the first row of the right to the left; returns what the split gains then. */
  moveLeft(row: number): number {
    const k = this.#classOf(row)
    const amount = this.#amounts[row]
    this.#squares.left += amount * (2 * this.#left[k] + amount)
    this.#squares.right -= amount * (2 * this.#right[k] - amount)
    this.#left[k] += amount
    this.#right[k] -= amount
    this.#rows.left++
    this.#rows.right--
    const { left, right } = this.#rows
    return this.#squares.left / left + (right === 0 ? 0 : this.#squares.right / right) - this.#whole
  }
}

import { quantile } from 'd3-array'
import { centerAndSpread } from '../moments.js'

/**
 * Values closer than this are hardly different, and no encoding separates them by a steep slope: 2 % of the deviation of a
 * normal distribution with the same inter-quartile range or, where most values are nearly equal, a thousandth of the range
 * that the middle 96 % of the values have.
 *
 * @param deviation of the values.
 */
export function resolution(values: Float64Array, deviation: number): number {
  const [low, high] = [0.02, 0.98].map((p) => quantile(values, p) as number)
  return Math.max(0.02 * centerAndSpread(values, deviation).spread, 0.001 * (high - low))
}

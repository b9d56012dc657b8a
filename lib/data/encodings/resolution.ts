import { centerAndSpread, quantileOf } from '../moments.js'

/**
 * Values closer than this are hardly different, and no encoding separates them by a steep slope: 2 % of the deviation of a
 * normal distribution with the same inter-quartile range or, where most values are nearly equal, a thousandth of the range
 * that the middle 96 % of the values have.
 *
 * @param sorted values in ascending order. @param deviation of the values.
 */
export function resolution(sorted: Float64Array, deviation: number): number {
  const [low, high] = [0.02, 0.98].map((p) => quantileOf(sorted, p))
  return Math.max(0.02 * centerAndSpread(sorted, deviation).spread, 0.001 * (high - low))
}

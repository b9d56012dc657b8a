import { max, sum } from 'd3-array'
import { Refusal } from '../errors/refusal.js'
import { areEqual } from '../rounding.js'

/** Mean and population standard deviation, computed on scaled values, so that neither overflows or underflows early. */
export function moments(values: Float64Array): { mean: number; deviation: number } {
  const largest = (center: number) => max(values, (value) => Math.abs(value - center)) || 1
  const size = largest(0)
  const mean = size * (sum(values, (value) => value / size) / values.length)
  const spread = largest(mean)
  const squares = sum(values, (value) => ((value - mean) / spread) ** 2)
  return { mean, deviation: spread * Math.sqrt(squares / values.length) }
}

/** Interpolated linearly. @param sorted at least one value, in ascending order; as below. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const k = Math.floor(at)
  const [low, high] = [sorted[k], sorted[Math.min(k + 1, sorted.length - 1)]]
  return low + (high - low) * (at - k)
}

/** Median and inter-quartile range, 0 if it is only rounding. */
export function quartiles(sorted: Float64Array): { median: number; range: number } {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((p) => quantileOf(sorted, p))
  return { median: middle, range: areEqual(low, high) ? 0 : high - low }
}

/** Inter-quartile range of a normal distribution whose deviation is 1. */
const normalRange = 1.349

/**
 * The median, and the deviation of a normal distribution with the same inter-quartile range; if that range is 0, the
 * deviation of the values.
 */
export function centerAndSpread(sorted: Float64Array, deviation: number): { center: number; spread: number } {
  const { median: center, range } = quartiles(sorted)
  return { center, spread: range > 0 ? range / normalRange : deviation }
}

/** Whether all values are equal to rounding. */
export function isConstant(sorted: Float64Array): boolean {
  return sorted.length === 0 || areEqual(sorted[0], sorted[sorted.length - 1])
}

/** Refuses figures beyond the range of a double, such as the deviation of values near 1e308. */
export function checkScale(center: number, scale: number, name: string): void {
  if (Number.isFinite(center) && Number.isFinite(scale) && scale > 0) return
  const found = `the values of column "${name}" are too far apart or too close together`
  throw new Refusal('ERR_DATA', `${found} to be scaled`)
}

import { max, min, quantile, sum } from 'd3-array'
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

/** Median and inter-quartile range, 0 if it is only rounding; quantiles are interpolated linearly. */
export function quartiles(values: Float64Array): { median: number; range: number } {
  const [low = Number.NaN, middle = Number.NaN, high = Number.NaN] = [0.25, 0.5, 0.75].map((p) => quantile(values, p))
  return { median: middle, range: areEqual(low, high) ? 0 : high - low }
}

/** Inter-quartile range of a normal distribution whose deviation is 1. */
const normalRange = 1.349

/**
 * The median, and the deviation of a normal distribution with the same inter-quartile range; if that range is 0, the
 * deviation of the values.
 */
export function centerAndSpread(values: Float64Array, deviation: number): { center: number; spread: number } {
  const { median: center, range } = quartiles(values)
  return { center, spread: range > 0 ? range / normalRange : deviation }
}

/** Whether all values are equal to rounding. */
export function isConstant(values: Float64Array): boolean {
  const [least, most] = [min(values), max(values)]
  return least === undefined || most === undefined || areEqual(least, most)
}

/** Refuses figures beyond the range of a double, such as the deviation of values near 1e308. */
export function checkScale(center: number, scale: number, name: string): void {
  if (Number.isFinite(center) && Number.isFinite(scale) && scale > 0) return
  const found = `the values of column "${name}" are too far apart or too close together`
  throw new Refusal('ERR_DATA', `${found} to be scaled`)
}

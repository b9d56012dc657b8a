import { max, min, quantile } from 'd3-array'
import { Refusal } from '../errors/refusal.js'
import { areEqual } from '../rounding.js'

/** Mean and population standard deviation, computed on scaled values, so that neither overflows or underflows early. */
export function moments(values: ArrayLike<number>): { mean: number; deviation: number } {
  const size = largest(values, 0) || 1
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] / size
  const mean = size * (sum / values.length)
  const spread = largest(values, mean) || 1
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += ((values[i] - mean) / spread) ** 2
  return { mean, deviation: spread * Math.sqrt(squares / values.length) }
}

function largest(values: ArrayLike<number>, center: number): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] - center))
  return most
}

/** Median and inter-quartile range, 0 if it is only rounding; quantiles are interpolated linearly. */
export function quartiles(values: Float64Array): { median: number; range: number } {
  const [low = Number.NaN, middle = Number.NaN, high = Number.NaN] = [0.25, 0.5, 0.75].map((p) => quantile(values, p))
  return { median: middle, range: areEqual(low, high) ? 0 : high - low }
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

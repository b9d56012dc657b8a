import { quantile } from 'd3-array'
import type { EstimatorOptions } from 'psilon'

/** The encodings of an estimator that prepared rows can have. */
export type Scaling = Extract<EstimatorOptions['encoding'], 'standard' | 'asinh'>

type Scale = (value: number) => number

/** Inter-quartile range of a normal distribution whose deviation is 1. */
const normalRange = 1.349

/**
 * (value - mean) / deviation; or with asinh the same of asinh((value - median) / spread), as an estimator scales columns.
 * Two different values are standardised.
 */
export function scaleOf(values: Float64Array, scaling: Scaling): Scale {
  const { mean, deviation } = moments(values)
  if (scaling === 'standard' || new Set(values).size === 2) return (value) => (value - mean) / deviation
  const { median, range } = quartiles(values)
  const spread = range > 0 ? range / normalRange : deviation
  const bent = (value: number) => Math.asinh((value - median) / spread)
  const ofBent = moments(values.map(bent))
  return (value) => (bent(value) - ofBent.mean) / ofBent.deviation
}

/** (y - median) / (IQR / 2) of a regression target; where the IQR is 0, by the deviation. */
export function targetScaleOf(values: Float64Array): Scale {
  const { median, range } = quartiles(values)
  const scale = range > 0 ? range / 2 : moments(values).deviation
  return (value) => (value - median) / scale
}

function quartiles(values: Float64Array): { median: number; range: number } {
  const [low, median, high] = [0.25, 0.5, 0.75].map((p) => quantile(values, p) as number)
  return { median, range: high - low }
}

/** Mean and population standard deviation, in the arithmetic of psilon, so that prepared rows have the same bits. */
function moments(values: Float64Array): { mean: number; deviation: number } {
  const size = largest(values, 0) || 1
  const mean = size * (values.reduce((sum, value) => sum + value / size, 0) / values.length)
  const spread = largest(values, mean) || 1
  const squares = values.reduce((sum, value) => sum + ((value - mean) / spread) ** 2, 0)
  return { mean, deviation: spread * Math.sqrt(squares / values.length) }
}

const largest = (values: Float64Array, center: number): number =>
  values.reduce((max, value) => Math.max(max, Math.abs(value - center)), 0)

import { quantile } from 'd3-array'

type Scale = (value: number) => number

/** (value - mean) / deviation. */
export function scaleOf(values: Float64Array): Scale {
  const { mean, deviation } = moments(values)
  return (value) => (value - mean) / deviation
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

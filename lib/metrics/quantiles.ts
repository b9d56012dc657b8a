import { quantileSorted } from 'd3-array'

/** Quantiles, interpolated linearly between the ordered values (Hyndman and Fan's type 7, as in NumPy). */
export interface Quantiles {
  min: number
  p5: number
  p25: number
  median: number
  p75: number
  p95: number
  max: number
}

export const quantileShares: Readonly<Record<keyof Quantiles, number>> = {
  min: 0,
  p5: 0.05,
  p25: 0.25,
  median: 0.5,
  p75: 0.75,
  p95: 0.95,
  max: 1,
}

/** @param values finite, at least one. */
export function quantilesOf(values: ArrayLike<number>): Quantiles {
  const sorted = Array.from(values).sort((a, b) => a - b)
  const entries = Object.entries(quantileShares).map(([name, share]) => [name, quantileSorted(sorted, share)])
  return Object.fromEntries(entries) as Quantiles
}

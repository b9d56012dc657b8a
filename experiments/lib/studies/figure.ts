import { deviation, mean } from 'd3-array'

export interface Figure {
  mean: number
  /** Standard deviation over the seeds, with n - 1; null where there is one. */
  spread: number | null
}

export function figureOf(values: readonly (number | null | undefined)[]): Figure | null {
  const known = values.filter((value) => typeof value === 'number')
  if (known.length === 0) return null
  return { mean: mean(known) as number, spread: deviation(known) ?? null }
}

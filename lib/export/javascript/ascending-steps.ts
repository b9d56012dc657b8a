import { cumsum } from 'd3-array'

/**
 * Ascending numbers as few digits: a unit, the first number and the steps between the others, such that each is exactly the sum
 * of the steps up to it over the unit. Where there is no such unit, 0 and the numbers themselves.
 */
export function ascendingSteps(values: readonly number[]): number[] {
  const unit = Number(`1e${Math.max(...values.map(decimals))}`)
  const steps = values.map((value, k) => Math.round(value * unit) - (k === 0 ? 0 : Math.round(values[k - 1] * unit)))
  const sums = cumsum(steps)
  return values.every((value, k) => value === sums[k] / unit) ? [unit, ...steps] : [0, ...values]
}

/** Digits behind the point of the shortest text that reads as the number. */
function decimals(value: number): number {
  const [digits, exponent = '0'] = String(value).split('e')
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent))
}

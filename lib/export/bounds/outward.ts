/** Numbers that are not negative, rounded in one direction. */

/** Half the distance between 1 and the next number. */
export const precisions = { float32: 2 ** -24, float64: 2 ** -53 } as const

/** The relative error of a sum of products, none of which takes part in more than n operations (Higham 2002, section 3.1). */
export function gamma(operations: number, precision: number): number {
  const share = operations * precision
  return share < 0.25 ? share / (1 - share) : Infinity
}

/** a b, above 0 where both are. */
export function product(a: number, b: number): number {
  const ab = a * b
  return ab > 0 || a === 0 || b === 0 ? ab : Number.MIN_VALUE
}

/** The least number of so many digits that is not below this one. */
export const roundedUp = (value: number, digits = 5): number => shortened(value, digits, Math.ceil)

/** The greatest number of five digits that is not above this one. */
export const roundedDown = (value: number): number => shortened(value, 5, Math.floor)

function shortened(value: number, digits: number, towards: (mantissa: number) => number): number {
  if (!(value > 0) || value === Infinity) return value
  const [mantissa, exponent] = value.toExponential(16).split('e')
  const shift = digits - 1
  const near = towards(Number(mantissa) * 10 ** shift)
  const isUp = towards === Math.ceil
  const found = [near, isUp ? near + 1 : near - 1].map((each) => Number(`${each}e${Number(exponent) - shift}`))
  return (isUp ? found[0] >= value : found[0] <= value) ? found[0] : found[1]
}

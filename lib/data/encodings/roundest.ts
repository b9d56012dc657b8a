/** A number from a to b near their middle, with as few digits as can be. */
export function roundest(a: number, b: number): number {
  const middle = a + (b - a) / 2
  for (let digits = 1; digits <= 16; digits++) {
    const rounded = Number(middle.toPrecision(digits))
    if (rounded >= a && rounded <= b) return rounded
  }
  return middle
}

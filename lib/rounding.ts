/** Some 450 units in the last place: what is nearer than that may differ by the rounding of what made it. */
const rounding = 1e-13

/** Whether two numbers are the same but for rounding. */
export const areEqual = (a: number, b: number): boolean =>
  Math.abs(a - b) <= rounding * Math.max(Math.abs(a), Math.abs(b))

/** A power of two near `size`, by which squares neither overflow nor vanish; 1 where they would not anyhow. */
export function unitNear(size: number): number {
  return size > 1e100 || (size > 0 && size < 1e-100) ? 2 ** Math.floor(Math.log2(size)) : 1
}

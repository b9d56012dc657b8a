/** Some 450 units in the last place: closer numbers may differ only by rounding. */
const rounding = 1e-13

/** Whether two numbers are equal to rounding. */
export const areEqual = (a: number, b: number): boolean =>
  Math.abs(a - b) <= rounding * Math.max(Math.abs(a), Math.abs(b))

/** A power of two near `size`, which as a unit keeps squares from overflow and underflow; 1 if they are safe anyway. */
export function unitNear(size: number): number {
  return size > 1e100 || (size > 0 && size < 1e-100) ? 2 ** Math.floor(Math.log2(size)) : 1
}

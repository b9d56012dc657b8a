/** Ranks from 1 of values, the least first; equal values share the mean of their ranks, null comes last. */
export function ranksOf(values: readonly (number | null)[]): number[] {
  const keys = values.map((value) => value ?? Infinity)
  return keys.map((key) => {
    const below = keys.filter((other) => other < key).length
    const equal = keys.filter((other) => other === key).length
    return below + (equal + 1) / 2
  })
}

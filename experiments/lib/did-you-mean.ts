import { closest, distance } from 'fastest-levenshtein'

/** `; did you mean "sums"?`, or nothing where no candidate is near. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const nearest = closest(name, candidates)
  const near = nearest !== undefined && distance(name, nearest) <= Math.max(1, Math.floor(name.length / 2))
  return near ? `; did you mean "${nearest}"?` : ''
}

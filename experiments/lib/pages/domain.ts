import { extent } from 'd3-array'
import type { Domain, Line } from './panels.js'

/** From the least to the largest y of all these lines. */
export function domainOf(lines: readonly Line[]): Domain {
  const [min = 0, max = 1] = extent(lines.flatMap(({ points }) => points.map(({ y }) => y)))
  return [min, max]
}

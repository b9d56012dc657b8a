import { type ColumnEncoding, featuresOf } from '../../data/column-encoding.js'
import { Refusal } from '../../errors/refusal.js'
import type { Floats } from '../../realms.js'

/** Levels that categories of a row have instead of their own, by column. */
export type Levels = ReadonlyMap<string, string>

const maxCombinations = 4096

/**
 * Every combination of the listed levels, beginning with none of them: the row as it is.
 *
 * @throws Refusal ERR_OPTION if there are too many.
 */
export function combinations(levels: ReadonlyMap<string, readonly string[]>): Levels[] {
  let all: Levels[] = [new Map()]
  for (const [column, others] of levels) {
    const distinct = new Set(others)
    if (all.length * (distinct.size + 1) > maxCombinations) {
      throw new Refusal('ERR_OPTION', `within has more than ${maxCombinations} combinations of levels; name fewer`)
    }
    all = all.flatMap((each) => [each, ...[...distinct].map((level): Levels => new Map([...each, [column, level]]))])
  }
  return all
}

/** Writes these levels into inputs that begin at `at`. */
export function writeLevels(columns: readonly ColumnEncoding[], levels: Levels, data: Floats, at: number): void {
  let next = at
  for (const column of columns) {
    const first = next
    next += featuresOf(column).length
    const level = levels.get(column.name)
    if (column.kind !== 'categorical' || level === undefined) continue
    data.fill(0, first, next)
    data[first + column.levels.indexOf(level)] = 1
  }
}

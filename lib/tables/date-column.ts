import { show } from '../checks.js'
import { type Cell, numberOf } from './cells.js'
import { daysOf, isDay } from './dates.js'
import type { Reading } from './read-options.js'

/**
 * Dates as days since 1970-01-01; undefined if there are none, or if a cell of a column that is not named is anything
 * else. A named column may hold numbers of days instead, as rows of counterexamples do, but not beside dates.
 *
 * @param cells trimmed texts, and values that are no dates. @param faults rows whose cells are unusable.
 */
export function inDays(
  cells: readonly Cell[],
  faults: ReadonlyMap<number, string>,
  { decimal, named }: Pick<Reading, 'decimal'> & { named: boolean },
) {
  const days = cells.map((cell) => (typeof cell === 'string' ? daysOf(cell) : undefined))
  const hasDates = days.some((day) => day !== undefined)
  const others = [...cells.keys()].filter((row) => cells[row] !== null && days[row] === undefined && !faults.has(row))
  if (!named && (!hasDates || others.length > 0 || faults.size > 0)) return undefined
  if (!hasDates && others.every((row) => isDayNumber(cells[row], decimal))) return undefined // days, or nothing
  const wrong = new Map(faults)
  for (const row of others) {
    const beside = hasDates && isDayNumber(cells[row], decimal) ? ', as in other rows' : ''
    wrong.set(row, `got ${show(cells[row])}, expected a date, such as 2024-01-31 or 2024-01-31T18:30:00Z${beside}`)
  }
  return { cells: cells.map((cell, row) => days[row] ?? cell), faults: wrong, dates: true as const }
}

function isDayNumber(cell: Cell, decimal: Reading['decimal']): boolean {
  const value = typeof cell === 'string' ? numberOf(cell, decimal) : cell
  return typeof value === 'number' && isDay(value)
}

import { PsilonError } from '../errors.js'
import type { Table } from './table.js'

const mostNamed = 5

/**
 * Refuses the cells of one column that cannot be used, all in one message.
 *
 * @param faults rows, and what is wrong there.
 * @throws PsilonError ERR_DATA unless there are none.
 */
export function refuseFaults(
  table: Table,
  column: string,
  faults: readonly (readonly [row: number, found: string])[],
  operation: string,
): void {
  if (faults.length === 0) return
  const named = faults.slice(0, mostNamed).map(([row, found]) => `${table.where(row)}, column "${column}": ${found}`)
  const more = faults.length > mostNamed ? [`and ${faults.length - mostNamed} more cells of this column`] : []
  throw new PsilonError('ERR_DATA', `[${operation}] ${[...named, ...more].join('; ')}`)
}

/**
 * Does all of the work; what was wrong with its parts is one error.
 *
 * @throws PsilonError the one that was thrown, or ERR_DATA with the messages of all of them.
 */
export function refuseTogether<T>(parts: readonly T[], operation: string, work: (part: T) => void): void {
  const errors: PsilonError[] = []
  for (const part of parts) {
    try {
      work(part)
    } catch (error) {
      if (!(error instanceof PsilonError)) throw error
      errors.push(error)
    }
  }
  if (errors.length === 0) return
  if (errors.length === 1) throw errors[0]
  const place = `[${operation}] `
  const texts = errors.map(({ message }) => message.slice(message.startsWith(place) ? place.length : 0))
  const shown = texts.slice(0, 10)
  const more = texts.length > 10 ? [`and ${texts.length - 10} more columns`] : []
  throw new PsilonError('ERR_DATA', `${place}${texts.length} columns cannot be used: ${[...shown, ...more].join('. ')}`)
}

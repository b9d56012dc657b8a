import { PsilonError } from '../errors.js'
import { count } from '../print.js'
import type { Table } from './table.js'

const mostNamed = 4

/**
 * Refuses the cells of one column that cannot be used: says what is wrong with the first, and where others are.
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
  const [[first, found], ...others] = faults
  const rows = others.slice(0, mostNamed).map(([row]) => table.where(row))
  const more = others.length > mostNamed ? ', ...' : ''
  const rest =
    others.length === 0 ? '' : `; ${count(others.length, 'more cell')} of this column: ${rows.join(', ')}${more}`
  throw new PsilonError('ERR_DATA', `[${operation}] ${table.where(first)}, column "${column}": ${found}${rest}`)
}

/**
 * Does all of the work; what was wrong with its parts is one error.
 *
 * @throws PsilonError the one that was thrown, or ERR_DATA with the messages of all of them, which `details.columns` lists.
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
  const texts = errors.flatMap(({ message, details }) => {
    return (details.columns as string[] | undefined) ?? [message.slice(message.startsWith(place) ? place.length : 0)]
  })
  const shown = texts.slice(0, 10)
  const more = texts.length > 10 ? [`and ${texts.length - 10} more columns`] : []
  const message = `${place}${texts.length} columns cannot be used: ${[...shown, ...more].join('. ')}`
  throw new PsilonError('ERR_DATA', message, { details: { columns: texts } })
}

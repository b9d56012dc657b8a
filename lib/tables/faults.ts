import { joined, Refusal, textOf, type Words, words } from '../errors/refusal.js'
import { count } from '../print.js'
import type { Table } from './table.js'

const maxNamed = 4

/**
 * Refuses unusable cells of one column: says what is wrong with the first, and where the others are.
 *
 * @param faults rows, and what is wrong there.
 * @param hint text after the first fault.
 * @throws Refusal ERR_DATA unless there are none.
 */
export function refuseFaults(
  table: Table,
  column: string,
  faults: readonly (readonly [row: number, found: string])[],
  hint: Words = [],
): void {
  if (faults.length === 0) return
  const [[first, found], ...others] = faults
  const rows = others.slice(0, maxNamed).map(([row]) => table.where(row))
  if (others.length > maxNamed) rows.push('...')
  const rest = others.length === 0 ? '' : `; ${count(others.length, 'more cell')} of this column: ${rows.join(', ')}`
  throw new Refusal('ERR_DATA', words`${table.where(first)}, column "${column}": ${found}${hint}${rest}`)
}

/** The refusals of several columns; `details.columns` has their messages. */
class ColumnsRefusal extends Refusal {
  constructor(readonly columns: readonly Words[]) {
    const shown = columns.slice(0, maxColumns)
    const more = columns.length > maxColumns ? [words`and ${columns.length - maxColumns} more columns`] : []
    const message = words`${columns.length} columns cannot be used: ${joined([...shown, ...more], '. ')}`
    super('ERR_DATA', message, { details: { columns: columns.map((column) => textOf(column)) } })
  }
}

const maxColumns = 10

/**
 * Does the work for all parts; joins their refusals into one.
 *
 * @throws Refusal the only one, or ERR_DATA with the messages of all.
 */
export function refuseTogether<T>(parts: readonly T[], work: (part: T) => void): void {
  const refusals: Refusal[] = []
  for (const part of parts) {
    try {
      work(part)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusals.push(error)
    }
  }
  if (refusals.length === 1) throw refusals[0]
  const all = refusals.flatMap((each) => (each instanceof ColumnsRefusal ? each.columns : [each.said]))
  if (all.length > 0) throw new ColumnsRefusal(all)
}

import { didYouMean } from '../../checks.js'
import { option, Refusal, words } from '../../errors/refusal.js'
import { listed } from '../../print.js'
import { columnsOf, type Table } from '../../tables/table.js'
import { freeName } from '../files/free-name.js'
import { namesOf } from '../files/tables.js'

/** Columns of texts: a head, and the cells of each row. */
export interface Columns {
  head: readonly string[]
  cells(row: number): readonly unknown[]
}

/** All columns, unless a column has this name. */
const all = 'all'

/**
 * The columns of the table that stand before the predictions.
 *
 * @throws Refusal ERR_OPTION that lists all names that are not columns.
 */
export function keptNames(texts: readonly string[] | undefined, table: Table): readonly string[] {
  if (texts === undefined) return []
  const names = namesOf('keep', texts, table)
  if (names.includes(all) && !table.names.includes(all)) return table.names
  const unknown = names.filter((name) => !table.names.includes(name))
  if (unknown.length === 0) return names
  const what = unknown.length === 1 ? 'which is not a column' : 'which are not columns'
  const hint = unknown.length === 1 ? didYouMean(unknown[0], table.names) : ''
  const found = listed(unknown.map((name) => `"${name}"`))
  throw new Refusal('ERR_OPTION', words`${option('keep')} names ${found}, ${what} of the table${hint}`)
}

/** Cells as they were written; a missing one is empty. */
export function keptColumns(names: readonly string[], table: Table): Columns {
  const columns = new Map(columnsOf(table).map((column) => [column.name, column]))
  const kept = names.flatMap((name) => columns.get(name) ?? [])
  return { head: names, cells: (row) => kept.map((column) => column.text(row) ?? '') }
}

/** Both beside each other. A prediction whose name is kept already, such as that of the target, is `predicted_price`. */
export function besides(kept: Columns, predicted: Columns): Columns {
  const head = [...kept.head]
  for (const name of predicted.head) head.push(head.includes(name) ? freeName(`predicted_${name}`, head) : name)
  return { head, cells: (row) => [...kept.cells(row), ...predicted.cells(row)] }
}

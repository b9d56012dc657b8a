import { createHash } from 'node:crypto'
import { Column, type Settled } from './column.js'
import type { Reading } from './read-options.js'
import { columnsOf, readingOfTable, type Table, tableOfColumns } from './table.js'

/** A table as plain data, which another thread or machine can take. */
export interface TableContent {
  reading: Reading
  columns: ({ name: string } & ColumnContent)[]
  /** Where each row came from. */
  places: string[]
}

interface ColumnContent extends Omit<Settled, 'faults'> {
  faults: [row: number, found: string][]
}

export function contentOf(table: Table): TableContent {
  const columns = columnsOf(table).map(({ name, settled }) => {
    const { kind, cells, asTexts, faults, ...others } = settled
    const plain = cells.map((cell, row) => (faults.has(row) ? null : cell)) // a faulty cell may hold anything
    return { name, ...others, kind, cells: plain, asTexts: asTexts && kind !== 'text', faults: [...faults] }
  })
  const places = Array.from({ length: table.rows }, (_, row) => table.where(row))
  return { reading: readingOfTable(table), columns, places }
}

export function tableOfContent({ reading, columns, places }: TableContent): Table {
  const made = columns.map(({ name, faults, ...content }) => {
    return new Column(name, places.length, reading, () => ({ ...content, faults: new Map(faults) }))
  })
  return tableOfColumns(made, { rows: places.length, reading, notes: [], where: (row) => places[row] })
}

/**
 * SHA-256 of what a table holds, in hexadecimal digits: the same for a file, rows and columns with the same cells.
 */
export function digestOf({ reading, columns, places }: TableContent): string {
  const { decimal, missing, dates } = reading
  const read = dates === undefined ? [decimal, missing] : [decimal, missing, dates]
  const hash = createHash('sha256').update(JSON.stringify([places.length, ...read]))
  for (const { name, kind, cells, written, asTexts, faults } of columns) {
    hash.update(JSON.stringify([name, kind, cells, written, asTexts, faults]))
  }
  return hash.digest('hex')
}

import { range } from 'd3-array'
import { didYouMean, isObject, reading as readSafely, show } from '../checks.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { inspection, type Styling, shown } from '../inspection.js'
import { count, listed } from '../print.js'
import { isArray, isRecord, isTypedArray } from '../realms.js'
import type { Cell } from './cells.js'
import { Column, settle } from './column.js'
import { readCsv } from './csv.js'
import { defaultReading, type Reading } from './read-options.js'
import { isSource, type Source } from './source.js'
import { tableLines } from './table-lines.js'

/** Path of a CSV file (plain or gzip) or its URL, an array of objects, or an object of columns. */
export type TableInput = string | URL | readonly object[] | Readonly<Record<string, ArrayLike<unknown>>>

/** A table: `columns[j][i]` is the cell of row i in the column `names[j]`. Cells are checked when a column is used. */
export interface Table {
  readonly names: readonly string[]
  /** Numbers, booleans, texts, and null for a missing value. */
  readonly columns: readonly Cell[][]
  readonly rows: number
  /** Columns that were left out when the table was read. */
  readonly notes: readonly string[]
  /** Where a row came from: `line 17 of houses.csv`, or `row index 15` (from 0) for JavaScript values. */
  where(row: number): string
  /** Rows from `from` up to but not including `to`, as by Array.slice: negative ones count from the end. Default: all. */
  slice(from?: number, to?: number): Table
}

interface Parts extends Pick<Table, 'rows' | 'notes' | 'where'> {
  columns: readonly Column[]
  reading: Reading
}

class ReadTable implements Table {
  readonly names: readonly string[]
  readonly rows: number
  readonly notes: readonly string[]
  readonly where: (row: number) => string
  readonly #parts: Parts
  #cells: readonly Cell[][] | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.names = parts.columns.map(({ name }) => name)
    this.rows = parts.rows
    this.notes = parts.notes
    this.where = parts.where
  }

  static partsOf(table: Table): Parts {
    return (table as ReadTable).#parts
  }

  static is(value: unknown): value is ReadTable {
    return isObject(value) && #parts in value
  }

  get columns(): readonly Cell[][] {
    this.#cells ??= this.#parts.columns.map(({ cells }) => cells)
    return this.#cells
  }

  /** @internal */
  [inspection](depth: number, styling: Styling): object {
    return shown('Table', depth, styling, () => tableLines(this, this.#parts.columns))
  }

  slice(from = 0, to = this.rows): Table {
    return selectRows(this, range(this.rows).slice(from, to))
  }
}

export const tableOfColumns = (columns: readonly Column[], parts: Omit<Parts, 'columns'>): Table =>
  new ReadTable({ columns, ...parts })

/** Whether it is a table made by this module. */
export const isTable = (input: unknown): input is Table => ReadTable.is(input)

/** How its texts were read. */
export const readingOfTable = (table: Table): Reading => ReadTable.partsOf(table).reading

const anyForm = 'expected the path of a CSV file, an array of objects or an object of columns'

/** Reads a table in any form; a table that was read before is returned unchanged. */
export async function readTable(input: unknown, reading = defaultReading): Promise<Table> {
  if (isTable(input)) return input
  if (isSource(input)) return fromCsv(input, reading)
  return tableOfValues(input, reading)
}

/** Reads a table from rows or columns, not from a file. */
export function tableOfValues(input: unknown, reading = defaultReading, expected = anyForm): Table {
  if (isTable(input)) return input
  if (!isArray(input) && !isRecord(input)) throw new Refusal('ERR_DATA', `the table is ${show(input)}, ${expected}`)
  return readSafely('ERR_DATA', 'the table', () => {
    const columns = isArray(input) ? fromObjects(input) : fromColumns(input)
    const rows = isArray(input) ? input.length : (columns.values().next().value?.length ?? 0)
    if (rows === 0) throw new Refusal('ERR_DATA', `the table is empty, ${expected}`)
    if (columns.size === 0) {
      const found = `the table has ${count(rows, 'row')} without a property of its own`
      throw new Refusal('ERR_DATA', `${found}, ${expected}`)
    }
    const where = (row: number) => `row index ${row}`
    return new ReadTable({ columns: made(columns, reading, false), rows, reading, notes: [], where })
  })
}

/** @throws Refusal ERR_DATA for a slice that is empty. */
export function requireRows(table: Table): void {
  if (table.rows === 0) throw new Refusal('ERR_DATA', 'the table has no rows')
}

/** The column that an option names. */
export function columnOf(table: Table, name: string, by: string): Column {
  return ReadTable.partsOf(table).columns[columnIndex(table, name, by)]
}

/** The columns, in order. They may have invalid cells: see requireSound. */
export const columnsOf = (table: Table): readonly Column[] => ReadTable.partsOf(table).columns

/** Index of the column that an option names. @param by the option. */
export function columnIndex(table: Table, name: string, by: string): number {
  const index = table.names.indexOf(name)
  if (index >= 0) return index
  const hint = didYouMean(name, table.names) || `, which has ${listed(table.names)}`
  throw new Refusal('ERR_OPTION', words`${option(by)} "${name}" is not a column of the table${hint}`)
}

/** The given rows, in that order. */
export function selectRows(table: Table, rows: ArrayLike<number>): Table {
  const { columns, where, ...rest } = ReadTable.partsOf(table)
  const chosen = Array.from(rows)
  return new ReadTable({
    ...rest,
    columns: columns.map((column) => column.select(chosen)),
    rows: chosen.length,
    where: (row) => where(chosen[row]),
  })
}

async function fromCsv(source: Source, reading: Reading): Promise<Table> {
  const { file, names, columns, lines, notes } = await readCsv(source)
  const where = (row: number) => `line ${lines[row]} of ${file}`
  const named = names.map((name, j) => [name, columns[j]] as const)
  return new ReadTable({ columns: made(named, reading, true), rows: lines.length, reading, notes, where })
}

function fromObjects(objects: readonly unknown[]): Map<string, unknown[]> {
  const columns = new Map<string, unknown[]>()
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]
    if (!isRecord(object)) {
      throw new Refusal('ERR_DATA', `row index ${i} of the table is ${show(object)}, expected an object`)
    }
    for (const name of Object.keys(object)) {
      const column = columns.get(name) ?? new Array(objects.length).fill(null)
      column[i] = object[name]
      columns.set(name, column)
    }
  }
  return columns
}

function fromColumns(object: Record<string, unknown>): Map<string, unknown[]> {
  const columns = new Map<string, unknown[]>()
  for (const name of Object.keys(object)) {
    const column = object[name]
    if (!isArray(column) && !isTypedArray(column)) {
      throw new Refusal('ERR_DATA', `column "${name}" is ${show(column)}, expected an array`)
    }
    columns.set(name, Array.from(column))
  }
  const [[first, { length }] = ['', []], ...others] = columns
  for (const [name, column] of others) {
    if (column.length === length) continue
    const lengths = `column "${name}" has ${column.length} rows, column "${first}" has ${length}`
    throw new Refusal('ERR_SHAPE', lengths)
  }
  return columns
}

function made(values: Iterable<readonly [string, readonly unknown[]]>, reading: Reading, fromFile: boolean): Column[] {
  return Array.from(values, ([name, cells]) => {
    if (name === '' || name === '__proto__') {
      throw new Refusal('ERR_DATA', `"${name}" cannot be the name of a column`)
    }
    return new Column(name, cells.length, reading, () => settle(cells, reading, fromFile))
  })
}

import { range } from 'd3-array'
import { didYouMean, isObject, reading as readSafely, show } from '../checks.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { inspection, type Styling, shown } from '../inspection.js'
import { count, listed } from '../print.js'
import { isArray, isRecord, isTypedArray } from '../realms.js'
import type { Cell } from './cells.js'
import { Column, settle } from './column.js'
import { readFile } from './file.js'
import { columnsOfDuckDb, type DuckDbResult, type ForeignTable, foreignColumns, isDuckDb } from './foreign.js'
import { datesOf, defaultReading, type Reading } from './read-options.js'
import { RowColumns } from './row-columns.js'
import { isSource, type Source } from './source.js'
import { contentOfStream, isStream, type StreamInput } from './stream.js'
import { tableLines } from './table-lines.js'

/**
 * Rows, columns, or the table of another library (Apache Arrow, DuckDB, polars, danfo). Rows are objects in an array or
 * from an iterator.
 */
export type ValuesInput = Iterable<object> | Readonly<Record<string, ArrayLike<unknown>>> | ForeignTable

/**
 * The path or URL of a CSV or Parquet file, its bytes, a stream of them or of rows, or rows and columns in memory.
 */
export type TableInput = string | URL | Uint8Array | ArrayBuffer | StreamInput | ValuesInput

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

const anyForm = 'expected the path of a CSV or Parquet file, rows, columns or a table of another library'

/** Reads a table in any form; a table that was read before is returned unchanged. */
export async function readTable(input: unknown, reading = defaultReading): Promise<Table> {
  if (isTable(input)) return input
  if (isSource(input)) return fromFile(input, reading)
  const form = readSafely('ERR_DATA', 'the table', () =>
    isDuckDb(input) ? 'result' : isStream(input) ? 'stream' : 'values',
  )
  if (form === 'result') return ofColumns(await columnsOfDuckDb(input as DuckDbResult), reading, anyForm)
  if (form === 'values') return tableOfValues(input, reading)
  const content = await contentOfStream(input as StreamInput)
  return 'bytes' in content ? fromFile(content, reading) : ofColumns(content.columns, reading, anyForm, content.rows)
}

/** Reads a table from rows or columns, not from a file. */
export function tableOfValues(input: unknown, reading = defaultReading, expected = anyForm): Table {
  if (isTable(input)) return input
  return readSafely('ERR_DATA', 'the table', () => {
    const foreign = foreignColumns(input)
    if (foreign !== undefined) return ofColumns(foreign, reading, expected)
    if (isArray(input) || isIterator(input)) {
      const rows = new RowColumns()
      for (const row of input) rows.add(row)
      return ofColumns(rows.columns(), reading, expected, rows.rows)
    }
    if (isRecord(input)) return ofColumns(fromColumns(input), reading, expected)
    throw new Refusal('ERR_DATA', `the table is ${show(input)}, ${expected}`)
  })
}

/** Rows that come one after the other: a generator, a Set, the values of a Map. */
function isIterator(input: unknown): input is Iterable<unknown> {
  if (typeof input !== 'object' || input === null || isTypedArray(input)) return false
  return typeof (input as Iterable<unknown>)[Symbol.iterator] === 'function'
}

function ofColumns(
  columns: ReadonlyMap<string, readonly unknown[]>,
  reading: Reading,
  expected: string,
  rows = columns.values().next().value?.length ?? 0,
): Table {
  if (rows === 0) throw new Refusal('ERR_DATA', `the table is empty, ${expected}`)
  if (columns.size === 0) {
    const found = `the table has ${count(rows, 'row')} without a property of its own`
    throw new Refusal('ERR_DATA', `${found}, ${expected}`)
  }
  const where = (row: number) => `row index ${row}`
  return new ReadTable({ columns: made(columns, reading, false), rows, reading, notes: [], where })
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

/** @throws Refusal ERR_OPTION if the option dates names anything but columns. */
export function requireDateColumns(table: Table): void {
  const { dates } = readingOfTable(table)
  if (dates !== undefined && dates !== 'auto') for (const name of dates) columnIndex(table, name, 'dates')
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

async function fromFile(source: Source, reading: Reading): Promise<Table> {
  const { names, columns, ...parts } = await readFile(source)
  const named = names.map((name, j) => [name, columns[j]] as const)
  return new ReadTable({ columns: made(named, reading, true), reading, ...parts })
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
    const how = { ...reading, dates: datesOf(reading, name), fromFile }
    return new Column(name, cells.length, reading, () => settle(cells, how))
  })
}

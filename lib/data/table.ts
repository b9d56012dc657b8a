import { didYouMean, isObject, show } from '../checks.js'
import { PsilonError } from '../errors.js'
import { fileName } from '../io/file-error.js'
import { readCsv } from './csv.js'

/** One cell; null is a missing value. */
export type Cell = number | string | boolean | null

/** Path of a CSV file (plain or gzip), an array of objects, or an object of columns. */
export type TableInput = string | readonly object[] | Readonly<Record<string, ArrayLike<unknown>>>

/** A checked table: `columns[j][i]` is the cell of row i in the column `names[j]`. */
export interface Table {
  names: string[]
  columns: Cell[][]
  rows: number
  /** Where a row came from: `line 17 of houses.csv`, or `row index 15` (from 0) for JavaScript values. */
  where(row: number): string
  /** Rows `from` up to, without, `to`, counted as by Array.slice: from the end where negative. Default: all. */
  slice(from?: number, to?: number): Table
}

const tables = new WeakSet<object>()

/** Whether this module made it. */
export const isTable = (input: unknown): input is Table => isObject(input) && tables.has(input)

function made(parts: Omit<Table, 'slice'>): Table {
  const table: Table = { ...parts, slice: (from = 0, to = parts.rows) => sliceRows(table, from, to) }
  tables.add(table)
  return table
}

const missing = new Set(['', 'na', 'n/a', 'nan', 'null', '?'])
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const infinite = /^[+-]?inf(inity)?$/i
const expected = 'expected the path of a CSV file, an array of objects or an object of columns'

/** Reads what users call a table. Empty texts, NA, N/A, NaN, null and ? (in any case), null and undefined are missing. */
export async function readTable(input: unknown, operation: string): Promise<Table> {
  if (typeof input === 'string') return fromCsv(input, operation)
  if (Array.isArray(input)) return fromObjects(input, operation)
  if (isObject(input) && !ArrayBuffer.isView(input)) return fromColumns(input, operation)
  throw new PsilonError('ERR_DATA', `[${operation}] the table is ${show(input)}, ${expected}`)
}

/** The number that a cell holds or reads as; undefined for text and for a missing value. */
export function cellNumber(cell: Cell): number | undefined {
  if (typeof cell === 'number') return cell
  if (typeof cell === 'boolean') return cell ? 1 : 0
  if (cell === null || !decimal.test(cell.trim())) return undefined
  const value = Number(cell)
  return Number.isFinite(value) ? value : undefined
}

export function cellError(operation: string, table: Table, row: number, column: string, found: string): PsilonError {
  return new PsilonError('ERR_DATA', `[${operation}] ${table.where(row)}, column "${column}": ${found}`)
}

/** Index of the column that an option names. */
export function columnIndex(table: Table, name: string, operation: string, option: string): number {
  const index = table.names.indexOf(name)
  if (index >= 0) return index
  const hint = didYouMean(name, table.names)
  throw new PsilonError('ERR_OPTION', `[${operation}] ${option} "${name}" is not a column of the table${hint}`)
}

/** The given rows, in that order. */
export function selectRows(table: Table, rows: ArrayLike<number>): Table {
  const indices = Array.from(rows)
  return made({
    names: table.names,
    columns: table.columns.map((column) => indices.map((i) => column[i])),
    rows: indices.length,
    where: (row) => table.where(indices[row]),
  })
}

function sliceRows(table: Table, from: number, to: number): Table {
  const columns = table.columns.map((column) => column.slice(from, to))
  const rows = columns[0]?.length ?? 0
  const first = from < 0 ? Math.max(0, table.rows + from) : from
  return made({ names: table.names, columns, rows, where: (row) => table.where(row + first) })
}

async function fromCsv(path: string, operation: string): Promise<Table> {
  const { names, columns, lines } = await readCsv(path, operation)
  const where = (row: number) => `line ${lines[row]} of ${fileName(path)}`
  const table = made({ names, columns: [], rows: lines.length, where })
  checkNames(names, operation)
  names.forEach((name, j) => {
    table.columns.push(parseColumn(columns[j], name, table, operation))
  })
  return table
}

/** Numbers become numbers. Infinity is refused in a column that holds numbers; elsewhere the text is a word. */
function parseColumn(texts: string[], name: string, table: Table, operation: string): Cell[] {
  const cells = texts.map((text): Cell => (missing.has(text.toLowerCase()) ? null : (cellNumber(text) ?? text)))
  if (!cells.some((cell) => typeof cell === 'number')) return cells
  const row = cells.findIndex((cell) => typeof cell === 'string' && (infinite.test(cell) || decimal.test(cell)))
  if (row >= 0) throw cellError(operation, table, row, name, `got "${cells[row]}", expected a finite number`)
  return cells
}

function fromObjects(objects: readonly unknown[], operation: string): Table {
  const columns = new Map<string, unknown[]>()
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]
    if (!isObject(object) || object instanceof Date || ArrayBuffer.isView(object)) {
      throw new PsilonError(
        'ERR_DATA',
        `[${operation}] row index ${i} of the table is ${show(object)}, expected an object`,
      )
    }
    for (const name of Object.keys(object)) {
      const column = columns.get(name) ?? new Array(objects.length).fill(null)
      column[i] = object[name]
      columns.set(name, column)
    }
  }
  return fromValues([...columns.keys()], [...columns.values()], objects.length, operation)
}

function fromColumns(object: Record<string, unknown>, operation: string): Table {
  const names = Object.keys(object)
  const columns = names.map((name) => {
    const column = object[name]
    if (Array.isArray(column) || (ArrayBuffer.isView(column) && !(column instanceof DataView))) {
      return column as ArrayLike<unknown>
    }
    throw new PsilonError('ERR_DATA', `[${operation}] column "${name}" is ${show(column)}, expected an array`)
  })
  const rows = columns[0]?.length ?? 0
  columns.forEach((column, j) => {
    if (column.length === rows) return
    const lengths = `column "${names[j]}" has ${column.length} rows, column "${names[0]}" has ${rows}`
    throw new PsilonError('ERR_SHAPE', `[${operation}] ${lengths}`)
  })
  return fromValues(names, columns, rows, operation)
}

function fromValues(names: string[], columns: ArrayLike<unknown>[], rows: number, operation: string): Table {
  checkNames(names, operation)
  if (rows === 0 || names.length === 0)
    throw new PsilonError('ERR_DATA', `[${operation}] the table is empty, ${expected}`)
  const table = made({ names, columns: [], rows, where: (row) => `row index ${row}` })
  table.columns = columns.map((column, j) =>
    Array.from(column, (value, i) => toCell(value, i, names[j], table, operation)),
  )
  return table
}

function toCell(value: unknown, row: number, name: string, table: Table, operation: string): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return missing.has(value.trim().toLowerCase()) ? null : value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const wanted =
    typeof value === 'number' ? 'a finite number, or null for a missing value' : 'a number, text, boolean or null'
  throw cellError(operation, table, row, name, `got ${show(value)}, expected ${wanted}`)
}

function checkNames(names: string[], operation: string): void {
  for (const name of names) {
    if (name !== '' && name !== '__proto__') continue
    throw new PsilonError('ERR_DATA', `[${operation}] "${name}" cannot be the name of a column`)
  }
}

import { reading, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { isArray, isPlainObject } from '../realms.js'
import { arrowCells } from './arrow.js'
import { isDate, textOfDate, wholeNumbers } from './values.js'

/**
 * Tables of other libraries, told by their shape: a plain object is never one, because its properties are columns.
 * None of the libraries is needed here.
 */

/** A Table or a RecordBatch of Apache Arrow. */
export interface ArrowTable {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: unknown }[] }
  getChildAt(index: number): unknown
}

/** A DataFrame of polars. */
export interface PolarsDataFrame {
  readonly columns: string[]
  readonly height: number
  getColumn(name: string): unknown
}

/** A DataFrame of danfo. */
export interface DanfoDataFrame {
  readonly columns: string[]
  readonly shape: number[]
  readonly values: unknown[]
}

/** A reader or a result of DuckDB (`@duckdb/node-api`). */
export interface DuckDbResult {
  columnNames(): string[]
  getColumns(): unknown
}

export type ForeignTable = ArrowTable | PolarsDataFrame | DanfoDataFrame | DuckDbResult

type Named = readonly (readonly [name: string, cells: unknown[]])[]

/** The columns of another library's table; undefined for anything else. @throws Refusal ERR_DATA for equal names. */
export function foreignColumns(table: unknown): Map<string, unknown[]> | undefined {
  if (!isInstance(table)) return undefined
  if (isArrow(table)) return byName(ofArrow(table))
  if (isPolars(table)) return byName(ofPolars(table))
  if (isDanfo(table)) return byName(ofDanfo(table))
  return isDuckDb(table) ? byName(ofDuckDb(table)) : undefined
}

/** Whether `foreignColumns` has columns of it, by its shape alone. */
export const isForeign = (table: unknown): boolean =>
  isInstance(table) && [isArrow, isPolars, isDanfo, isDuckDb].some((is) => is(table))

const isInstance = (table: unknown): table is object =>
  typeof table === 'object' && table !== null && !isArray(table) && !isPlainObject(table)

function isArrow(table: object): table is ArrowTable {
  const { numRows, schema, getChildAt } = table as Partial<ArrowTable>
  return typeof numRows === 'number' && typeof getChildAt === 'function' && isArray(schema?.fields)
}

function isPolars(table: object): table is PolarsDataFrame {
  const { columns, height, getColumn } = table as Partial<PolarsDataFrame>
  return typeof getColumn === 'function' && typeof height === 'number' && isArray(columns)
}

function isDanfo(table: object): table is DanfoDataFrame {
  const { columns, shape, values } = table as Partial<DanfoDataFrame>
  return isArray(columns) && isArray(shape) && shape.length === 2 && isArray(values)
}

/** A result of DuckDB whose rows are still to come. */
export function isDuckDb(table: unknown): table is DuckDbResult {
  if (!isInstance(table)) return false
  const { columnNames, getColumns } = table as Partial<DuckDbResult>
  return typeof columnNames === 'function' && typeof getColumns === 'function'
}

/** The columns of a result of DuckDB, whose other rows are read first. @throws Refusal ERR_DATA, also if reading fails. */
export async function columnsOfDuckDb(result: DuckDbResult): Promise<Map<string, unknown[]>> {
  try {
    const { readAll } = result as { readAll?: unknown }
    if (typeof readAll === 'function') await readAll.call(result)
    const columns = await result.getColumns()
    return byName(duckDbColumns(result, columns))
  } catch (cause) {
    return reading('ERR_DATA', 'the table', () => {
      throw cause
    })
  }
}

function byName(columns: Named): Map<string, unknown[]> {
  const all = new Map<string, unknown[]>()
  for (const [name, cells] of columns) {
    if (all.has(name)) throw new Refusal('ERR_DATA', `the table has two columns "${name}"`)
    all.set(name, wholeNumbers(cells.map((cell) => (isDate(cell) ? (textOfDate(cell) ?? cell) : cell))))
  }
  return all
}

const ofArrow = (table: ArrowTable): Named =>
  table.schema.fields.map(({ name, type }, j) => [name, arrowCells(table.getChildAt(j), type, table.numRows)])

function ofPolars(table: PolarsDataFrame): Named {
  return table.columns.map((name) => {
    const series = table.getColumn(name) as { toArray?: () => ArrayLike<unknown> } | undefined
    if (typeof series?.toArray === 'function') return [name, Array.from(series.toArray())]
    throw new Refusal('ERR_DATA', `column "${name}" is ${show(series)}, expected a series with toArray()`)
  })
}

function ofDanfo({ columns, values }: DanfoDataFrame): Named {
  const rows = values as unknown[][]
  return columns.map((name, j) => [String(name), rows.map((row) => (isArray(row) ? row[j] : row))])
}

function ofDuckDb(table: DuckDbResult): Named {
  if ((table as { done?: boolean }).done !== true) {
    throw new Refusal('ERR_DATA', 'the result has rows that were not read yet; read it first: await readTable(result)')
  }
  return duckDbColumns(table, table.getColumns())
}

function duckDbColumns(result: DuckDbResult, columns: unknown): Named {
  const names = result.columnNames()
  const all = columns as unknown[][]
  return names.map((name, j) => [name, Array.from(all[j] ?? [])]) // without rows there are no columns
}

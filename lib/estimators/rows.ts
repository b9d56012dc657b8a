import { reading, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { isUrl } from '../io/random-access.js'
import { isArray, isRecord, isTypedArray } from '../realms.js'
import { isDuckDb, isForeign } from '../tables/foreign.js'
import type { Reading } from '../tables/read-options.js'
import { isSource } from '../tables/source.js'
import { isStream } from '../tables/stream.js'
import { isTable, type Table, tableOfValues, type ValuesInput } from '../tables/table.js'

/** Rows to predict: rows and columns in memory, or what readTable gave; never a path. */
export type RowsInput = ValuesInput | Table

/** The same, or one of its rows: an object of cells by column. */
export type RowOrRows = RowsInput | object

/** Rows; an object is one row unless it is a table of another library or all its values are arrays, and so columns. */
export function rowsOf(input: unknown): unknown {
  if (isTable(input) || isArray(input) || !isRecord(input)) return input
  const isRow = reading('ERR_DATA', 'the table', () => {
    return !isStream(input) && !isForeign(input) && !isColumns(Object.values(input))
  })
  return isRow ? [input] : input
}

const isColumns = (values: readonly unknown[]): boolean =>
  values.length > 0 && values.every((value) => isArray(value) || isTypedArray(value))

const expected = 'expected rows, columns, a table of another library or what readTable gave'

/** @throws Refusal ERR_OPTION for a path, bytes or a stream, ERR_DATA for anything else that is no rows. */
export function tableOfRows(input: unknown, texts: Reading): Table {
  const given = reading('ERR_DATA', 'the table', () => unread(input))
  if (given === undefined) return tableOfValues(input, texts, expected)
  const remedy = 'read it first: await readTable(input, model.reading)'
  throw new Refusal('ERR_OPTION', `takes rows, columns or what readTable gave, got ${given}; ${remedy}`)
}

/** What has to be read before it is a table. */
function unread(input: unknown): string | undefined {
  if (typeof input === 'string') return show(input)
  if (isSource(input)) return isUrl(input) ? 'a URL' : 'bytes'
  return isStream(input) && !isDuckDb(input) ? 'a stream' : undefined
}

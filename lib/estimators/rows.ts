import { reading, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { isArray, isRecord, isTypedArray } from '../realms.js'
import type { Reading } from '../tables/read-options.js'
import { isSource } from '../tables/source.js'
import { isTable, type Table, type TableInput, tableOfValues } from '../tables/table.js'

/** Rows to predict: an array of objects, an object of columns, or what readTable gave; never a path. */
export type RowsInput = Exclude<TableInput, string | URL> | Table

/** The same, or one of its rows: an object of cells by column. */
export type RowOrRows = RowsInput | object

/** Rows; an object is one row unless all its values are arrays, and so columns. */
export function rowsOf(input: unknown): unknown {
  if (isTable(input) || isArray(input) || !isRecord(input)) return input
  const values = reading('ERR_DATA', 'the table', () => Object.values(input))
  const isColumns = values.length > 0 && values.every((value) => isArray(value) || isTypedArray(value))
  return isColumns ? input : [input]
}

const expected = 'expected an array of objects, an object of columns or what readTable gave'

/** @throws Refusal ERR_OPTION for a path, ERR_DATA for anything else that is no rows. */
export function tableOfRows(input: unknown, texts: Reading): Table {
  if (!isSource(input)) return tableOfValues(input, texts, expected)
  const given = typeof input === 'string' ? show(input) : 'a URL'
  const remedy = 'read a file first: await readTable(path, model.reading)'
  throw new Refusal('ERR_OPTION', `takes rows, columns or what readTable gave, got ${given}; ${remedy}`)
}

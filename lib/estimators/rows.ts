import { show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import type { Reading } from '../tables/read-options.js'
import { isSource } from '../tables/source.js'
import { type Table, type TableInput, tableOfValues } from '../tables/table.js'

/** Rows to predict: an array of objects, an object of columns, or what readTable gave; never a path. */
export type RowsInput = Exclude<TableInput, string | URL> | Table

const expected = 'expected an array of objects, an object of columns or what readTable gave'

/** @throws Refusal ERR_OPTION for a path, ERR_DATA for anything else that is no rows. */
export function tableOfRows(input: unknown, reading: Reading): Table {
  if (!isSource(input)) return tableOfValues(input, reading, expected)
  const given = typeof input === 'string' ? show(input) : 'a URL'
  const remedy = 'read a file first: await readTable(path, model.reading)'
  throw new Refusal('ERR_OPTION', `takes rows, columns or what readTable gave, got ${given}; ${remedy}`)
}

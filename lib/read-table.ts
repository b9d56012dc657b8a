import { runOperation } from './errors/operation.js'
import { Refusal } from './errors/refusal.js'
import { isReadingOfModel, type ReadOptions, readingOf } from './tables/read-options.js'
import { isTable, readTable as readFor, requireDateColumns, type Table, type TableInput } from './tables/table.js'

/**
 * Reads a table once, for several calls: the path or URL of a CSV file (plain or gzip), a Parquet file or a pipe, the
 * bytes of a file or a stream of them, an array or an iterator of objects, an object of columns, or a table of Apache
 * Arrow, DuckDB, polars or danfo. Parts of it are `table.slice(from, to)`. Cells are checked when a column is used.
 *
 * @throws PsilonError ERR_FILE if the file cannot be read, ERR_DATA or ERR_SHAPE if it is not a table, ERR_MEMORY if
 * it is too large, ERR_OPTION for wrong options, names of `dates` that are not columns, or any option if the table was read before.
 */
export function readTable(table: TableInput | Table, options?: ReadOptions): Promise<Table> {
  return runOperation('readTable', readTable, async () => {
    const reading = readingOf(options)
    if (isTable(table) && options !== undefined) {
      throw new Refusal('ERR_OPTION', 'options are given, but the table was read before')
    }
    const read = await readFor(table, reading)
    if (!isReadingOfModel(options)) requireDateColumns(read)
    return read
  })
}

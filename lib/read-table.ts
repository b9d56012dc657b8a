import { isTable, readTable as readFor, type Table, type TableInput } from './data/table.js'

/**
 * Reads and checks a table once, for several calls: the path of a CSV file (plain or gzip), an array of objects, or an
 * object of columns. Parts of it are `table.slice(from, to)`.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_DATA for a cell or a shape that no table has.
 */
export async function readTable(table: TableInput | Table): Promise<Table> {
  return isTable(table) ? table : readFor(table, 'readTable')
}

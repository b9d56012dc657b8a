import type { ColumnMetaData, RowGroup, SchemaTree } from 'hyparquet'
import { Refusal } from '../../errors/refusal.js'
import { MemoryGauge } from '../../machine/devices.js'
import type { FileTable } from '../file.js'
import { wholeNumbers } from '../values.js'
import type { ParquetBytes } from './bytes.js'
import { readerOf, unreadable } from './columns.js'
import { readFooter } from './footer.js'
import { readCells } from './values.js'

/** The column that pandas writes for an index of its own. */
const pandasIndex = /^__index_level_\d+__$/

/**
 * Reads a Parquet file, one column of a row group at a time.
 *
 * @throws Refusal ERR_FILE if it is damaged, with the column and row group, ERR_DATA if it is not a table, ERR_MEMORY.
 */
export async function readParquet(name: string, file: ParquetBytes): Promise<FileTable> {
  const { groups, rows, columns } = await intact(`${name} is not a whole Parquet file`, () => readFooter(file))
  const kept = columns.filter(({ element }) => !pandasIndex.test(element.name))
  refuseOdd(name, kept.map(nameOf), rows)
  const gauge = new MemoryGauge(`${name} is read whole, and`)
  const cells: unknown[][] = kept.map(() => [])
  for (const [g, group] of groups.entries()) {
    for (const [j, column] of kept.entries()) {
      const place = `${name}, column "${nameOf(column)}", row group ${g + 1}`
      await intact(place, () => readChunk(file, { group, column, gauge, into: cells[j] }))
    }
  }
  const notes = columns
    .filter((column) => !kept.includes(column))
    .map(({ element }) => `the column ${element.name} is left out as an index of the rows`)
  return {
    names: kept.map(nameOf),
    columns: cells.map(wholeNumbers),
    rows,
    notes,
    where: (row) => `row index ${row} of ${name}`,
  }
}

/** As in a CSV file, without blanks around it. */
const nameOf = ({ element }: SchemaTree): string => element.name.trim()

function refuseOdd(name: string, names: readonly string[], rows: number): void {
  const repeated = names.find((each, k) => names.indexOf(each) < k)
  if (repeated !== undefined) throw new Refusal('ERR_DATA', `${name} calls two columns "${repeated}"`)
  if (names.length === 0) throw new Refusal('ERR_DATA', `${name} has no columns`)
  if (rows === 0) throw new Refusal('ERR_DATA', `${name} has columns, but no rows`)
}

/** What reading throws besides refusals is damage; errors of the system have a code. */
async function intact<T>(place: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof Refusal || (cause as NodeJS.ErrnoException).syscall !== undefined) throw cause
    const { name, message } = cause as Error
    throw new Refusal('ERR_FILE', `${place}: ${name === 'Error' ? message : 'it is damaged'}`, { cause })
  }
}

interface Chunk {
  gauge: MemoryGauge
  group: RowGroup
  column: SchemaTree
  /** Takes the cells. */
  into: unknown[]
}

/** Reads a column of a row group. */
async function readChunk(file: ParquetBytes, { group, column, gauge, into }: Chunk): Promise<void> {
  const rows = Number(group.num_rows)
  gauge.add(8 * rows)
  const nested = nestedKind(column)
  if (nested !== undefined) {
    for (let row = 0; row < rows; row++) into.push(unreadable[nested])
    return
  }
  if (rows === 0) return
  const chunk = chunkOf(group, column)
  const { codec, bytes } = await bytesOf(file, chunk)
  gauge.add(bytes.length)
  await readCells({ codec, bytes, element: column.element, rows, read: readerOf(column.element), gauge, into })
  gauge.add(-bytes.length)
}

function nestedKind({ element, children }: SchemaTree): keyof typeof unreadable | undefined {
  const kind = element.logical_type?.type ?? element.converted_type
  if (kind === 'LIST' || element.repetition_type === 'REPEATED') return 'list'
  if (kind === 'MAP') return 'map'
  return children.length > 0 ? 'struct' : undefined
}

function chunkOf({ columns }: RowGroup, { element: { name, type } }: SchemaTree): ColumnMetaData {
  const about = columns.find(({ meta_data: about }) => about?.path_in_schema[0] === name)?.meta_data
  if (about === undefined) throw new Error('its values are in no column, or encrypted')
  if (about.type !== type) throw new Error(`its values are not of its type ${type}`)
  return about
}

/** The bytes of a column chunk, and their codec. */
async function bytesOf(file: ParquetBytes, about: ColumnMetaData) {
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: size, codec } = about
  const start = Number(dictionary !== undefined && dictionary > 0 && dictionary < data ? dictionary : data)
  return { codec, bytes: new Uint8Array(await file.slice(start, start + Number(size))) }
}

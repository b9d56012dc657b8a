import type { ColumnChunk, FileMetaData, RowGroup, SchemaElement, SchemaTree } from 'hyparquet'
import { Refusal } from '../../errors/refusal.js'
import { MemoryGauge } from '../../machine/devices.js'
import type { FileTable } from '../file.js'
import { wholeNumbers } from '../values.js'
import type { ParquetBytes } from './bytes.js'
import { readerOf, unreadable } from './columns.js'
import { checkPages } from './pages.js'

/** The column that pandas writes for an index of its own. */
const pandasIndex = /^__index_level_\d+__$/

interface Context {
  name: string
  file: ParquetBytes
  /** Its schema has physical types alone: psilon converts values itself, without loss. */
  metadata: FileMetaData
  gauge: MemoryGauge
}

/**
 * Reads a Parquet file, one column of a row group at a time.
 *
 * @throws Refusal ERR_FILE if it is damaged, with the column and row group, ERR_DATA if it is not a table, ERR_MEMORY.
 */
export async function readParquet(name: string, file: ParquetBytes): Promise<FileTable> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet')
  const { metadata, columns } = await intact(`${name} is not a whole Parquet file`, async () => {
    const metadata = await parquetMetadataAsync(file, { geoparquet: false })
    return { metadata, columns: parquetSchema(metadata).children }
  })
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  const kept = columns.filter(({ element }) => !pandasIndex.test(element.name))
  refuseOdd(name, kept.map(nameOf), rows)
  const gauge = new MemoryGauge(`${name} is read whole, and`)
  const context = { name, file, gauge, metadata: { ...metadata, schema: metadata.schema.map(physical) } }
  const cells: unknown[][] = kept.map(() => [])
  for (const [g, group] of metadata.row_groups.entries()) {
    for (const [j, column] of kept.entries()) {
      const place = `${name}, column "${nameOf(column)}", row group ${g + 1}`
      await intact(place, () => readChunk(context, { group, column, into: cells[j] }))
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

const physical = (element: SchemaElement): SchemaElement =>
  element.num_children === undefined ? { ...element, converted_type: undefined, logical_type: undefined } : element

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
  group: RowGroup
  column: SchemaTree
  /** Takes the cells. */
  into: unknown[]
}

/** Reads a column of a row group. */
async function readChunk({ file, metadata, gauge }: Context, { group, column, into }: Chunk): Promise<void> {
  const rows = Number(group.num_rows)
  gauge.add(8 * rows)
  const nested = nestedKind(column)
  if (nested !== undefined) {
    for (let row = 0; row < rows; row++) into.push(unreadable[nested])
    return
  }
  if (rows === 0) return
  const chunk = chunkOf(group, column.element.name)
  const bytes = await bytesOf(file, chunk)
  const unpacked = checkPages(bytes.all, rows)
  gauge.add(unpacked)
  const before = into.length
  const parts: Iterable<unknown>[] = []
  const read = withTexts(readerOf(column.element), gauge)
  const { parquetRead } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  await parquetRead({
    file: bytes,
    metadata: { ...metadata, num_rows: group.num_rows, row_groups: [{ ...group, columns: [chunk] }] },
    columns: [column.element.name],
    compressors,
    utf8: false,
    parsers: { timestampFromNanoseconds: (value) => value as never },
    onChunk: ({ columnData }) => void parts.push(columnData), // what it throws would be lost
  })
  for (const values of parts) {
    for (const value of values) into.push(value === null || value === undefined ? null : read(value as never))
  }
  gauge.add(-unpacked)
  const count = into.length - before
  if (count !== rows) throw new Error(`${count} values were read, the row group has ${rows} rows`)
}

function nestedKind({ element, children }: SchemaTree): keyof typeof unreadable | undefined {
  const kind = element.logical_type?.type ?? element.converted_type
  if (kind === 'LIST' || element.repetition_type === 'REPEATED') return 'list'
  if (kind === 'MAP') return 'map'
  return children.length > 0 ? 'struct' : undefined
}

function chunkOf({ columns }: RowGroup, name: string): ColumnChunk {
  const chunk = columns.find(({ meta_data: about }) => about?.path_in_schema[0] === name)
  if (chunk === undefined) throw new Error('its values are in no column, or encrypted')
  return chunk
}

/** The bytes of a column chunk, as part of the file. */
async function bytesOf(
  file: ParquetBytes,
  { meta_data: about }: ColumnChunk,
): Promise<ParquetBytes & { all: ArrayBuffer }> {
  if (about === undefined) throw new Error('its values are in no column, or encrypted')
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: size } = about
  const start = Number(dictionary !== undefined && dictionary > 0 && dictionary < data ? dictionary : data)
  const all = await file.slice(start, start + Number(size))
  return {
    all,
    byteLength: file.byteLength,
    async slice(from, to = file.byteLength) {
      const held = from >= start && to <= start + all.byteLength
      return held ? all.slice(from - start, to - start) : await file.slice(from, to)
    },
  }
}

/** Reads each text of a dictionary once; counts texts. */
function withTexts(read: (value: never) => unknown, gauge: MemoryGauge): (value: never) => unknown {
  const known = new Map<unknown, unknown>()
  return (value) => {
    if (typeof value !== 'object') return read(value)
    let cell = known.get(value)
    if (cell === undefined) {
      cell = read(value)
      known.set(value, cell)
      if (typeof cell === 'string') gauge.add(48 + cell.length)
    }
    return cell
  }
}

import type { RowGroup, SchemaTree } from 'hyparquet'
import type { ParquetBytes } from './bytes.js'
import { ThriftReader } from './thrift.js'

/** What the end of a file tells: its row groups and columns. */
export interface Footer {
  groups: readonly RowGroup[]
  columns: readonly SchemaTree[]
  /** Of all row groups. */
  rows: number
}

/** Bytes behind the metadata: their length and the mark. */
const tail = 8

/** Reads the metadata at the end of a file. Throws an Error with the reason if it is damaged. */
export async function readFooter(file: ParquetBytes): Promise<Footer> {
  const { parquetMetadata, parquetSchema } = await import('hyparquet')
  const metadata = parquetMetadata(await metadataOf(file))
  const [, ...elements] = metadata.schema // the first is the root
  if (elements.some(({ name, repetition_type }) => name === undefined || repetition_type === undefined)) {
    throw new Error('a column has no name or no repetition')
  }
  const schema = parquetSchema(metadata)
  if (schema.count !== metadata.schema.length) throw new Error('its columns are not all in its schema')
  const groups = metadata.row_groups
  const rows = groups.reduce((sum, { num_rows }) => sum + rowsIn(num_rows), 0)
  if (rows !== rowsIn(metadata.num_rows)) {
    throw new Error(`its row groups have ${rows} rows, the file ${metadata.num_rows}`)
  }
  return { groups, columns: schema.children, rows }
}

/** The metadata, to the end of the file; with integers of bounded length, which hyparquet does not check. */
async function metadataOf(file: ParquetBytes): Promise<ArrayBuffer> {
  const { byteLength: size } = file
  if (size < tail) throw new Error('it is too short')
  const end = Buffer.from(await file.slice(size - tail))
  if (end.toString('latin1', 4) !== 'PAR1') throw new Error('its last bytes are not PAR1')
  const length = end.readUInt32LE(0)
  if (length > size - tail) throw new Error(`metadata of ${length} bytes, where ${size - tail} are`)
  const bytes = await file.slice(size - tail - length)
  new ThriftReader(new Uint8Array(bytes, 0, length)).struct()
  return bytes
}

function rowsIn(count: bigint): number {
  const rows = Number(count)
  if (Number.isSafeInteger(rows) && rows >= 0) return rows
  throw new Error('a count of rows is not valid')
}

import type { CompressionCodec, SchemaElement } from 'hyparquet'
import type { MemoryGauge } from '../../machine/devices.js'
import type { ReadValue } from './columns.js'
import { readAfterLengths, readDeltas, readPrefixed } from './delta.js'
import { type Page, pagesOf, partsOf } from './pages.js'
import { readPlain, readSplit, type Stored, type StoredType } from './plain.js'
import { ByteReader } from './reader.js'
import { readRuns } from './runs.js'
import { unpackerOf } from './unpack.js'

/** Numbers of encodings (parquet.thrift). */
const encodings = {
  plain: 0,
  plainDictionary: 2,
  runs: 3,
  deltas: 5,
  afterLengths: 6,
  prefixed: 7,
  dictionary: 8,
  split: 9,
} as const

interface Chunk {
  bytes: Uint8Array
  codec: CompressionCodec
  element: SchemaElement
  rows: number
  /** The cell of a value. */
  read: ReadValue
  gauge: MemoryGauge
  /** Takes the cells, null for those without a value. */
  into: unknown[]
}

/**
 * Reads the cells of a flat column in one row group. Each loop is bounded by the values of a page, which are those of the row
 * group at most, or by the bytes of the page. Throws an Error with the reason if the bytes are damaged.
 */
export async function readCells(chunk: Chunk): Promise<void> {
  const { bytes, codec, element, rows, gauge } = chunk
  const unpack = await unpackerOf(codec)
  let dictionary: unknown[] | undefined
  for (const page of pagesOf(bytes, rows)) {
    gauge.add(page.unpacked)
    if (page.kind === 'dictionary') {
      dictionary = cellsOf(chunk, readDictionary(page, unpack(page.bytes, page.unpacked), element))
    } else {
      const { levels, values } = partsOf(page, unpack, element.repetition_type === 'OPTIONAL')
      readPage(chunk, { page, levels, values, dictionary })
    }
    gauge.add(-page.unpacked)
  }
}

function readDictionary({ values, encoding }: Page, bytes: Uint8Array, element: SchemaElement): Stored[] {
  if (encoding !== encodings.plain && encoding !== encodings.plainDictionary) throw unknownEncoding(encoding)
  return whole(new ByteReader(bytes), (reader) => readPlain(reader, element, values))
}

interface Parts {
  page: Page
  levels: Uint8Array
  values: ByteReader
  dictionary: unknown[] | undefined
}

function readPage(chunk: Chunk, { page, levels, values, dictionary }: Parts): void {
  const optional = chunk.element.repetition_type === 'OPTIONAL'
  const present = optional ? readRuns(new ByteReader(levels), 1, page.values) : undefined
  const count = present === undefined ? page.values : present.reduce((sum, one) => sum + one, 0)
  if (page.second !== undefined && page.second.nulls !== page.values - count) {
    throw new Error(`a page has ${page.values - count} nulls, its header says ${page.second.nulls}`)
  }
  const cells = count === 0 ? [] : cellsOfPage(chunk, { page, values, dictionary, count })
  let next = 0
  for (let k = 0; k < page.values; k++)
    chunk.into.push(present === undefined || present[k] === 1 ? cells[next++] : null)
}

type Coded = Pick<Parts, 'page' | 'values' | 'dictionary'> & { count: number }

function cellsOfPage(chunk: Chunk, { page: { encoding }, values, dictionary, count }: Coded): unknown[] {
  if (encoding !== encodings.dictionary && encoding !== encodings.plainDictionary) {
    return cellsOf(
      chunk,
      whole(values, () => readStored(chunk, { values, encoding, count })),
    )
  }
  if (dictionary === undefined) throw new Error('a page needs a dictionary, and there is none')
  return Array.from(readRuns(values, values.byte(), count), (index) => {
    if (index < dictionary.length) return dictionary[index]
    throw new Error(`value ${index} of a dictionary of ${dictionary.length}`)
  })
}

function readStored(
  { element, gauge }: Chunk,
  { values, encoding, count }: { values: ByteReader; encoding: number; count: number },
): Stored[] {
  const { type }: StoredType = element
  if (encoding === encodings.plain) return readPlain(values, element, count)
  if (encoding === encodings.split && type !== 'BOOLEAN' && type !== 'BYTE_ARRAY')
    return readSplit(values, element, count)
  if (encoding === encodings.runs && type === 'BOOLEAN') {
    return Array.from(readRuns(new ByteReader(values.take(values.uint32())), 1, count), (bit) => bit === 1)
  }
  if (encoding === encodings.deltas && type === 'INT64') return Array.from(readDeltas(values, count))
  if (encoding === encodings.deltas && type === 'INT32') {
    return Array.from(readDeltas(values, count), (value) => Number(BigInt.asIntN(32, value)))
  }
  if (encoding === encodings.afterLengths && type === 'BYTE_ARRAY') return readAfterLengths(values, count)
  if (encoding === encodings.prefixed && (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY')) {
    return readPrefixed(values, count, (bytes) => gauge.add(bytes))
  }
  throw unknownEncoding(encoding)
}

const unknownEncoding = (encoding: number) => new Error(`values in the encoding ${encoding}, which cannot be read here`)

/** What is read must be all that is there. */
function whole<T>(reader: ByteReader, read: (reader: ByteReader) => T): T {
  const values = read(reader)
  if (reader.left > 0) throw new Error(`${reader.left} bytes are left after the values of a page`)
  return values
}

function cellsOf({ read, gauge }: Chunk, values: readonly Stored[]): unknown[] {
  return values.map((value) => {
    const cell = read(value as never)
    if (typeof cell === 'string') gauge.add(48 + cell.length)
    return cell
  })
}

import { type Struct, ThriftReader } from './thrift.js'

/** Types of pages, and the fields of a page's header (parquet.thrift). */
const types = { data: 0, dictionary: 2, dataV2: 3 } as const
const fields = { type: 1, unpacked: 2, packed: 3, data: 5, dictionary: 7, dataV2: 8 } as const
/** Fields of the headers of each type. */
const ofType = { values: 1, rows: 3 } as const

/**
 * Checks the pages of a column chunk before their values are read: a damaged file must not ask for more values than the
 * row group has. Returns the bytes of all pages when they are unpacked.
 *
 * @param rows rows of the row group. Throws an Error with the reason.
 */
export function checkPages(chunk: ArrayBuffer, rows: number): number {
  const reader = new ThriftReader(chunk)
  let [values, unpacked] = [0, 0]
  while (values < rows && reader.at < chunk.byteLength) {
    const page = pageOf(reader.struct())
    if (page.packed > chunk.byteLength - reader.at) throw new Error('a page is longer than its column')
    reader.at += page.packed
    unpacked += page.unpacked
    values += page.rows
  }
  if (values !== rows) throw new Error(`the pages have ${values} values, the row group has ${rows} rows`)
  return unpacked
}

interface Page {
  /** Bytes. */
  packed: number
  unpacked: number
  /** None if it is a dictionary. */
  rows: number
}

function pageOf(header: Struct): Page {
  const type = header.get(fields.type)
  const [packed, unpacked] = [sizeIn(header, fields.packed), sizeIn(header, fields.unpacked)]
  if (type === types.data) return { packed, unpacked, rows: sizeIn(structIn(header, fields.data), ofType.values) }
  if (type === types.dataV2) {
    const own = structIn(header, fields.dataV2)
    const [values, rows] = [sizeIn(own, ofType.values), sizeIn(own, ofType.rows)]
    if (values !== rows) throw new Error(`a page has ${values} values in ${rows} rows`)
    return { packed, unpacked, rows }
  }
  if (type !== types.dictionary) throw new Error('a page is of an unknown type')
  const values = sizeIn(structIn(header, fields.dictionary), ofType.values)
  if (values > unpacked) throw new Error(`a dictionary of ${unpacked} bytes cannot hold ${values} values`)
  return { packed, unpacked, rows: 0 }
}

function structIn(header: Struct, field: number): Struct {
  const value = header.get(field)
  if (typeof value === 'object') return value
  throw new Error('a page has no header of its type')
}

function sizeIn(header: Struct, field: number): number {
  const value = header.get(field)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Error('a page has no valid size')
}

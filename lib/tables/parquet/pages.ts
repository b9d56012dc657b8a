import { ByteReader } from './reader.js'
import { type Struct, ThriftReader } from './thrift.js'

/** Types of pages, and the fields of a page's header (parquet.thrift). */
const types = { data: 0, dictionary: 2, dataV2: 3 } as const
const fields = { type: 1, unpacked: 2, packed: 3, data: 5, dictionary: 7, dataV2: 8 } as const
const dataFields = { values: 1, encoding: 2, levels: 3 } as const
const dataV2Fields = { values: 1, nulls: 2, rows: 3, encoding: 4, levels: 5, repetitions: 6, packed: 7 } as const

/** A page of a column chunk, as its header tells. */
export interface Page {
  /** Those that follow the header. */
  bytes: Uint8Array
  /** How many bytes they are when they are unpacked. */
  unpacked: number
  kind: 'data' | 'dictionary'
  /** Values, nulls among them. */
  values: number
  /** Number of the encoding. */
  encoding: number
  /** Only of the first version of data pages: number of the encoding of the levels. */
  levelEncoding?: number
  /** Only of the second version of data pages. */
  second?: { nulls: number; levelBytes: number; packed: boolean }
}

/**
 * The pages of a column chunk that have its rows together. No page has more values than are left, so a damaged file
 * cannot ask for more values than the row group has. Throws an Error with the reason.
 *
 * @param rows rows of the row group.
 */
export function pagesOf(chunk: Uint8Array, rows: number): Page[] {
  const reader = new ThriftReader(chunk)
  const pages: Page[] = []
  let values = 0
  while (values < rows && reader.left > 0) {
    const header = reader.struct()
    const packed = sizeIn(header, fields.packed)
    if (packed > reader.left) throw new Error('a page is longer than its column')
    const page = pageOf(header, reader.take(packed))
    if (page.kind === 'data') values += page.values
    pages.push(page)
    if (values > rows) break
  }
  if (values !== rows) throw new Error(`the pages have ${values} values, the row group has ${rows} rows`)
  return pages
}

function pageOf(header: Struct, bytes: Uint8Array): Page {
  const type = header.get(fields.type)
  const common = { bytes, unpacked: sizeIn(header, fields.unpacked) }
  if (type === types.data) {
    const own = structIn(header, fields.data)
    const [values, encoding] = [sizeIn(own, dataFields.values), sizeIn(own, dataFields.encoding)]
    return { ...common, kind: 'data', values, encoding, levelEncoding: sizeIn(own, dataFields.levels) }
  }
  if (type === types.dataV2) return { ...common, ...secondOf(structIn(header, fields.dataV2)) }
  if (type !== types.dictionary) throw new Error('a page is of an unknown type')
  const own = structIn(header, fields.dictionary)
  const [values, encoding] = [sizeIn(own, dataFields.values), sizeIn(own, dataFields.encoding)]
  if (values > 8 * common.unpacked) {
    throw new Error(`a dictionary of ${common.unpacked} bytes cannot hold ${values} values`)
  }
  return { ...common, kind: 'dictionary', values, encoding }
}

function secondOf(own: Struct): Omit<Page, 'bytes' | 'unpacked'> {
  const [values, nulls, rows] = [
    sizeIn(own, dataV2Fields.values),
    sizeIn(own, dataV2Fields.nulls),
    sizeIn(own, dataV2Fields.rows),
  ]
  if (values !== rows) throw new Error(`a page has ${values} values in ${rows} rows`)
  if (sizeIn(own, dataV2Fields.repetitions) > 0) throw new Error('a page has lists, its column has none')
  const packed = own.get(dataV2Fields.packed) !== 0
  const second = { nulls, levelBytes: sizeIn(own, dataV2Fields.levels), packed }
  return { kind: 'data', values, encoding: sizeIn(own, dataV2Fields.encoding), second }
}

/** The bytes of the levels, which tell nulls, and of the values. */
export function partsOf(
  { bytes, unpacked, second, levelEncoding }: Page,
  unpack: (bytes: Uint8Array, size: number) => Uint8Array,
  optional: boolean,
): { levels: Uint8Array; values: ByteReader } {
  if (second !== undefined) {
    const reader = new ByteReader(bytes)
    const levels = reader.take(second.levelBytes)
    const [rest, size] = [reader.take(reader.left), unpacked - second.levelBytes]
    if (size < 0 || (!second.packed && rest.length !== size)) throw new Error('the sizes of a page do not agree')
    return { levels, values: new ByteReader(second.packed ? unpack(rest, size) : rest) }
  }
  const values = new ByteReader(unpack(bytes, unpacked))
  if (optional && levelEncoding !== runLengths) throw new Error('the encoding of its nulls is not known')
  return { levels: optional ? values.take(values.uint32()) : new Uint8Array(), values }
}

/** Number of the encoding RLE. */
const runLengths = 3

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

import type { SchemaElement } from 'hyparquet'
import { ByteReader } from './reader.js'

/** A value as it stands in the file: of BOOLEAN, INT32, INT64 and INT96, FLOAT and DOUBLE, or bytes. */
export type Stored = boolean | number | bigint | Uint8Array

/** Type of a column, and bytes of each value of a fixed length. */
export type StoredType = Pick<SchemaElement, 'type' | 'type_length'>

/** Day 0 of the calendar of INT96 is this many days before 1970-01-01. */
const julianDays = 2440588n
const nanosecondsOfDay = 86_400_000_000_000n

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)

/** How a value of fixed width is read. */
const fixed = {
  INT32: { width: 4, at: (view: DataView, at: number) => view.getInt32(at, true) },
  INT64: { width: 8, at: (view: DataView, at: number) => view.getBigInt64(at, true) },
  INT96: {
    width: 12,
    at: (view: DataView, at: number) =>
      (BigInt(view.getInt32(at + 8, true)) - julianDays) * nanosecondsOfDay + view.getBigInt64(at, true),
  },
  FLOAT: { width: 4, at: (view: DataView, at: number) => view.getFloat32(at, true) },
  DOUBLE: { width: 8, at: (view: DataView, at: number) => view.getFloat64(at, true) },
} as const

/** Reads `count` values one after another (PLAIN). */
export function readPlain(reader: ByteReader, { type, type_length }: StoredType, count: number): Stored[] {
  if (type === 'BOOLEAN') {
    const bytes = reader.take(Math.ceil(count / 8))
    return times(count, (k) => ((bytes[k >> 3] >> (k & 7)) & 1) === 1)
  }
  if (type === 'BYTE_ARRAY') return times(count, () => reader.take(reader.uint32()))
  if (type === 'FIXED_LEN_BYTE_ARRAY') {
    const width = fixedLength(type_length)
    const bytes = reader.take(count * width)
    return times(count, (k) => bytes.subarray(k * width, (k + 1) * width))
  }
  const { width, at } = fixed[type as keyof typeof fixed] ?? unknownType()
  const view = viewOf(reader.take(count * width))
  return times(count, (k) => at(view, k * width))
}

/** Reads `count` values whose first bytes stand before all second ones, and so on (BYTE_STREAM_SPLIT). */
export function readSplit(reader: ByteReader, type: StoredType, count: number): Stored[] {
  const width = fixed[type.type as keyof typeof fixed]?.width ?? fixedLength(type.type_length)
  const split = reader.take(count * width)
  const bytes = new Uint8Array(split.length)
  for (let k = 0; k < bytes.length; k++) bytes[k] = split[(k % width) * count + Math.floor(k / width)]
  return readPlain(new ByteReader(bytes), type, count)
}

function times<T>(count: number, value: (k: number) => T): T[] {
  const values: T[] = []
  for (let k = 0; k < count; k++) values.push(value(k))
  return values
}

function fixedLength(length: number | undefined): number {
  if (length !== undefined && length > 0) return length
  throw new Error('values of a fixed length that is not given')
}

function unknownType(): never {
  throw new Error('values of an unknown type')
}

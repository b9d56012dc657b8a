import type { SchemaElement } from 'hyparquet'
import { dayText, momentText, timeText } from '../dates.js'
import { decimalOf } from '../values.js'

const objectNamed = (name: string): object => Object.create({ constructor: { name } })

/** What stands in cells that hold something other than one value; messages give its name. */
export const unreadable = {
  list: objectNamed('list'),
  map: objectNamed('map'),
  struct: objectNamed('struct'),
  bytes: objectNamed('bytes'),
}

type Bytes = Uint8Array
/** A value as it stands in the file: of BOOLEAN, INT32, INT64 and INT96, FLOAT and DOUBLE, or bytes. */
type Stored = boolean | number | bigint | Bytes

/** The cell of a stored value that is not null. */
export type ReadValue = (value: never) => unknown

/**
 * How the values of a column become cells: numbers, booleans and texts. Dates and times become ISO texts.
 *
 * An element has its logical type, or in older files the converted type alone.
 */
export function readerOf({
  type,
  logical_type: logical,
  converted_type: converted,
  ...element
}: SchemaElement): ReadValue {
  const integer = (value: Stored) => (typeof value === 'object' ? signed(value) : BigInt(value as number | bigint))
  const kind = logical?.type ?? converted
  switch (kind) {
    case 'DECIMAL':
      return (value: Stored) => decimalOf(integer(value), element.scale ?? Object(logical).scale ?? 0)
    case 'DATE':
      return (value: number) => dayText(value) ?? `day ${value}`
    case 'TIMESTAMP':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return moment(Object(logical).unit ?? kind)
    case 'TIME':
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
      return (value: Stored) => timeText(microseconds(integer(value), Object(logical).unit ?? kind))
    case 'UTF8':
    case 'STRING':
    case 'ENUM':
    case 'JSON':
      return text
    case 'FLOAT16':
      return halfFloat
    case 'UUID':
      return uuid
    case 'INTERVAL':
    case 'BSON':
      return () => unreadable.bytes
  }
  return plainReader(type, String(kind).startsWith('UINT') || Object(logical).isSigned === false)
}

function plainReader(type: SchemaElement['type'], unsigned: boolean): ReadValue {
  if (type === 'INT96') return moment('NANOS') // as Spark and Impala wrote timestamps
  if (type === 'BYTE_ARRAY') return text // some writers do not say that they are texts
  if (type === 'FIXED_LEN_BYTE_ARRAY') return () => unreadable.bytes
  if (type === 'INT64') return unsigned ? (value: bigint) => small(BigInt.asUintN(64, value)) : small
  if (type === 'INT32' && unsigned) return (value: number) => value >>> 0
  return (value: unknown) => value
}

/** An integer as a number, unless that would lose digits. */
const small = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

const moment = (unit: string) => (value: bigint) =>
  momentText(microseconds(BigInt(value), unit)) ?? `${value} since 1970`

function microseconds(value: bigint, unit: string): bigint {
  if (unit.endsWith('MILLIS')) return value * 1000n
  return unit.endsWith('NANOS') ? (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n : value
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function text(bytes: Bytes): unknown {
  try {
    return decoder.decode(bytes)
  } catch {
    return unreadable.bytes
  }
}

function uuid(bytes: Bytes): string {
  const digits = Buffer.from(bytes).toString('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A signed integer, its highest byte first. */
function signed(bytes: Bytes): bigint {
  const digits = Buffer.from(bytes).toString('hex')
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits || '0'}`))
}

/** A number of IEEE 754 in 16 bits, the lower byte first. */
function halfFloat([low, high]: Bytes): number {
  const exponent = (high >> 2) & 31
  const fraction = ((high & 3) * 256 + low) / 1024
  const sign = high > 127 ? -1 : 1
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15)
}

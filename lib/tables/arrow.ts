import { show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { dayText, momentText, timeText } from './dates.js'
import { decimalOf } from './values.js'

/** Numbers of types in Arrow's own format (Schema.fbs), which `type.typeId` has. */
const typeIds = { decimal: 7, date: 8, time: 9, timestamp: 10 }

interface ArrowType {
  typeId?: number
  /** Of decimals: digits behind the point. */
  scale?: number
  /** Of times: seconds, milliseconds, microseconds, nanoseconds. */
  unit?: number
}

/**
 * The cells of a vector of Apache Arrow. Dates and times become ISO texts, decimals numbers.
 *
 * @param vector has `get(row)`. @param type of its field.
 */
export function arrowCells(vector: unknown, type: unknown, rows: number): unknown[] {
  const { get } = Object(vector) as { get?: (row: number) => unknown }
  if (typeof get !== 'function')
    throw new Refusal('ERR_DATA', `a column is ${show(vector)}, expected a vector with get()`)
  const read = readerOf(Object(type))
  return Array.from({ length: rows }, (_, row) => {
    const value = get.call(vector, row)
    return value === null || value === undefined ? null : read(value)
  })
}

function readerOf({ typeId, scale = 0, unit = 0 }: ArrowType): (value: unknown) => unknown {
  if (typeId === typeIds.decimal) return (value) => decimalOf(integerOf(value), scale)
  // a vector gives dates and times in milliseconds, which may have a fraction
  if (typeId === typeIds.date) return (value) => dayOrMoment(Number(value)) ?? value
  if (typeId === typeIds.timestamp) return (value) => momentText(microseconds(Number(value) * 1000)) ?? value
  if (typeId === typeIds.time) return (value) => timeText(microseconds(Number(value) * 10 ** (6 - 3 * unit))) ?? value
  return (value) => value
}

const microseconds = (value: number): bigint => BigInt(Math.round(value))

const dayOrMoment = (milliseconds: number) =>
  milliseconds % 86_400_000 === 0
    ? dayText(milliseconds / 86_400_000)
    : momentText(BigInt(Math.floor(milliseconds)) * 1000n)

/** A signed integer in words of 32 bits, the lowest first. */
function integerOf(words: unknown): bigint {
  const parts = Array.from(words as ArrayLike<number>)
  const value = parts.reduceRight((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n)
  return BigInt.asIntN(32 * parts.length, value)
}

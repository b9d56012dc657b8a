import { types } from 'node:util'
import { isPlainObject, isRecord } from '../realms.js'
import { numberOf } from './cells.js'
import { daysOf, momentText } from './dates.js'

/** The moment of a Date as an ISO text; undefined if it is invalid, or beyond the years 0 to 9999. */
export function textOfDate(date: Date): string | undefined {
  const milliseconds = Date.prototype.getTime.call(date)
  return Number.isNaN(milliseconds) ? undefined : momentText(BigInt(milliseconds) * 1000n)
}

export const isDate = (value: unknown): value is Date => types.isDate(value)

const clock = /^\d\d:\d\d:\d\d(\.\d+)?$/
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * What an object of a class means that writes itself as a number, a date, a time of day or a UUID, as the decimals and
 * timestamps of DuckDB, decimal.js and Temporal do. Anything else is returned as it is.
 */
export function meaningOf(value: unknown): unknown {
  if (!isRecord(value) || isPlainObject(value)) return value
  try {
    const text = String(value)
    const plain = numberOf(text) !== undefined || daysOf(text) !== undefined || clock.test(text) || uuid.test(text)
    return plain ? text : value
  } catch {
    return value
  }
}

/** Integers as numbers, or all as texts if a number would lose digits of one. Changes the array. */
export function wholeNumbers(cells: unknown[]): unknown[] {
  const safe = (cell: unknown) => typeof cell !== 'bigint' || Number.isSafeInteger(Number(cell))
  if (!cells.some((cell) => typeof cell === 'bigint')) return cells
  const plain = cells.every(safe) ? Number : String
  cells.forEach((cell, row) => {
    if (typeof cell === 'bigint' || (plain === String && typeof cell === 'number')) cells[row] = plain(cell)
  })
  return cells
}

/** The number of an unscaled integer, with as many decimals; the nearest double, as that of its text. */
export const decimalOf = (unscaled: bigint, decimals: number): number | bigint =>
  decimals === 0 ? unscaled : Number(`${unscaled}e${-decimals}`)

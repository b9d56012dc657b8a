/**
 * Dates and times as numbers: days since 1970-01-01 00:00 UTC, a time of day as a part of its day. Digits after
 * microseconds are cut off, so that every form of a table gives the same number.
 */

const date = String.raw`(\d{4})-(\d\d)-(\d\d)`
const time = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?`
const zone = String.raw` ?(?:Z|UTC|([+-])(\d\d)(?::?(\d\d))?)`
/** ISO 8601, also with a blank in the place of T. */
const iso = new RegExp(`^${date}(?:[T ]${time}(?:${zone})?)?$`, 'i')

const microsecondsPerDay = 86_400_000_000

/** First and last day of the years 0 to 9999, those that ISO 8601 writes with four digits. */
export const dayRange = { first: -719_528, last: 2_932_896 } as const

/** Whether a number can be a day; 20240131, 1706659200 (seconds) and NaN cannot. */
export const isDay = (value: number): boolean => value >= dayRange.first && value < dayRange.last + 1

/** The days of an ISO date, with or without a time; a time without a zone is one of UTC. Undefined for other texts. */
export function daysOf(text: string): number | undefined {
  const parts = iso.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0))
  const [fraction = '', sign, zoneHours, zoneMinutes] = parts.slice(7)
  const start = new Date(0)
  start.setUTCFullYear(year, month - 1, day)
  const exists = start.getUTCMonth() === month - 1 && start.getUTCDate() === day
  const offset = [Number(zoneHours ?? 0), Number(zoneMinutes ?? 0)]
  if (!exists || hour > 23 || minute > 59 || second > 59 || offset[0] > 23 || offset[1] > 59) return undefined
  const ahead = (offset[0] * 60 + offset[1]) * (sign === '-' ? -60 : 60)
  const seconds = start.getTime() / 1000 + hour * 3600 + minute * 60 + second - ahead
  return (seconds * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'))) / microsecondsPerDay
}

/** A moment as an ISO text; undefined beyond the years 0 to 9999. @param microseconds since 1970-01-01 00:00 UTC. */
export function momentText(microseconds: bigint): string | undefined {
  const rest = ((microseconds % 1000n) + 1000n) % 1000n
  const milliseconds = Number((microseconds - rest) / 1000n)
  if (!isDay(milliseconds / 86_400_000)) return undefined
  const text = new Date(milliseconds).toISOString().slice(0, -1)
  const digits = rest === 0n ? text : `${text}${String(rest).padStart(3, '0')}`
  return `${digits.replace(/\.?0*$/, '')}Z`
}

/** A day as an ISO text; undefined beyond the years 0 to 9999. @param days whole days since 1970-01-01. */
export const dayText = (days: number): string | undefined =>
  isDay(days) ? new Date(days * 86_400_000).toISOString().slice(0, 10) : undefined

/** A time of day as a text. @param microseconds since midnight. */
export function timeText(microseconds: bigint): string {
  const text = momentText(microseconds) ?? ''
  return text.slice(11, -1)
}

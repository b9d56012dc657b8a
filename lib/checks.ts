import { distance } from 'fastest-levenshtein'
import { type ErrorCode, PsilonError, printable } from './errors/errors.js'
import { option, Refusal, refuseOption, setting, words } from './errors/refusal.js'
import { has, isArray, isRecord } from './realms.js'

/** Longer names are not typing errors, and among more candidates none is suggested. */
const longestName = 100
const maxCandidates = 10_000

/** The candidate that `name` was most likely meant to be, or undefined if none is close. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > longestName) return undefined
  const lower = name.toLowerCase()
  const limit = Math.max(1, Math.floor(name.length / 2))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of candidates.slice(0, maxCandidates)) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const away = distance(lower, candidate.toLowerCase())
    if (away === 0) return candidate
    if (away < least) [best, least] = [candidate, away]
  }
  return best
}

/** `; did you mean "lambda"?`, or nothing if no candidate is close. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const best = nearest(name, candidates)
  return best === undefined ? '' : `; did you mean "${best}"?`
}

/** A short printable text for a value in a message. */
export function show(value: unknown): string {
  try {
    return printable(shortText(value))
  } catch {
    return 'an object (which cannot be read)'
  }
}

function shortText(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `"${value.slice(0, 57)}..."` : `"${value}"`
  if (isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return `an object (${className(value)})`
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

function className(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' ? name.slice(0, 60) : 'no class name'
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !isArray(value)
}

/** Names that options had, and what they are called now. */
export type Renamed = Readonly<Record<string, string>>

/**
 * Reads the properties of an object, each once; refuses anything else, and unknown names. undefined counts as {}.
 *
 * @param what it is, for messages.
 */
export function refuseUnknown(
  given: unknown,
  known: readonly string[],
  what = 'options',
  renamed: Renamed = {},
): Record<string, unknown> {
  const entries: Record<string, unknown> = Object.create(null)
  if (given === undefined) return entries
  if (!isRecord(given)) {
    throw new Refusal('ERR_OPTION', `${what} must be an object, got ${show(given)}`)
  }
  reading('ERR_OPTION', what, () => {
    for (const name of [...Object.keys(given), ...known]) {
      if (!(name in entries) && has(given, name)) entries[name] = given[name]
    }
  })
  for (const name of Object.keys(entries)) {
    if (!known.includes(name)) {
      if (Object.hasOwn(renamed, name)) refuseRenamed(name, renamed[name], entries[name])
      refuseOption(name, [`unknown option ${show(name)}${didYouMean(name, known)}`])
    }
  }
  return entries
}

function refuseRenamed(name: string, now: string, value: unknown): never {
  const give = typeof value === 'string' && value.length < 60 ? setting(now, value) : option(now)
  refuseOption(name, words`${option(name)} has become ${option(now)}: give ${give}`)
}

/** Reads a given value; what its getters and proxies throw, if anything, becomes the cause of a refusal. */
export function reading<T>(code: ErrorCode, what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof PsilonError || cause instanceof Refusal) throw cause
    throw new Refusal(code, `${what} cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

function reasonOf(thrown: unknown): string {
  try {
    const { message } = Object(thrown) as { message?: unknown }
    return typeof message === 'string' && message !== '' ? message : show(thrown)
  } catch {
    return 'the thrown value cannot be read'
  }
}

/** Refuses the value of an option. @param expected such as `an integer from 1 to 9`. */
export function refuse(name: string, expected: string, value: unknown): never {
  refuseOption(name, words`${option(name)} must be ${expected}, got ${show(value)}`)
}

export function checkInteger(name: string, value: unknown, from: number, to: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value
  return refuse(name, `an integer from ${from} to ${to}`, value)
}

/** Limits of a number; `above` and `below` are strict, and `to: Infinity` still asks for a finite number. */
export interface Range {
  from?: number
  above?: number
  to?: number
  below?: number
}

/** Such as `above 0 and below 1`; empty if any finite number is allowed. */
export function describeRange({ from, above, to, below }: Range): string {
  const limits = [
    from !== undefined ? `at least ${from}` : above !== undefined ? `above ${above}` : '',
    to !== undefined && to !== Infinity ? `at most ${to}` : below !== undefined ? `below ${below}` : '',
  ].filter((limit) => limit !== '')
  return limits.join(' and ')
}

export function checkNumber(name: string, value: unknown, range: Range = {}): number {
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = range
  const inside = typeof value === 'number' && Number.isFinite(value)
  if (inside && value >= from && value > above && value <= to && value < below) return value
  const limits = describeRange(range)
  return refuse(name, limits === '' ? 'a finite number' : `a number ${limits}`, value)
}

export function checkOneOf<T extends string>(name: string, value: unknown, list: readonly T[]): T {
  if (list.includes(value as T)) return value as T
  const hint = typeof value === 'string' ? didYouMean(value, list) : ''
  const expected = list.map((item) => `"${item}"`).join(', ')
  refuseOption(name, words`${option(name)} must be one of ${expected}, got ${show(value)}${hint}`)
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  return refuse(name, 'true or false', value)
}

export function checkString(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  return refuse(name, 'a text that is not empty', value)
}

export function checkStrings(name: string, value: unknown): string[] {
  if (isArray(value) && value.every((item) => typeof item === 'string')) return value
  return refuse(name, 'an array of texts', value)
}

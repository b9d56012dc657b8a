import { distance } from 'fastest-levenshtein'
import { PsilonError, printable } from './errors.js'

/** The longest name, and the most candidates, among which one is looked for: longer ones are no slips of the pen. */
const longestName = 100
const mostCandidates = 10_000

/** The candidate that `name` was most likely meant to be, or undefined where none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > longestName) return undefined
  const lower = name.toLowerCase()
  const limit = Math.max(1, Math.floor(name.length / 2))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of candidates.slice(0, mostCandidates)) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const away = distance(lower, candidate.toLowerCase())
    if (away === 0) return candidate
    if (away < least) [best, least] = [candidate, away]
  }
  return best
}

/** `; did you mean "lambda"?`, or nothing where no candidate is near. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const best = nearest(name, candidates)
  return best === undefined ? '' : `; did you mean "${best}"?`
}

/** A short printable text for a value in a message. */
export function show(value: unknown): string {
  return printable(shortText(value))
}

function shortText(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `"${value.slice(0, 57)}..."` : `"${value}"`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return `an object (${className(value)})`
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

function className(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' ? name.slice(0, 60) : 'no class name'
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses anything but a plain options object whose every name is known. Returns it; undefined counts as {}. */
export function refuseUnknown(operation: string, given: unknown, known: readonly string[]): Record<string, unknown> {
  if (given === undefined) return {}
  if (!isObject(given)) {
    throw new PsilonError('ERR_OPTION', `[${operation}] options must be an object, got ${show(given)}`)
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw optionError(operation, name, `unknown option ${show(name)}${didYouMean(name, known)}`)
    }
  }
  return given
}

/** One option alone is to blame: `details.option` is its name. */
function optionError(operation: string, option: string, message: string): PsilonError {
  return new PsilonError('ERR_OPTION', `[${operation}] ${message}`, { details: { option } })
}

export function refuse(operation: string, name: string, expected: string, value: unknown): never {
  throw optionError(operation, name, `${name} must be ${expected}, got ${show(value)}`)
}

/** An integer within [from, to]. */
export function checkInteger(operation: string, name: string, value: unknown, from: number, to: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value
  return refuse(operation, name, `an integer from ${from} to ${to}`, value)
}

/** Limits of a number; `above` and `below` are strict, and `to: Infinity` still asks for a finite number. */
export interface Range {
  from?: number
  above?: number
  to?: number
  below?: number
}

function describe({ from, above, to, below }: Range): string {
  const limits = [
    from !== undefined ? `at least ${from}` : above !== undefined ? `above ${above}` : '',
    to !== undefined && to !== Infinity ? `at most ${to}` : below !== undefined ? `below ${below}` : '',
  ].filter((limit) => limit !== '')
  return limits.length === 0 ? 'a finite number' : `a number ${limits.join(' and ')}`
}

export function checkNumber(operation: string, name: string, value: unknown, range: Range = {}): number {
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = range
  const inside = typeof value === 'number' && Number.isFinite(value)
  if (inside && value >= from && value > above && value <= to && value < below) return value
  return refuse(operation, name, describe(range), value)
}

export function checkOneOf<T extends string>(operation: string, name: string, value: unknown, list: readonly T[]): T {
  if (list.includes(value as T)) return value as T
  const hint = typeof value === 'string' ? didYouMean(value, list) : ''
  const expected = list.map((item) => `"${item}"`).join(', ')
  throw optionError(operation, name, `${name} must be one of ${expected}, got ${show(value)}${hint}`)
}

export function checkBoolean(operation: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  return refuse(operation, name, 'true or false', value)
}

export function checkString(operation: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  return refuse(operation, name, 'a text that is not empty', value)
}

export function checkStrings(operation: string, name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  return refuse(operation, name, 'an array of texts', value)
}

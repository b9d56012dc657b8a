import { isObject, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'

/**
 * Validates a value of untrusted JSON: returns it, or refuses it with ERR_MODEL_FILE and its path. The path of the
 * whole document is empty.
 */
export interface Reader<T> {
  (value: unknown, path: string): T
  /** Whether an object may lack it. */
  readonly optional?: true
}

type Readers<T> = { [K in keyof T]-?: Reader<T[K]> }

export function odd(message: string): never {
  throw new Refusal('ERR_MODEL_FILE', message)
}

const mismatch = (path: string, expected: string, value: unknown): never =>
  odd(`${path} must be ${expected}, got ${show(value)}`)

/** A value that passes a test. */
const valueWhere =
  <T>(expected: string, is: (value: unknown) => boolean): Reader<T> =>
  (value, path) =>
    is(value) ? (value as T) : mismatch(path, expected, value)

const anyObject = valueWhere<Record<string, unknown>>('an object', isObject)
const anyArray = valueWhere<unknown[]>('an array', Array.isArray)

const inside = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** An object that has exactly these entries. @param document its name in messages, if it is the whole document. */
export function object<T extends object>(readers: Readers<T>, document = 'it'): Reader<T> {
  const all = Object.entries<Reader<unknown>>(readers)
  return (value, path) => {
    const place = path || document
    const given = anyObject(value, place)
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(readers, name))
    if (unknown !== undefined) odd(`${place} has an unknown entry ${show(unknown)}`)
    const lacking = all.find(([name, { optional }]) => !optional && !Object.hasOwn(given, name))
    if (lacking !== undefined) odd(`${place} lacks "${lacking[0]}"`)
    const present = all.filter(([name]) => Object.hasOwn(given, name))
    const values = present.map(([name, read]) => [name, read(given[name], inside(path, name))] as const)
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as T
  }
}

/** One of several kinds of objects, distinguished by the entry `name`. */
export function oneKindOf<T extends object>(name: string, kinds: Record<string, Reader<T>>): Reader<T> {
  const readKind = oneOf(...Object.keys(kinds))
  return (value, path) => kinds[readKind(Object(value)[name], inside(path, name))](value, path)
}

/** An object whose entries have any names. */
export function entries<T>(read: Reader<T>): Reader<Record<string, T>> {
  return (value, path) => {
    const all = Object.entries(anyObject(value, path || 'it'))
    // a name of any length, cut in messages
    return Object.fromEntries(all.map(([key, each]) => [name(key, path), read(each, inside(path, key.slice(0, 60)))]))
  }
}

export const array =
  <T>(read: Reader<T>): Reader<T[]> =>
  (value, path) =>
    Array.from(anyArray(value, path), (item, i) => read(item, `${path}[${i}]`))

/** An entry that an object may lack. */
export const optional = <T>(read: Reader<T>): Reader<T | undefined> =>
  Object.assign((value: unknown, path: string) => read(value, path), { optional: true as const })

export const nullable =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, path) =>
    value === null ? null : read(value, path)

export const oneOf = <T>(...list: readonly T[]): Reader<T> =>
  valueWhere(`one of ${list.map(show).join(', ')}`, (value) => list.includes(value as T))
export const number = valueWhere<number>('a finite number', Number.isFinite)
export const boolean = valueWhere<boolean>('true or false', (value) => typeof value === 'boolean')
export const text = valueWhere<string>('a text', (value) => typeof value === 'string')
/** A text that can name a column or a level of one. */
export const name = valueWhere<string>(
  'a name',
  (value) => typeof value === 'string' && value !== '' && value !== '__proto__',
)

export const positive: Reader<number> = (value, path) =>
  number(value, path) > 0 ? (value as number) : mismatch(path, 'above 0', value)

/** From `least` to `most` finite numbers in strictly ascending order, whose distances are finite too. */
export function ascending(least: number, most: number): Reader<number[]> {
  const all = array(number)
  return (value, path) => {
    const { length } = anyArray(value, path)
    if (length < least || length > most) odd(`${path} has ${length} numbers, expected ${least} to ${most}`)
    const numbers = all(value, path)
    const k = numbers.findIndex((each, k) => k > 0 && each <= numbers[k - 1])
    if (k > 0) odd(`${path}[${k}] must be above ${numbers[k - 1]}, got ${numbers[k]}`)
    if (Number.isFinite(numbers[length - 1] - numbers[0])) return numbers
    return odd(`${path} goes from ${numbers[0]} to ${numbers[length - 1]}, too far for a number`)
  }
}

export function refuseRepeats(values: readonly unknown[], path: string): void {
  const seen = new Set<unknown>()
  for (const value of values) {
    if (seen.has(value)) odd(`${path} has ${show(value)} twice`)
    seen.add(value)
  }
}

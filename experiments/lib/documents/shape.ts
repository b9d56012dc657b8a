import { PsilonError } from 'psilon'

/** Gives the value if it is what it should be. @throws PsilonError ERR_FILE that names the place. */
export type Reader<T> = (value: unknown, path: string) => T

function refuse(path: string, expected: string, value: unknown): never {
  const given = Array.isArray(value)
    ? 'an array'
    : value === undefined
      ? 'undefined'
      : JSON.stringify(value).slice(0, 60)
  throw new PsilonError('ERR_FILE', `${path || 'it'} must be ${expected}, got ${given}`)
}

/** So large that sums, and what lies between two such numbers, are finite as well. */
const largest = 1e300

export const number: Reader<number> = (value, path) =>
  typeof value === 'number' && Math.abs(value) <= largest
    ? value
    : refuse(path, `a number from -${largest} to ${largest}`, value)

export const text: Reader<string> = (value, path) => (typeof value === 'string' ? value : refuse(path, 'a text', value))

export const flag: Reader<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'true or false', value)

/** An object with these entries; others are left out. */
export function object<T extends object>(readers: { [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'an object', value)
    const entries = Object.entries<Reader<unknown>>(readers).flatMap(([name, read]) => {
      const entry = read((value as Record<string, unknown>)[name], path === '' ? name : `${path}.${name}`)
      return entry === undefined ? [] : [[name, entry]]
    })
    return Object.fromEntries(entries) as T
  }
}

export const array =
  <T>(read: Reader<T>): Reader<T[]> =>
  (value, path) =>
    Array.isArray(value) ? value.map((item, k) => read(item, `${path}[${k}]`)) : refuse(path, 'an array', value)

export const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, path) =>
    value === null ? null : read(value, path)

/** What need not be there. */
export const optional =
  <T>(read: Reader<T>): Reader<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : read(value, path)

export const oneOf =
  <T>(...list: readonly T[]): Reader<T> =>
  (value, path) =>
    list.includes(value as T)
      ? (value as T)
      : refuse(path, `one of ${list.map((item) => JSON.stringify(item)).join(', ')}`, value)

import { isObject, show } from '../checks.js'
import { PsilonError } from '../errors.js'
import { readArray, readNumber, readOneOf, readString } from './json-reader.js'

/** Gives the value if it is what it should be. @throws PsilonError ERR_MODEL_FILE that names the place. */
export type Reader<T> = (value: unknown, path: string) => T

export const number: Reader<number> = readNumber
export const text: Reader<string> = readString

/** An object with these entries; others are left out. */
export function object<T extends object>(readers: { [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    if (!isObject(value))
      throw new PsilonError('ERR_MODEL_FILE', `[load] ${path || 'it'} must be an object, got ${show(value)}`)
    const entries = Object.entries<Reader<unknown>>(readers).flatMap(([name, read]) => {
      const entry = read(value[name], path === '' ? name : `${path}.${name}`)
      return entry === undefined ? [] : [[name, entry]]
    })
    return Object.fromEntries(entries) as T
  }
}

export const array =
  <T>(read: Reader<T>): Reader<T[]> =>
  (value, path) =>
    readArray(value, path, read)

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
    readOneOf(value, path, list)

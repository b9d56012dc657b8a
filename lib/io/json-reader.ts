import { isObject, show } from '../checks.js'
import { PsilonError } from '../errors.js'

/** Strict reading of parsed JSON that may lie: every mismatch is an ERR_MODEL_FILE that names the place. */

function fail(path: string, expected: string, value: unknown): never {
  throw new PsilonError('ERR_MODEL_FILE', `[load] ${path} must be ${expected}, got ${show(value)}`)
}

/** An object that has exactly these keys as its own. */
export function readObject<K extends string>(value: unknown, path: string, keys: readonly K[]): Record<K, unknown> {
  if (!isObject(value)) return fail(path, 'an object', value)
  for (const key of Object.keys(value)) {
    if (!(keys as readonly string[]).includes(key)) {
      throw new PsilonError('ERR_MODEL_FILE', `[load] ${path} has an unknown entry ${show(key)}`)
    }
  }
  for (const key of keys) {
    if (!Object.hasOwn(value, key)) throw new PsilonError('ERR_MODEL_FILE', `[load] ${path} lacks "${key}"`)
  }
  return value as Record<K, unknown>
}

export function readArray<T>(value: unknown, path: string, read: (item: unknown, path: string) => T): T[] {
  if (!Array.isArray(value)) return fail(path, 'an array', value)
  return Array.from(value, (item, i) => read(item, `${path}[${i}]`))
}

export function readNumber(value: unknown, path: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fail(path, 'a finite number', value)
}

export function readPositive(value: unknown, path: string): number {
  return readNumber(value, path) > 0 ? (value as number) : fail(path, 'above 0', value)
}

export function readBoolean(value: unknown, path: string): boolean {
  return typeof value === 'boolean' ? value : fail(path, 'true or false', value)
}

export function readString(value: unknown, path: string): string {
  return typeof value === 'string' ? value : fail(path, 'a text', value)
}

/** A text that can name a column or a level of one. */
export function readName(value: unknown, path: string): string {
  if (typeof value === 'string' && value !== '' && value !== '__proto__') return value
  return fail(path, 'a name', value)
}

export function readOneOf<T>(value: unknown, path: string, list: readonly T[]): T {
  return list.includes(value as T) ? (value as T) : fail(path, `one of ${list.map(show).join(', ')}`, value)
}

export function refuseRepeats(values: readonly unknown[], path: string): void {
  const seen = new Set<unknown>()
  for (const value of values) {
    if (seen.has(value)) throw new PsilonError('ERR_MODEL_FILE', `[load] ${path} has ${show(value)} twice`)
    seen.add(value)
  }
}

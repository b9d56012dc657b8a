import { createHash } from 'node:crypto'
import { reading } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { isArray, isRecord } from '../realms.js'

const maxDepth = 16
const maxLength = 100_000

/**
 * JSON in which equal values have equal texts: the entries of objects in the order of their names.
 *
 * @throws Refusal ERR_OPTION for what JSON cannot hold, contains itself, or is too long.
 */
export const canonical = (value: unknown): string =>
  reading('ERR_OPTION', 'a value', () => JSON.stringify(sorted(value, 0)))

/** In hexadecimal digits. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

function sorted(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new Refusal('ERR_OPTION', `a value is nested more than ${maxDepth} deep`)
  if (isArray(value)) {
    if (value.length <= maxLength) return value.map((each) => sorted(each, depth + 1))
    throw new Refusal('ERR_OPTION', `a list has ${value.length} values, expected at most ${maxLength}`)
  }
  if (!isRecord(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name], depth + 1)]))
}

import { InvalidArgumentError } from 'commander'
import type { Split } from './splits.js'

/** Readers of the values of options. */

export function splits(text: string): Split[] {
  const found = text
    .split(',')
    .map((each) => (each === 'file' ? each : /^[1-9]\d{0,8}$/.test(each) ? Number(each) : null))
  if (found.every((each) => each !== null)) return [...new Set(found)]
  throw new InvalidArgumentError('Expected file or integers from 1, with commas between them.')
}

export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {}
  throw new InvalidArgumentError('Expected an object as JSON.')
}

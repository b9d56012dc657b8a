import { InvalidArgumentError } from 'commander'

/** Parsers of flag values; the library checks ranges. */

export function number(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  const large = /\d/.test(text) && Math.abs(value) === Number.POSITIVE_INFINITY
  throw new InvalidArgumentError(large ? 'Expected a number below 1.8e308 in magnitude.' : 'Expected a number.')
}

export function integer(text: string): number {
  const value = number(text)
  if (Number.isSafeInteger(value)) return value
  const large = Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER
  throw new InvalidArgumentError(
    large ? 'Expected an integer of at most 9007199254740991 in magnitude.' : 'Expected an integer.',
  )
}

export const numberOr =
  <T extends string>(word: T) =>
  (text: string): number | T => {
    if (text === word) return word
    try {
      return number(text)
    } catch {
      throw new InvalidArgumentError(`Expected a number or "${word}".`)
    }
  }

export function numbers(text: string): number[] {
  return text.split(',').map(number)
}

/** `500` or `200,100`: one width for all layers, or one for each. */
export function widths(text: string): number | number[] {
  const all = text.split(',').map(integer)
  return all.length === 1 ? all[0] : all
}

/** All values of an option that may be repeated. */
export const collected = (text: string, before: string[] = []): string[] => [...before, text]

import { InvalidArgumentError } from 'commander'

/** Readers of the values of options. */

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

export const integer =
  (from: number, to: number) =>
  (text: string): number => {
    const value = numberOf(text)
    if (Number.isInteger(value) && value >= from && value <= to) return value
    throw new InvalidArgumentError(`Expected an integer from ${from} to ${to}.`)
  }

/** Numbers with commas between them. @param expected completes the refusal: `above 0`. */
export const numbers =
  (expected: string, fits: (value: number) => boolean) =>
  (text: string): number[] => {
    const values = text.split(',').map(numberOf)
    if (values.every((value) => Number.isFinite(value) && fits(value))) return values
    throw new InvalidArgumentError(`Expected numbers ${expected}, with commas between them.`)
  }

/** Names with commas between them; an option that is given again adds to them. */
export function names(text: string, before: string[] = []): string[] {
  const more = text.split(',').map((name) => name.trim())
  return [...before, ...more.filter((name) => name !== '')]
}

export const maxInteger = 2 ** 31 - 1

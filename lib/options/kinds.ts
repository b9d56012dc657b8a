import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkString,
  checkStrings,
  describeRange,
  type Range,
  refuse,
} from '../checks.js'
import { isArray } from '../realms.js'
import type { ValueKind } from './option.js'

/** Tables of options do not show this limit. */
const largestInteger = 2 ** 31 - 1

/** Number.toLocaleString loads tables of all languages, 20 ms at the start of each process. */
const withCommas = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

export function integer(from: number, to = largestInteger): ValueKind<number> {
  const values = to >= largestInteger ? `at least ${from}` : `${from} to ${withCommas(to)}`
  return { type: 'integer', values, check: (name, value) => checkInteger(name, value, from, to) }
}

/** A seed of something random. */
export const seed: ValueKind<number> = {
  type: 'integer',
  values: '0 to 2^53 - 1',
  check: (name, value) => checkInteger(name, value, 0, Number.MAX_SAFE_INTEGER),
}

export function number(range: Range = {}): ValueKind<number> {
  return { type: 'number', values: describeRange(range), check: (name, value) => checkNumber(name, value, range) }
}

export function numberOr<Word extends string>(word: Word, range: Range = {}): ValueKind<number | Word> {
  return {
    type: 'number or word',
    word,
    values: `${describeRange(range)}, or '${word}'`,
    check: (name, value) =>
      typeof value === 'string' ? checkOneOf(name, value, [word]) : checkNumber(name, value, range),
  }
}

export function numbers(range: Range = {}): ValueKind<readonly number[]> {
  return {
    type: 'numbers',
    values: `numbers ${describeRange(range)}`,
    check(name, value) {
      if (!isArray(value) || value.length === 0) return refuse(name, 'an array of numbers that is not empty', value)
      return value.map((each, k) => checkNumber(`${name}[${k}]`, each, range))
    },
  }
}

export function oneOf<T extends string>(choices: readonly T[]): ValueKind<T> {
  const values = choices.map((choice) => `'${choice}'`).join(', ')
  return { type: 'choice', choices, values, check: (name, value) => checkOneOf(name, value, choices) }
}

export const boolean: ValueKind<boolean> = { type: 'boolean', values: 'true or false', check: checkBoolean }

export const text: ValueKind<string> = { type: 'text', values: 'a text', check: checkString }

export const texts: ValueKind<readonly string[]> = {
  type: 'texts',
  values: 'texts',
  check: (name, value) => [...checkStrings(name, value)],
}

/** Texts, or one word instead of them. */
export const textsOr = <T extends string>(word: T): ValueKind<T | readonly string[]> => ({
  type: 'texts',
  values: `'${word}' or texts`,
  check: (name, value) => {
    if (value === word) return word
    if (isArray(value)) return [...checkStrings(name, value)]
    return refuse(name, `"${word}" or an array of texts`, value)
  },
})

/** A value that is checked where it is used, because the declaration knows too little. */
export const checkedLater = <T>(values: string, type: ValueKind<T>['type'] = 'other'): ValueKind<T> => ({
  type,
  values,
  check: (_, value) => value as T,
})

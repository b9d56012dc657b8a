import { checkOneOf, checkStrings, refuse, refuseUnknown } from '../checks.js'
import { array, object, oneOf, text } from '../io/json-reader.js'

/** How the texts of a table are read. */
export interface ReadOptions {
  /** What stands before the decimals of a number. Default '.'. */
  decimal?: '.' | ',' | undefined
  /**
   * Texts that mean a missing value, in any case, in place of the default: NA, N/A, NaN, null and ?. An empty text always
   * means one.
   */
  missing?: readonly string[] | undefined
}

/** Checked: how a table was read. */
export interface Reading {
  readonly decimal: '.' | ','
  readonly missing: readonly string[]
}

export const defaultReading: Reading = { decimal: '.', missing: ['NA', 'N/A', 'NaN', 'null', '?'] }

const decimals = ['.', ','] as const

/** @throws Refusal ERR_OPTION */
export function readingOf(options: unknown): Reading {
  const { decimal = defaultReading.decimal, missing = defaultReading.missing } = refuseUnknown(options, [
    'decimal',
    'missing',
  ])
  const words = checkStrings('missing', missing).map((word) => word.trim())
  const known = checkOneOf('decimal', decimal, decimals)
  if (words.includes(known)) refuse('missing', `texts other than the decimal "${known}"`, known)
  return { decimal: known, missing: words }
}

export const isDefault = ({ decimal, missing }: Reading): boolean =>
  decimal === defaultReading.decimal &&
  missing.length === defaultReading.missing.length &&
  missing.every((word, k) => word === defaultReading.missing[k])

/** From a model file. */
export const readReading = object<Reading>({ decimal: oneOf(...decimals), missing: array(text) })

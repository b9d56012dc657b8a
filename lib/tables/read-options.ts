import { refuse } from '../checks.js'
import { array, object, oneOf as oneOfEntries, text } from '../io/json-reader.js'
import { oneOf, texts } from '../options/kinds.js'
import { checkOptions, computed, type Declarations } from '../options/option.js'

const decimals = ['.', ','] as const

/** How the texts of a table are read. */
export interface ReadOptions {
  /** Decimal sign of numbers. Default '.'. */
  decimal?: (typeof decimals)[number] | undefined
  /**
   * Texts that mean a missing value, in upper or lower case; an empty text always means one. Default NA, N/A, NaN, null and ?.
   */
  missing?: readonly string[] | undefined
}

/** Checked: how a table was read. */
export interface Reading {
  readonly decimal: (typeof decimals)[number]
  readonly missing: readonly string[]
}

export const defaultReading: Reading = { decimal: '.', missing: ['NA', 'N/A', 'NaN', 'null', '?'] }

export const readOptions = {
  decimal: {
    kind: oneOf(decimals),
    default: defaultReading.decimal,
    sentence: 'Decimal sign of numbers.',
    flag: '--decimal <sign>',
  },
  missing: {
    kind: texts,
    default: computed(() => defaultReading.missing, 'NA, N/A, NaN, null and ?'),
    sentence: 'Texts that mean a missing value, in upper or lower case; an empty text always means one.',
    flag: '--missing <texts>',
  },
} satisfies Declarations<ReadOptions>

/** @throws Refusal ERR_OPTION */
export function readingOf(options: unknown): Reading {
  const { decimal, missing } = checkOptions(readOptions, options)
  const words = missing.map((word) => word.trim())
  if (words.includes(decimal)) refuse('missing', `texts other than the decimal "${decimal}"`, decimal)
  return { decimal, missing: words }
}

export const isDefault = ({ decimal, missing }: Reading): boolean =>
  decimal === defaultReading.decimal &&
  missing.length === defaultReading.missing.length &&
  missing.every((word, k) => word === defaultReading.missing[k])

/** From a model file. */
export const readReading = object<Reading>({ decimal: oneOfEntries(...decimals), missing: array(text) })

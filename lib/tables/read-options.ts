import { refuse } from '../checks.js'
import { array, object, oneOf as oneOfEntries, optional, text } from '../io/json-reader.js'
import { oneOf, texts, textsOr } from '../options/kinds.js'
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
  /**
   * Columns whose dates become numbers, days since 1970-01-01 UTC: their names, or 'auto' for each column that holds nothing but dates. Default none.
   */
  dates?: 'auto' | readonly string[] | undefined
}

/** Checked: how a table was read. */
export interface Reading {
  readonly decimal: (typeof decimals)[number]
  readonly missing: readonly string[]
  /** Absent if no dates become numbers. */
  readonly dates?: 'auto' | readonly string[]
}

const ofModels = new WeakSet<object>()

/** Marks the reading of a model: the tables that it predicts may lack columns with dates, such as the target. */
export function readingOfModel(reading: Reading): Reading {
  ofModels.add(reading)
  return reading
}

export const isReadingOfModel = (options: unknown): boolean => ofModels.has(Object(options))

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
  dates: {
    kind: textsOr('auto'),
    otherwise: 'none',
    sentence:
      "Columns whose dates become numbers, days since 1970-01-01 UTC: their names, or 'auto' for each column that holds nothing but dates.",
    flag: {
      usage: '--dates <columns>',
      sentence:
        'Columns whose dates become numbers, days since 1970-01-01 UTC; auto means each column that holds nothing but dates.',
    },
  },
} satisfies Declarations<ReadOptions>

/** @throws Refusal ERR_OPTION */
export function readingOf(options: unknown): Reading {
  const { decimal, missing, dates = [] } = checkOptions(readOptions, options)
  const words = missing.map((word) => word.trim())
  if (words.includes(decimal)) refuse('missing', `texts other than the decimal "${decimal}"`, decimal)
  return withDates({ decimal, missing: words }, dates)
}

/** The reading with these dates in the place of its own. */
export function withDates({ decimal, missing }: Reading, dates: 'auto' | readonly string[]): Reading {
  return dates.length === 0 ? { decimal, missing } : { decimal, missing, dates }
}

/** Whether a column's dates become numbers: because it is named, or wherever all its cells are dates. */
export function datesOf({ dates }: Reading, column: string): 'auto' | 'named' | 'never' {
  if (dates === 'auto') return 'auto'
  return dates?.includes(column) ? 'named' : 'never'
}

export const isDefault = ({ decimal, missing, dates }: Reading): boolean =>
  dates === undefined &&
  decimal === defaultReading.decimal &&
  missing.length === defaultReading.missing.length &&
  missing.every((word, k) => word === defaultReading.missing[k])

/** From a model file. */
export const readReading = object<Reading>({
  decimal: oneOfEntries(...decimals),
  missing: array(text),
  dates: optional(array(text)),
})

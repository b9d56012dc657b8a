import { show } from '../checks.js'
import { setting, type Words, words } from '../errors/refusal.js'
import { isCode, numberOf } from './cells.js'
import type { Column } from './column.js'
import { daysOf } from './dates.js'

/** Why a column of texts may not be categories, and what to do. */
export interface Doubt {
  found: string
  /** Some of the texts, the first of them in the order of the rows. */
  texts: readonly string[]
  remedy: Words
}

const readWith = (option: 'decimal' | 'missing' | 'dates', value: string | readonly string[]): Words =>
  words`read the table with ${setting(option, value)}`

const ifMissing = (texts: readonly string[]) => words`if they mean a missing value, ${readWith('missing', texts)}`

/** Texts that may precede and follow a number: `$-5`, `(0.5)`, `USD 5`, `>=5`, `5 km/h`, `4*`. */
const surrounded = /^([^\p{L}\p{N}]{0,3}|[A-Z]{3} ?)[+-]?\d[\d.,]*(|\s*[^\d\s-]\D{0,12})$/u

/** Those that have the same signs or unit around a number as the first one. */
function sameAround(words: readonly string[]): string[] {
  const around = words.map((word) => surrounded.exec(word)?.slice(1).join(' '))
  return words.filter((_, k) => around[k] !== undefined && around[k] === around[0])
}

const matching = (pattern: RegExp) => (words: readonly string[]) => words.filter((word) => pattern.test(word))
const remove = ['remove them']

/** Written forms of numbers that do not read as numbers; others in the column may. */
const disguises: {
  found: string
  matches(words: readonly string[]): string[]
  remedy: Words
  fewAreLevels?: true
}[] = [
  {
    found: 'numbers with commas, between thousands or before decimals',
    matches: matching(/^[+-]?\d{1,3}(,\d{3})+$/),
    remedy: words`remove the commas, or if they are decimal commas ${readWith('decimal', ',')}`,
  },
  { found: 'numbers with decimal commas', matches: matching(/^[+-]?\d+,\d+$/), remedy: readWith('decimal', ',') },
  {
    found: 'numbers with signs between thousands',
    matches: matching(/^[+-]?\d{1,3}([,.'’ \u00a0\u2009\u202f]\d{2,3})*[,.'’ \u00a0\u2009\u202f]\d{3}([.,]\d+)?$/),
    remedy: remove,
  },
  { found: 'numbers with decimal points', matches: matching(/^[+-]?\d+\.\d+$/), remedy: readWith('decimal', '.') },
  { found: 'numbers with percent signs', matches: matching(/^[+-]?[\d.,]+\s*%$/), remedy: remove },
  {
    found: 'numbers with currency signs',
    matches: matching(/^[+-]?(\p{Sc}\s*[\d.,]+|[\d.,]+\s*\p{Sc})$/u),
    remedy: remove,
  },
  {
    found: 'dates',
    matches: (words) => words.filter((word) => daysOf(word) !== undefined),
    remedy: words`to use them as numbers, ${readWith('dates', 'auto')}`,
    fewAreLevels: true,
  },
  {
    found: 'dates or times',
    matches: matching(
      /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?$|^\d{1,2}:\d{2}(:.*)?( ?[ap]\.?m\.?)?$|^(\d{1,2}[. -]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[. -]+\d{1,4}(,? \d{2,4})?$/i,
    ),
    remedy: ['turn them into numbers, such as days or hours'],
    fewAreLevels: true,
  },
  { found: 'numbers with signs or units', matches: sameAround, remedy: remove, fewAreLevels: true },
]

/** So many distinct texts may well be levels. */
const fewLevels = 10
const marker = /^([^\p{L}\p{N}]+|none|missing|unknown|nil|undefined|n\.? ?a\.?|#n\/a|#value!|#div\/0!)$/iu

/** Undefined if its texts are plainly words. */
export function doubtOf(column: Column): Doubt | undefined {
  if (column.kind !== 'text') return undefined
  const texts = [...column.texts()]
  const words = texts.filter((text) => !isNumber(column, text))
  if (words.length === 0) return codesOfManyLengths(texts)
  return disguise(texts, words) ?? wordsAmongNumbers(column, texts, words)
}

const isNumber = ({ reading }: Column, text: string): boolean => numberOf(text, reading.decimal) !== undefined

/** A hint for a cell that is not a number in a column that may hold numbers; empty if its texts are plainly words. */
export function doubtHint(column: Column, where: (row: number) => string): Words {
  const doubt = doubtOf(column)
  return doubt === undefined ? [] : words`; the column has ${doubtText(doubt, column, where)}; ${doubt.remedy}`
}

/** `numbers with decimal commas: "3,5" (line 2 of a.csv)` */
export function doubtText({ found, texts }: Doubt, column: Column, where: (row: number) => string): string {
  const row = column.cells.findIndex((_, row) => column.text(row) === texts[0])
  return `${found}: ${texts.map(show).join(', ')} (${texts.length > 1 ? 'first in ' : ''}${where(row)})`
}

function codesOfManyLengths(texts: readonly string[]): Doubt | undefined {
  const code = texts.find((text) => /^[+-]?0/.test(text) && isCode(text))
  if (code === undefined || texts.length <= fewLevels) return undefined
  if (texts.every(({ length }) => length === code.length)) return undefined
  return {
    found: 'numbers of different lengths, some with leading zeros',
    texts: [code],
    remedy: ['remove the leading zeros if these are numbers'],
  }
}

function disguise(texts: readonly string[], words: readonly string[]): Doubt | undefined {
  const numbers = texts.length - words.length
  for (const { matches, found, remedy, fewAreLevels } of disguises) {
    const alike = matches(words)
    if (alike.length === 0 || (fewAreLevels && alike.length <= fewLevels)) continue
    if (alike.length + numbers >= 0.8 * texts.length) return { found, texts: [alike[0]], remedy }
  }
  return undefined
}

function wordsAmongNumbers(column: Column, texts: readonly string[], words: readonly string[]): Doubt | undefined {
  const cells = column.cells.flatMap((_, row) => column.text(row) ?? [])
  const present = cells.length
  const numbers = cells.filter((text) => isNumber(column, text)).length
  const different = texts.length - words.length
  const mistaken = 5 * numbers >= 4 * present
  const many = different > fewLevels && (2 * numbers >= present || different > 2 * words.length)
  const marked = different > 0 && words.every((word) => marker.test(word))
  if (!(mistaken || many || marked)) return undefined
  const shown = words.slice(0, 5)
  return {
    found: `${present - numbers} of ${present} cells that are not numbers`,
    texts: shown,
    remedy: shown.some((word) => /\p{N}/u.test(word))
      ? ['write them as numbers']
      : ifMissing([...column.reading.missing, ...shown]),
  }
}

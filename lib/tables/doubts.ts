import { show } from '../checks.js'
import { setting, type Words, words } from '../errors/refusal.js'
import { isCode, numberOf } from './cells.js'
import type { Column } from './column.js'

/** Why a column of texts may not be categories, and what to do. */
export interface Doubt {
  found: string
  /** Some of the texts, the first of them in the order of the rows. */
  texts: readonly string[]
  remedy: Words
}

const readWith = (option: 'decimal' | 'missing', value: string | readonly string[]): Words =>
  words`read the table with ${setting(option, value)}`

const ifMissing = (texts: readonly string[]) => words`if they mean a missing value, ${readWith('missing', texts)}`

/** Written forms of numbers that do not read as numbers; others in the column may. */
const disguises: { pattern: RegExp; found: string; remedy: Words; fewAreLevels?: true }[] = [
  {
    pattern: /^[+-]?\d{1,3}(,\d{3})+$/,
    found: 'numbers with commas, between thousands or before decimals',
    remedy: words`remove the commas, or if they are decimal commas ${readWith('decimal', ',')}`,
  },
  {
    pattern: /^[+-]?\d+,\d+$/,
    found: 'numbers with decimal commas',
    remedy: readWith('decimal', ','),
  },
  {
    pattern: /^[+-]?\d{1,3}([,.'’ \u00a0\u2009\u202f]\d{2,3})*[,.'’ \u00a0\u2009\u202f]\d{3}([.,]\d+)?$/,
    found: 'numbers with signs between thousands',
    remedy: ['remove them'],
  },
  { pattern: /^[+-]?\d+\.\d+$/, found: 'numbers with decimal points', remedy: readWith('decimal', '.') },
  { pattern: /^[+-]?[\d.,]+\s*%$/, found: 'numbers with percent signs', remedy: ['remove them'] },
  {
    pattern: /^[+-]?(\p{Sc}\s*[\d.,]+|[\d.,]+\s*\p{Sc})$/u,
    found: 'numbers with currency signs',
    remedy: ['remove them'],
  },
  {
    pattern:
      /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ].*)?$|^\d{1,2}:\d{2}(:.*)?( ?[ap]\.?m\.?)?$|^(\d{1,2}[. -]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[. -]+\d{1,4}(,? \d{2,4})?$/i,
    found: 'dates or times',
    remedy: ['turn them into numbers, such as days or hours'],
    fewAreLevels: true,
  },
]

/** Texts that may precede and follow a number: `$-5`, `(0.5)`, `USD 5`, `>=5`, `5 km/h`, `4*`. */
const surrounded = /^([^\p{L}\p{N}]{0,3}|[A-Z]{3} ?)[+-]?\d[\d.,]*(|\s*[^\d\s-]\D{0,12})$/u

/** So many distinct texts may well be levels. */
const fewLevels = 10
const marker = /^([^\p{L}\p{N}]+|none|missing|unknown|nil|undefined|n\.? ?a\.?|#n\/a|#value!|#div\/0!)$/iu

/** Undefined if its texts are plainly words. */
export function doubtOf(column: Column): Doubt | undefined {
  const { decimal, missing } = column.reading
  if (column.kind !== 'text') return undefined
  const texts = [...column.texts()]
  const isNumber = (text: string) => numberOf(text, decimal) !== undefined
  const words = texts.filter((text) => !isNumber(text))
  if (words.length === 0) return codesOfManyLengths(texts)
  return (
    disguise(texts, words) ?? sameAround(texts, words) ?? wordsAmongNumbers(column, texts, words, missing, isNumber)
  )
}

/** A hint for a cell that is not a number in a column that may hold numbers; empty if its texts are plainly words. */
export function doubtHint(column: Column, where: (row: number) => string): Words {
  const doubt = doubtOf(column)
  return doubt === undefined ? [] : words`; the column has ${doubtText(doubt, column, where)}; ${doubt.remedy}`
}

/** `numbers with decimal commas: "3,5" (line 2 of a.csv)` */
export function doubtText({ found, texts }: Doubt, column: Column, where: (row: number) => string): string {
  const row = column.cells.findIndex((_, row) => column.text(row) === texts[0])
  return `${found}: ${texts.map((text) => show(text)).join(', ')} (${texts.length > 1 ? 'first in ' : ''}${where(row)})`
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
  for (const { pattern, found, remedy, fewAreLevels } of disguises) {
    const matching = words.filter((text) => pattern.test(text))
    if (matching.length === 0 || (fewAreLevels && matching.length <= fewLevels)) continue
    if (matching.length + texts.length - words.length < 0.8 * texts.length) continue
    return { found, texts: [matching[0]], remedy }
  }
  return undefined
}

/** Numbers that all have the same signs or the same unit. */
function sameAround(texts: readonly string[], words: readonly string[]): Doubt | undefined {
  const around = words.map((word) => {
    const [, before, behind] = surrounded.exec(word) ?? []
    return before === undefined ? undefined : `${before} ${behind}`
  })
  const same = words.filter((_, k) => around[k] !== undefined && around[k] === around[0])
  if (same.length <= fewLevels || same.length + texts.length - words.length < 0.8 * texts.length) return undefined
  return { found: 'numbers with signs or units', texts: [same[0]], remedy: ['remove them'] }
}

function wordsAmongNumbers(
  column: Column,
  texts: readonly string[],
  words: readonly string[],
  missing: readonly string[],
  isNumber: (text: string) => boolean,
): Doubt | undefined {
  let [numbers, present] = [0, 0]
  for (let row = 0; row < column.rows; row++) {
    const text = column.text(row)
    if (text === undefined) continue
    present++
    if (isNumber(text)) numbers++
  }
  const different = texts.length - words.length
  const mistaken = 5 * numbers >= 4 * present
  const many = different > fewLevels && (2 * numbers >= present || different > 2 * words.length)
  const marked = different > 0 && words.every((word) => marker.test(word))
  if (!(mistaken || many || marked)) return undefined
  const shown = words.slice(0, 5)
  const all = [...missing, ...shown]
  return {
    found: `${present - numbers} of ${present} cells that are not numbers`,
    texts: shown,
    remedy: shown.some((word) => /\p{N}/u.test(word)) ? ['write them as numbers'] : ifMissing(all),
  }
}

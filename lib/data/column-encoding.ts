import { Refusal, setting, type Words, words } from '../errors/refusal.js'
import * as json from '../io/json-reader.js'
import { type Column, distinctWritten } from '../tables/column.js'
import { doubtOf, doubtText } from '../tables/doubts.js'
import { refuseFaults } from '../tables/faults.js'
import type { Table } from '../tables/table.js'
import type { Outcome } from './encodings/encoding.js'
import {
  type EncodingName,
  type LearnedEncoding,
  learnEncoding,
  readLearned,
  valueInputs,
} from './encodings/encodings.js'
import { isConstant, moments, quantileOf } from './moments.js'

/** How one column becomes inputs, learned from the training rows. */
export type ColumnEncoding =
  | {
      kind: 'numeric'
      name: string
      /** Ways in which its numbers become inputs, side by side; at least one, all different. */
      encodings: LearnedEncoding[]
      /** Population standard deviation of its numbers. */
      deviation: number
      /** Replaces missing cells. */
      median: number
      /** Whether another input marks missing cells. */
      indicator: boolean
      /** Least and greatest number of the training rows; absent in models that were written before they were kept. */
      least?: number | undefined
      greatest?: number | undefined
    }
  | {
      kind: 'categorical'
      name: string
      levels: string[]
      /** Whether missing cells are a level of their own, after the others. */
      missing: boolean
    }

/** One input of the network. */
export interface Feature {
  /** `age`, `age in 20..35`, `color=red`, `age is missing` */
  name: string
  /** The table column it comes from. */
  column: string
  kind: 'value' | 'level' | 'missing'
  /** How the numbers of the column become this input, if they do so in several ways. */
  encoding?: EncodingName
  /**
   * The smallest change of the column that changes this input by 1, in units of the column; 1 unless it is a value. A
   * bound on the slope with respect to this input, divided by this, is one in units of the column. With encoding
   * 'standard', it is the standard deviation.
   */
  divisor: number
}

/** More levels than this, and than half the rows, are names or keys; so are some texts that differ in every row. */
const manyLevels = 50
const fewLevels = 10

/** Options of a column: whether its numbers are categories, and how they are encoded otherwise. */
export interface ColumnOptions {
  categorical: boolean
  encoding: EncodingName
  outcome?: Outcome | undefined
  /** Whether the texts of all rows were already found to be categories. */
  known?: boolean
}

/**
 * How a column becomes inputs; null if all its cells are equal.
 *
 * @throws Refusal ERR_DATA for invalid cells, and for a column whose meaning is doubtful.
 */
export function encodingOf(table: Table, column: Column, options: ColumnOptions): ColumnEncoding | null {
  requireSound(table, column)
  const { name, cells, kind, rows } = column
  const missing = cells.includes(null)
  if (options.categorical || kind === 'text') {
    const levels = levelsOf(column)
    if (!options.known) refuseDoubtful(table, column, options, levels.length)
    return levelsEncoding(name, levels, missing)
  }
  const numbers = Float64Array.from({ length: rows }, (_, row) => column.number(row) ?? Number.NaN)
  const isKnown = (row: number) => !Number.isNaN(numbers[row])
  const values = missing ? numbers.filter((_, row) => isKnown(row)) : numbers
  if (values.length === 0) return null
  // such a column only says which cells are missing
  const sorted = values.slice().sort()
  if (isConstant(sorted)) return missing ? levelsEncoding(name, levelsOf(column), true) : null
  const { encoding, outcome } = options
  const known = () =>
    outcome && { ...outcome, values: Float64Array.from(outcome.values).filter((_, row) => isKnown(row)) }
  const learned = learnEncoding(encoding, { name, values, sorted, outcome: missing ? known() : outcome })
  return {
    ...{ kind: 'numeric', name, encodings: [learned], median: quantileOf(sorted, 0.5), indicator: missing },
    ...{ deviation: moments(values).deviation, least: sorted[0], greatest: sorted[sorted.length - 1] },
  }
}

/** @throws Refusal ERR_DATA that names the first invalid cells. */
export function requireSound(table: Table, column: Column): void {
  refuseFaults(table, column.name, [...column.faults])
}

/** Texts as written; numbers and booleans in plain form, if that keeps them distinct. */
function levelsOf(column: Column): string[] {
  if (column.kind === 'text') return [...column.texts()].sort()
  const plain = new Set(column.cells.filter((cell) => cell !== null).map(String))
  return [...(distinctWritten(column, plain.size) ?? plain)].sort()
}

function levelsEncoding(name: string, levels: string[], missing: boolean): ColumnEncoding | null {
  return levels.length + (missing ? 1 : 0) < 2 ? null : { kind: 'categorical', name, levels, missing }
}

function refuseDoubtful(table: Table, column: Column, { categorical }: ColumnOptions, levels: number): void {
  const { name } = column
  const doubt = categorical ? undefined : doubtOf(column)
  const refused = (found: Words) => new Refusal('ERR_DATA', words`column "${name}" has ${found}`)
  const leave = words`leave it out with ${setting('ignore', [name])}`
  const declare = words`say ${setting('categorical', [name])}`
  if (doubt !== undefined) {
    const others = words`if it holds categories, ${declare}; or ${leave}`
    throw refused(words`${doubtText(doubt, column, table.where)}; ${doubt.remedy}; ${others}`)
  }
  if (!categorical && levels > fewLevels && levels === column.rows) {
    throw refused(words`a different text in each of its ${column.rows} rows; ${leave}, or ${declare}`)
  }
  if (levels > manyLevels && 2 * levels > column.rows) {
    throw refused(words`${levels} different texts in ${column.rows} rows, too many for categories; ${leave}`)
  }
}

export function featuresOf(encoding: ColumnEncoding): Feature[] {
  const column = encoding.name
  const missing: Feature = { name: `${column} is missing`, column, kind: 'missing', divisor: 1 }
  if (encoding.kind === 'numeric') {
    const values = encoding.encodings.flatMap((learned) => valueFeatures(encoding, learned))
    return encoding.indicator ? [...values, missing] : values
  }
  const levels = encoding.levels.map(
    (level): Feature => ({ name: `${column}=${level}`, column, kind: 'level', divisor: 1 }),
  )
  return encoding.missing ? [...levels, missing] : levels
}

/** Of several encodings those with one input are told apart by their names. */
function valueFeatures({ name: column, encodings }: Encoding<'numeric'>, learned: LearnedEncoding): Feature[] {
  const { kind: encoding } = learned
  const inputs = valueInputs(learned, column)
  if (encodings.length === 1) return inputs.map(({ name, divisor }) => ({ name, column, kind: 'value', divisor }))
  return inputs.map(({ name, divisor }) => {
    return { name: inputs.length === 1 ? `${name} (${encoding})` : name, column, kind: 'value', encoding, divisor }
  })
}

export type Encoding<Kind> = Extract<ColumnEncoding, { kind: Kind }>

const readCategorical = json.object<Encoding<'categorical'>>({
  kind: json.oneOf('categorical' as const),
  name: json.name,
  levels: json.array(json.text),
  missing: json.boolean,
})

const readNumeric = json.object<Encoding<'numeric'>>({
  kind: json.oneOf('numeric' as const),
  name: json.name,
  encodings: json.array(readLearned),
  deviation: json.positive,
  median: json.number,
  indicator: json.boolean,
  least: json.optional(json.number),
  greatest: json.optional(json.number),
})

const readFlat = json.object({
  kind: json.oneOf('numeric' as const),
  name: json.name,
  mean: json.number,
  deviation: json.positive,
  asinh: json.optional(json.object({ center: json.number, scale: json.positive })),
  median: json.number,
  indicator: json.boolean,
})

/**
 * A numeric column as psilon 0.1.0 wrote it: the encoding has no name, and its figures are those of the column. With asinh
 * the deviation is that of the bent values; the scale stands in for that of the column.
 */
function readFlatNumeric(value: unknown, path: string): Encoding<'numeric'> {
  const { mean, deviation, asinh, ...column } = readFlat(value, path)
  const encoding = asinh === undefined ? { kind: 'standard' as const } : { kind: 'asinh' as const, ...asinh }
  return { ...column, encodings: [{ ...encoding, mean, deviation }], deviation: asinh?.scale ?? deviation }
}

function readEncoded(value: unknown, path: string): Encoding<'numeric'> {
  const column = readNumeric(value, path)
  const kinds = column.encodings.map(({ kind }) => kind)
  if (kinds.length === 0) json.odd(`${path}.encodings is empty`)
  json.refuseRepeats(kinds, `${path}.encodings`)
  const other = column.encodings.find((each) => each.kind === 'standard' && each.deviation !== column.deviation)
  if (other !== undefined) json.odd(`${path}.deviation is not that of the encoding "standard"`)
  return column
}

/** An encoding from a model file. */
export const readEncoding = json.oneKindOf<ColumnEncoding>('kind', {
  numeric: (value, path) => (Object.hasOwn(Object(value), 'encodings') ? readEncoded : readFlatNumeric)(value, path),
  categorical(value, path) {
    const encoding = readCategorical(value, path)
    const { levels, missing } = encoding
    json.refuseRepeats(levels, `${path}.levels`)
    if (levels.length + (missing ? 1 : 0) < 2)
      json.odd(`${path}.levels has ${levels.length} levels, expected at least 2`)
    return encoding
  },
})

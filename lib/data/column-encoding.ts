import { median } from 'd3-array'
import { Refusal, setting, type Words, words } from '../errors/refusal.js'
import * as json from '../io/json-reader.js'
import { type Column, distinctWritten } from '../tables/column.js'
import { doubtOf, doubtText } from '../tables/doubts.js'
import { refuseFaults } from '../tables/faults.js'
import type { Table } from '../tables/table.js'
import { isConstant } from './moments.js'
import { learnScaling, type Scaling, type ScalingKind, unitOf } from './scaling.js'

/** How one column becomes inputs, learned from the training rows. */
export type ColumnEncoding =
  | (Scaling & {
      kind: 'numeric'
      name: string
      /** Replaces missing cells. */
      median: number
      /** Whether a second input marks missing cells. */
      indicator: boolean
    })
  | {
      kind: 'categorical'
      name: string
      levels: string[]
      /** Whether missing cells are a level of their own, after the others. */
      missing: boolean
    }

/** One input of the network. */
export interface Feature {
  /** `age`, `color=red`, `age is missing` */
  name: string
  /** The table column it comes from. */
  column: string
  kind: 'value' | 'level' | 'missing'
  /**
   * A slope with respect to this input, divided by this, is the slope in units of the column; with scaling 'asinh', the
   * steepest possible one.
   */
  divisor: number
}

/** More levels than this, and than half the rows, are names or keys; so are some texts that differ in every row. */
const manyLevels = 50
const fewLevels = 10

/** Options of a column: whether its numbers are categories, and how they are scaled otherwise. */
export interface ColumnOptions {
  categorical: boolean
  scaling: ScalingKind
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
  const values = missing ? numbers.filter((value) => !Number.isNaN(value)) : numbers
  if (values.length === 0) return null
  // such a column only says which cells are missing
  if (isConstant(values)) return missing ? levelsEncoding(name, levelsOf(column), true) : null
  const scaling = learnScaling(values, options.scaling, name)
  return { kind: 'numeric', name, ...scaling, median: median(values) as number, indicator: missing }
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
    const value: Feature = { name: column, column, kind: 'value', divisor: unitOf(encoding) }
    return encoding.indicator ? [value, missing] : [value]
  }
  const levels = encoding.levels.map(
    (level): Feature => ({ name: `${column}=${level}`, column, kind: 'level', divisor: 1 }),
  )
  return encoding.missing ? [...levels, missing] : levels
}

export type Encoding<Kind> = Extract<ColumnEncoding, { kind: Kind }>

const readCategorical = json.object<Encoding<'categorical'>>({
  kind: json.oneOf('categorical' as const),
  name: json.name,
  levels: json.array(json.text),
  missing: json.boolean,
})

/** An encoding from a model file. */
export const readEncoding = json.oneKindOf<ColumnEncoding>('kind', {
  numeric: json.object<Encoding<'numeric'>>({
    kind: json.oneOf('numeric' as const),
    name: json.name,
    mean: json.number,
    deviation: json.positive,
    asinh: json.optional(json.object<NonNullable<Scaling['asinh']>>({ center: json.number, scale: json.positive })),
    median: json.number,
    indicator: json.boolean,
  }),
  categorical(value, path) {
    const encoding = readCategorical(value, path)
    const { levels, missing } = encoding
    json.refuseRepeats(levels, `${path}.levels`)
    if (levels.length + (missing ? 1 : 0) < 2)
      json.odd(`${path}.levels has ${levels.length} levels, expected at least 2`)
    return encoding
  },
})

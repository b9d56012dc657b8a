import { didYouMean, isObject, refuse, show } from '../../checks.js'
import type { ColumnEncoding, Encoding } from '../../data/column-encoding.js'
import type { Preprocessor } from '../../data/preprocess.js'
import { option, Refusal, refuseOption, words } from '../../errors/refusal.js'
import { isArray } from '../../realms.js'

/**
 * How far a column may move: of numbers, in its units, `'2%'` of the value of a row, or `'0.5sd'` standard deviations of
 * the training rows; of categories, the levels that a row may change to.
 */
export type Tolerance = number | string | readonly (string | number | boolean)[]
export type Within = Readonly<Record<string, Tolerance>>

/** A tolerance of a numeric column, from the value of a row. */
export type Distance = (value: number) => number

/** What may move, by column. */
export interface Moves {
  numbers: ReadonlyMap<string, Distance>
  levels: ReadonlyMap<string, readonly string[]>
  /** Limits of every numeric column that moves, instead of distances. */
  limits?: ReadonlyMap<string, readonly [least: number, greatest: number]>
}

/** As movesOf; within 'data': every numeric column within the range that it had in the training rows, categories stay. */
export function movesWithin(preprocessor: Preprocessor, within: unknown, fixed: readonly string[] = []): Moves {
  if (within !== 'data') return movesOf(preprocessor, within, fixed)
  const { numbers, levels } = movesOf(preprocessor, undefined, fixed)
  const limits = preprocessor.columns.flatMap((column): [string, readonly [number, number]][] => {
    if (column.kind !== 'numeric' || !numbers.has(column.name)) return []
    return [[column.name, rangeOf(column)]]
  })
  return { numbers, levels, limits: new Map(limits) }
}

/** @throws Refusal ERR_UNSUPPORTED for a model of an earlier version. */
export function rangeOf({ name, least, greatest }: Encoding<'numeric'>): readonly [number, number] {
  if (least !== undefined && greatest !== undefined) return [least, greatest]
  const found = `the range of column "${name}" is not in this model file, which an earlier version wrote`
  throw new Refusal('ERR_UNSUPPORTED', `${found}; train the model again`)
}

/**
 * @param within by column; columns that it does not name stay. Without it every numeric column moves by its
 * deviation in training. @param fixed columns that stay.
 * @throws Refusal ERR_OPTION for what is not a column, or no tolerance of it.
 */
export function movesOf(preprocessor: Preprocessor, within: unknown, fixed: readonly string[] = []): Moves {
  for (const name of fixed) columnNamed(preprocessor, 'fixed', name)
  if (within === undefined) return byDeviations(preprocessor, fixed)
  if (!isObject(within))
    return refuse('within', 'an object of tolerances by column, as in { temperature: 0.5 }', within)
  const numbers = new Map<string, Distance>()
  const levels = new Map<string, readonly string[]>()
  for (const [name, tolerance] of Object.entries(within)) {
    if (fixed.includes(name)) {
      refuseOption('fixed', words`${option('fixed')} and ${option('within')} both name the column "${name}"`)
    }
    const column = columnNamed(preprocessor, 'within', name)
    if (column === null) continue
    if (column.kind === 'numeric') numbers.set(name, distanceOf(column, tolerance))
    else levels.set(name, levelsOf(column, tolerance))
  }
  return { numbers, levels }
}

function byDeviations({ columns }: Preprocessor, fixed: readonly string[]): Moves {
  const numbers = columns.flatMap((column): [string, Distance][] => {
    if (column.kind !== 'numeric' || fixed.includes(column.name)) return []
    return [[column.name, () => column.deviation]]
  })
  return { numbers: new Map(numbers), levels: new Map() }
}

/** null for a column that was dropped, and so has no effect. */
export function columnNamed({ columns, dropped }: Preprocessor, by: string, name: unknown): ColumnEncoding | null {
  const column = columns.find((each) => each.name === name)
  if (column !== undefined) return column
  const text = String(name)
  if (dropped.includes(text)) return null
  const hint = didYouMean(
    text,
    columns.map((each) => each.name),
  )
  return refuseOption(by, words`${option(by)} "${text}" is not a column of the model${hint}`)
}

function distanceOf(column: Encoding<'numeric'>, tolerance: unknown): Distance {
  const place = `within[${JSON.stringify(column.name)}]`
  if (typeof tolerance === 'number' && tolerance >= 0 && tolerance < Infinity) return () => tolerance
  const [, digits, unit] = /^\s*(\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)\s*(%|sd)\s*$/i.exec(String(tolerance)) ?? []
  if (typeof tolerance !== 'string' || unit === undefined) {
    return refuse(
      place,
      'a number at least 0, a share of the value such as "2%", or deviations such as "0.5sd"',
      tolerance,
    )
  }
  const figure = Number(digits)
  if (unit === '%') return (value) => (figure / 100) * Math.abs(value)
  return () => figure * column.deviation
}

function levelsOf(column: Encoding<'categorical'>, tolerance: unknown): string[] {
  const place = `within[${JSON.stringify(column.name)}]`
  if (!isArray(tolerance))
    return refuse(place, `a list of levels, such as ${JSON.stringify(column.levels.slice(0, 2))}`, tolerance)
  return tolerance.map((level) => {
    const text = String(level)
    if (column.levels.includes(text)) return text
    const hint = didYouMean(text, column.levels)
    return refuseOption(
      place,
      words`${option(place)} names ${show(level)}, which is not a level of the training rows${hint}`,
    )
  })
}

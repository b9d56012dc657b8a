import { median } from 'd3-array'
import { PsilonError } from '../errors.js'
import {
  readArray,
  readBoolean,
  readName,
  readNumber,
  readObject,
  readOneOf,
  readPositive,
  readString,
  refuseRepeats,
} from '../io/json-reader.js'
import { type Column, distinctWritten } from './column.js'
import { doubtOf, doubtText } from './doubts.js'
import { refuseFaults } from './faults.js'
import { isConstant } from './moments.js'
import { learnScaling, type Scaling, type ScalingKind, unitOf } from './scaling.js'
import type { Table } from './table.js'

/** What the training rows said about one column. */
export type ColumnPlan =
  | (Scaling & {
      kind: 'numeric'
      name: string
      /** Stands in for missing cells. */
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
   * A slope with respect to this input, divided by this, is one in the units of the column; of scaling 'asinh' the
   * steepest one that it can be there.
   */
  divisor: number
}

/** More levels than this, and than half the rows, are taken for names or keys, and some where every row has another. */
const manyLevels = 50
const fewLevels = 10

/** What is said about a column: whether its numbers are categories, and how they are scaled otherwise. */
export interface ColumnOptions {
  categorical: boolean
  scaling: ScalingKind
  /** Whether a column of texts was looked at before, with all rows, and found to be categories. */
  known?: boolean
}

/**
 * How a column becomes inputs; null where all its cells are the same.
 *
 * @throws PsilonError ERR_DATA for cells that no column can hold, and for a column that may not be what it seems.
 */
export function planColumn(table: Table, column: Column, options: ColumnOptions, operation: string): ColumnPlan | null {
  requireSound(table, column, operation)
  const { name, cells, kind, rows } = column
  const missing = cells.includes(null)
  if (options.categorical || kind === 'text') {
    const levels = levelsOf(column)
    if (!options.known) refuseDoubtful(table, column, options, levels.length, operation)
    return planLevels(name, levels, missing)
  }
  const numbers = Float64Array.from({ length: rows }, (_, row) => column.number(row) ?? Number.NaN)
  const values = missing ? numbers.filter((value) => !Number.isNaN(value)) : numbers
  if (values.length === 0) return null
  // where a cell is missing is all that such a column says
  if (isConstant(values)) return missing ? planLevels(name, levelsOf(column), true) : null
  const scaling = learnScaling(values, options.scaling, operation, name)
  return { kind: 'numeric', name, ...scaling, median: median(values) as number, indicator: missing }
}

/** @throws PsilonError ERR_DATA that names the first cells that no column can hold. */
export function requireSound(table: Table, column: Column, operation: string): void {
  refuseFaults(table, column.name, [...column.faults], operation)
}

/** Texts as they were written; of numbers and booleans their plain form, where that keeps all of them apart. */
function levelsOf(column: Column): string[] {
  if (column.kind === 'text') return [...column.texts()].sort()
  const plain = new Set(column.cells.filter((cell) => cell !== null).map(String))
  return [...(distinctWritten(column, plain.size) ?? plain)].sort()
}

function planLevels(name: string, levels: string[], missing: boolean): ColumnPlan | null {
  return levels.length + (missing ? 1 : 0) < 2 ? null : { kind: 'categorical', name, levels, missing }
}

function refuseDoubtful(
  table: Table,
  column: Column,
  { categorical }: ColumnOptions,
  levels: number,
  operation: string,
): void {
  const { name } = column
  const doubt = categorical ? undefined : doubtOf(column)
  const refused = (found: string) => new PsilonError('ERR_DATA', `[${operation}] column "${name}" has ${found}`)
  if (doubt !== undefined) {
    const others = `where it holds categories, say categorical: ["${name}"]; or leave it out with ignore: ["${name}"]`
    throw refused(`${doubtText(doubt, column, table.where)}; ${doubt.remedy}; ${others}`)
  }
  const leave = `leave it out with ignore: ["${name}"]`
  if (!categorical && levels > fewLevels && levels === column.rows) {
    throw refused(`a text of its own in each of its ${column.rows} rows; ${leave}, or say categorical: ["${name}"]`)
  }
  if (levels > manyLevels && 2 * levels > column.rows) {
    throw refused(`${levels} different texts in ${column.rows} rows, too many for categories; ${leave}`)
  }
}

export function featuresOf(plan: ColumnPlan): Feature[] {
  const column = plan.name
  const missing: Feature = { name: `${column} is missing`, column, kind: 'missing', divisor: 1 }
  if (plan.kind === 'numeric') {
    const value: Feature = { name: column, column, kind: 'value', divisor: unitOf(plan) }
    return plan.indicator ? [value, missing] : [value]
  }
  const levels = plan.levels.map(
    (level): Feature => ({ name: `${column}=${level}`, column, kind: 'level', divisor: 1 }),
  )
  return plan.missing ? [...levels, missing] : levels
}

/** A plan from a model file. */
export function readPlan(value: unknown, path: string): ColumnPlan {
  const kinds = ['numeric', 'categorical'] as const
  const kind = readOneOf((value as { kind?: unknown } | null | undefined)?.kind, `${path}.kind`, kinds)
  if (kind === 'numeric') {
    const bent = Object.hasOwn(value as object, 'asinh')
    const names = ['kind', 'name', 'mean', 'deviation', 'median', 'indicator', ...(bent ? ['asinh'] : [])]
    const fields = readObject(value, path, names)
    return {
      kind,
      name: readName(fields.name, `${path}.name`),
      mean: readNumber(fields.mean, `${path}.mean`),
      deviation: readPositive(fields.deviation, `${path}.deviation`),
      ...(bent ? { asinh: readAsinh(fields.asinh, `${path}.asinh`) } : {}),
      median: readNumber(fields.median, `${path}.median`),
      indicator: readBoolean(fields.indicator, `${path}.indicator`),
    }
  }
  const fields = readObject(value, path, ['kind', 'name', 'levels', 'missing'])
  const levels = readArray(fields.levels, `${path}.levels`, readString)
  const missing = readBoolean(fields.missing, `${path}.missing`)
  refuseRepeats(levels, `${path}.levels`)
  if (levels.length + (missing ? 1 : 0) < 2) {
    throw new PsilonError('ERR_MODEL_FILE', `[load] ${path}.levels has ${levels.length} levels, expected at least 2`)
  }
  return { kind, name: readName(fields.name, `${path}.name`), levels, missing }
}

function readAsinh(value: unknown, path: string): Scaling['asinh'] {
  const { center, scale } = readObject(value, path, ['center', 'scale'])
  return { center: readNumber(center, `${path}.center`), scale: readPositive(scale, `${path}.scale`) }
}

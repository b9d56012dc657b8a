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
import { isConstant } from './moments.js'
import { learnScaling, type Scaling, type ScalingKind, unitOf } from './scaling.js'
import { type Cell, cellError, cellNumber, type Table } from './table.js'

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

/** More levels than this, and than half the rows, are taken for names or keys. */
const manyLevels = 50

/** What is said about a column: whether its numbers are categories, and how they are scaled otherwise. */
export interface ColumnOptions {
  categorical: boolean
  scaling: ScalingKind
}

/** How a column becomes inputs; null where it has one value only. */
export function planColumn(table: Table, j: number, options: ColumnOptions, operation: string): ColumnPlan | null {
  const name = table.names[j]
  const cells = table.columns[j]
  const present = cells.filter((cell) => cell !== null)
  const missing = present.length < cells.length
  if (present.length === 0) return null
  const numbers = present.map(cellNumber).filter((value) => value !== undefined)
  // text in a column where four of five cells are numbers is taken for a mistake
  if (options.categorical || 5 * numbers.length < 4 * present.length) {
    return planLevels(name, present, missing, table.rows, operation)
  }
  if (numbers.length < present.length) throw textAmongNumbers(table, cells, name, operation)
  const values = Float64Array.from(numbers)
  if (isConstant(values)) return null
  const scaling = learnScaling(values, options.scaling, operation, name)
  return { kind: 'numeric', name, ...scaling, median: median(values) as number, indicator: missing }
}

function planLevels(name: string, cells: Cell[], missing: boolean, rows: number, operation: string): ColumnPlan | null {
  const levels = [...new Set(cells.map(String))].sort()
  if (levels.length + (missing ? 1 : 0) < 2) return null
  if (levels.length > manyLevels && levels.length > rows / 2) {
    const found = `column "${name}" has ${levels.length} different texts in ${rows} rows, too many for categories`
    throw new PsilonError('ERR_DATA', `[${operation}] ${found}; leave it out with ignore: ["${name}"]`)
  }
  return { kind: 'categorical', name, levels, missing }
}

function textAmongNumbers(table: Table, cells: Cell[], name: string, operation: string): PsilonError {
  const row = cells.findIndex((cell) => cell !== null && cellNumber(cell) === undefined)
  const hint = `if the column holds categories, say categorical: ["${name}"]`
  return cellError(operation, table, row, name, `got "${cells[row]}", expected a number; ${hint}`)
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

import { didYouMean } from '../checks.js'
import { PsilonError } from '../errors.js'
import { readArray, readName, readObject, refuseRepeats } from '../io/json-reader.js'
import type { Dtype } from '../native.js'
import { type ColumnPlan, type Feature, featuresOf, planColumn, readPlan } from './column-plan.js'
import type { Matrix } from './matrix.js'
import { type ScalingKind, scaled, usualValues } from './scaling.js'
import { type Cell, cellError, cellNumber, columnIndex, type Table } from './table.js'

export interface PreprocessOptions {
  /** Column that is predicted; never an input. */
  target?: string | undefined
  /** Columns that are left out. */
  ignore?: readonly string[] | undefined
  /** Columns that hold categories though they look like numbers. */
  categorical?: readonly string[] | undefined
  /** Of columns of numbers. Default 'standard'. */
  scaling?: ScalingKind | undefined
}

export interface Transformed {
  x: Matrix
  /** Texts that training never saw, by column; their inputs are all zero. */
  unseen: Record<string, string[]>
  /** Number of missing cells by column, where there are any. */
  missing: Record<string, number>
}

/**
 * Turns table columns into network inputs, the way the training rows taught it.
 *
 * Numbers: (value - mean) / population deviation, or with scaling 'asinh' the same of asinh((value - median) / spread);
 * missing ones take the median, and a second input says so where the training rows had missing cells. Categories: one
 * input for each level, in sorted order; a missing cell is a level of its own where training saw one. Columns with one
 * value only are dropped.
 */
export class Preprocessor {
  readonly columns: readonly ColumnPlan[]
  /** Columns with a single value in the training rows. */
  readonly dropped: readonly string[]
  /** What each input of the network is, in order. */
  readonly features: readonly Feature[]

  private constructor(columns: readonly ColumnPlan[], dropped: readonly string[]) {
    this.columns = columns
    this.dropped = dropped
    this.features = columns.flatMap(featuresOf)
  }

  /** @throws PsilonError ERR_OPTION for names that are no column, ERR_DATA for columns that cannot be inputs. */
  static learn(table: Table, options: PreprocessOptions, operation: string): Preprocessor {
    const { target, ignore = [], categorical = [], scaling = 'standard' } = options
    if (target !== undefined) columnIndex(table, target, operation, 'target')
    for (const name of ignore) columnIndex(table, name, operation, 'ignore')
    for (const name of categorical) columnIndex(table, name, operation, 'categorical')
    const columns: ColumnPlan[] = []
    const dropped: string[] = []
    table.names.forEach((name, j) => {
      if (name === target || ignore.includes(name)) return
      const plan = planColumn(table, j, { categorical: categorical.includes(name), scaling }, operation)
      if (plan === null) dropped.push(name)
      else columns.push(plan)
    })
    if (columns.length === 0) {
      const why = dropped.length === 0 ? '' : `: ${quoted(dropped)} ${dropped.length === 1 ? 'is' : 'are'} constant`
      throw new PsilonError('ERR_DATA', `[${operation}] the table has no column to learn from${why}`)
    }
    return new Preprocessor(columns, dropped)
  }

  /**
   * Columns are found by name; others are left alone.
   *
   * @throws PsilonError ERR_DATA for missing columns, text in a numeric column, and values beyond the dtype.
   */
  transform(table: Table, context: { operation: string; dtype: Dtype }): Transformed {
    const { operation, dtype } = context
    const sources = this.#find(table, operation)
    const width = this.features.length
    const data = new (dtype === 'float32' ? Float32Array : Float64Array)(table.rows * width)
    const result: Transformed = { x: { data, rows: table.rows, columns: width }, unseen: {}, missing: {} }
    let first = 0
    this.columns.forEach((plan, k) => {
      const cells = sources[k]
      const lacking = cells.reduce((n: number, cell) => n + (cell === null ? 1 : 0), 0)
      if (lacking > 0) result.missing[plan.name] = lacking
      if (plan.kind === 'numeric') fillNumeric(plan, cells, table, result.x, first, operation)
      else fillLevels(plan, cells, result, first)
      first += featuresOf(plan).length
    })
    return result
  }

  #find(table: Table, operation: string): Cell[][] {
    const lacking = this.columns.filter(({ name }) => !table.names.includes(name)).map(({ name }) => name)
    if (lacking.length > 0) {
      const others = table.names.filter((name) => !this.columns.some((plan) => plan.name === name))
      const hint = lacking.length === 1 ? didYouMean(lacking[0], others) : ''
      const noun = lacking.length === 1 ? 'column' : 'columns'
      throw new PsilonError('ERR_DATA', `[${operation}] the table lacks the ${noun} ${quoted(lacking)}${hint}`)
    }
    return this.columns.map(({ name }) => table.columns[table.names.indexOf(name)])
  }

  toJSON(): { columns: readonly ColumnPlan[]; dropped: readonly string[] } {
    return { columns: this.columns, dropped: this.dropped }
  }

  /** @throws PsilonError ERR_MODEL_FILE for anything that toJSON did not write. */
  static fromJSON(value: unknown): Preprocessor {
    const fields = readObject(value, 'preprocessing', ['columns', 'dropped'])
    const columns = readArray(fields.columns, 'preprocessing.columns', readPlan)
    const dropped = readArray(fields.dropped, 'preprocessing.dropped', readName)
    refuseRepeats([...columns.map(({ name }) => name), ...dropped], 'preprocessing')
    if (columns.length === 0) throw new PsilonError('ERR_MODEL_FILE', '[load] preprocessing.columns is empty')
    return new Preprocessor(columns, dropped)
  }
}

type Plan<Kind> = Extract<ColumnPlan, { kind: Kind }>

function fillNumeric(plan: Plan<'numeric'>, cells: Cell[], table: Table, x: Matrix, first: number, operation: string) {
  const { name, median, indicator } = plan
  cells.forEach((cell, row) => {
    const at = row * x.columns + first
    if (cell === null && indicator) x.data[at + 1] = 1
    const value = cell === null ? median : cellNumber(cell)
    if (value === undefined) throw cellError(operation, table, row, name, `got "${cell}", expected a number`)
    x.data[at] = scaled(value, plan)
    if (Number.isFinite(x.data[at])) return
    throw cellError(operation, table, row, name, `${value} is too large: the training rows had ${usualValues(plan)}`)
  })
}

function fillLevels(plan: Plan<'categorical'>, cells: Cell[], { x, unseen }: Transformed, first: number) {
  const index = new Map(plan.levels.map((level, k) => [level, k]))
  const strange = new Set<string>()
  cells.forEach((cell, row) => {
    const k = cell === null ? (plan.missing ? plan.levels.length : undefined) : index.get(String(cell))
    if (k !== undefined) x.data[row * x.columns + first + k] = 1
    else if (cell !== null) strange.add(String(cell))
  })
  if (strange.size > 0) unseen[plan.name] = [...strange].sort()
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

import { checkString, refuseUnknown, show } from '../checks.js'
import { requireSound } from '../data/column-plan.js'
import { refuseFaults, refuseTogether } from '../data/faults.js'
import { toWeights } from '../data/matrix.js'
import { type PreprocessOptions, Preprocessor } from '../data/preprocess.js'
import type { Reading } from '../data/read-options.js'
import { folds, split } from '../data/split.js'
import { columnOf, readingOfTable, readTable, requireRows, selectRows, type Table } from '../data/table.js'
import { PsilonError, reworded } from '../errors.js'
import { type Loss, native } from '../native.js'
import type { TrainingData } from '../network/fit-options.js'
import { lossTraits } from '../words.js'
import type { Settings } from './options.js'

/** What regression and classification differ in: how a target column is written for the network. */
export interface Task<Coding> {
  /** Learns from all rows of the table that is fitted. `declared`: the target is said to hold categories. */
  learn(table: Table, target: string, declared: boolean): Coding
  shape(coding: Coding): { loss: Loss; outputs: number }
  /** Targets of the rows, and their weights where the classes have weights. */
  encode(coding: Coding, table: Table, target: string): { y: ArrayLike<number>; weights: Float64Array | null }
}

/** Rows of a table, what they should give and how much they count. */
export interface Rows {
  table: Table
  y: ArrayLike<number>
  weights: Float64Array | null
}

/** What a fit was given, read and checked. */
export interface FitData<Coding> {
  target: string
  coding: Coding
  loss: Loss
  outputs: number
  rows: Rows
  /** Rows of the validation table. */
  validation: Rows | null
  /** Columns that are no inputs: those of the option, and that of the sample weights. */
  ignore: readonly string[]
  /** How the texts of the table were read. */
  reading: Reading
}

/** Network inputs and targets of some rows, with what was learned from those that train. */
export interface Part {
  preprocessor: Preprocessor
  train: TrainingData
  validation: TrainingData | null
  /** Rows that train. */
  rows: number
  /** Their missing cells, by column. */
  missing: Record<string, number>
}

/** The options of a fit, read once. @throws PsilonError ERR_OPTION for an unknown name. */
export function fitOptions(options: unknown): Record<string, unknown> {
  return refuseUnknown('fit', options, ['target', 'validation', 'sampleWeight', 'signal'])
}

/** @throws PsilonError ERR_OPTION, ERR_SHAPE, ERR_DATA or ERR_FILE for whatever is wrong with table or options. */
export async function readFitData<Coding>(
  given: { table: unknown; options: unknown },
  task: Task<Coding>,
  { ignore, categorical }: Pick<Settings, 'ignore' | 'categorical'>,
): Promise<FitData<Coding>> {
  const { sampleWeight, ...options } = fitOptions(given.options)
  const target = checkString('fit', 'target', options.target)
  if (sampleWeight === target) {
    throw new PsilonError('ERR_OPTION', `[fit] the column "${target}" is both target and sampleWeight`)
  }
  const [table, held] = await Promise.all([
    readTable(given.table, 'fit'),
    options.validation === undefined ? null : readTable(options.validation, 'fit'),
  ])
  requireRows(table, 'fit')
  if (held !== null) requireRows(held, 'fit')
  const left = typeof sampleWeight === 'string' ? [...ignore, sampleWeight] : ignore
  const coding = learnTarget(() => task.learn(table, target, categorical.includes(target)), table, {
    target,
    ignore: left,
    categorical,
  })
  const read = (table: Table, weight: unknown): Rows => {
    const { y, weights } = task.encode(coding, table, target)
    return { table, y, weights: product(weights, sampleWeights(weight, table)) }
  }
  const column = typeof sampleWeight === 'string' ? sampleWeight : undefined
  const rows = read(table, sampleWeight)
  return {
    target,
    coding,
    ...task.shape(coding),
    rows,
    validation: held && inValidation(() => read(held, column)),
    ignore: left,
    reading: readingOfTable(table),
  }
}

/** What a target teaches; where it is refused, columns that would be refused are told of too. */
function learnTarget<Coding>(learn: () => Coding, table: Table, options: PreprocessOptions): Coding {
  try {
    return learn()
  } catch (error) {
    if (!(error instanceof PsilonError && error.code === 'ERR_DATA')) throw error
    const rethrow = () => {
      throw error
    }
    refuseTogether([rethrow, () => Preprocessor.learn(table, options, 'fit')], 'fit', (work) => work())
    throw error
  }
}

/**
 * The parts to train and validate on: all rows and the validation table; without one, one split or k folds of the rows;
 * or all rows alone, where nothing is decided on others.
 */
export function partsOf<Coding>(data: FitData<Coding>, settings: Settings): Part[] {
  const { rows, validation, loss } = data
  const { search, training, selection, seed } = settings
  const prepare = preparation(data, settings)
  if (validation !== null || !(search || training.earlyStopping !== undefined)) return [prepare(rows, validation)]
  const classes = lossTraits[loss].link === 'none' ? undefined : rows.y
  const context = { operation: 'fit', seed, permutation: native.permutation, classes, weights: rows.weights }
  const count = rows.table.rows
  const splits = 'folds' in selection ? folds(count, selection.folds, context) : [split(count, selection, context)]
  return splits.map((part) => prepare(select(rows, part.train), select(rows, part.validation)))
}

/** All rows, with nothing to validate on. */
export function wholePart<Coding>(data: FitData<Coding>, settings: Settings): Part {
  return preparation(data, settings)(data.rows, null)
}

/**
 * Learns the preprocessing from the rows that train. Which columns are inputs and which are categories is settled by all
 * rows, so that it is the same for every part.
 */
function preparation<Coding>({ target, ignore, rows }: FitData<Coding>, { categorical, scaling, dtype }: Settings) {
  const context = { operation: 'fit', dtype }
  const whole = Preprocessor.learn(rows.table, { target, ignore, categorical, scaling }, 'fit')
  const options = { target, ignore, categorical, scaling, whole }
  return (train: Rows, validation: Rows | null): Part => {
    const preprocessor = train === rows ? whole : Preprocessor.learn(train.table, options, 'fit')
    const { x, missing } = preprocessor.transform(train.table, context)
    const held = validation && inValidation(() => preprocessor.transform(validation.table, context).x)
    return {
      preprocessor,
      train: trainingData(train, x),
      validation: validation && held && trainingData(validation, held),
      rows: train.table.rows,
      missing,
    }
  }
}

function trainingData({ y, weights }: Rows, { data, rows, columns }: ReturnType<Preprocessor['transform']>['x']) {
  return { x: { data, shape: [rows, columns] }, y, sampleWeight: weights ?? undefined }
}

function select({ table, y, weights }: Rows, indices: Uint32Array): Rows {
  return {
    table: selectRows(table, indices),
    y: Float64Array.from(indices, (i) => y[i]),
    weights: weights && Float64Array.from(indices, (i) => weights[i]),
  }
}

function sampleWeights(given: unknown, table: Table): Float64Array | null {
  if (given === undefined) return null
  const values = typeof given === 'string' ? weightColumn(given, table) : given
  if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && 'length' in values)) {
    const expected = 'the name of a column or an array with one weight a row'
    throw new PsilonError('ERR_OPTION', `[fit] sampleWeight is ${show(values)}, expected ${expected}`)
  }
  if (values.length !== table.rows) {
    throw new PsilonError('ERR_SHAPE', `[fit] sampleWeight has ${values.length} rows, the table has ${table.rows}`)
  }
  const context = { operation: 'fit', name: 'sampleWeight', dtype: 'float64', rows: table.rows } as const
  return toWeights(values, context) as Float64Array
}

function weightColumn(name: string, table: Table): Float64Array {
  const column = columnOf(table, name, 'fit', 'sampleWeight')
  requireSound(table, column, 'fit')
  const faults: [row: number, found: string][] = []
  const weights = Float64Array.from(column.cells, (cell, row) => {
    const weight = column.number(row)
    if (weight !== undefined && weight >= 0) return weight
    const found = cell === null ? 'the weight is missing' : `got ${JSON.stringify(cell)}`
    faults.push([row, `${found}, expected a weight of at least 0`])
    return Number.NaN
  })
  refuseFaults(table, name, faults, 'fit')
  return weights
}

function product(a: Float64Array | null, b: Float64Array | null): Float64Array | null {
  return a === null || b === null ? (a ?? b) : a.map((value, i) => value * b[i])
}

function inValidation<T>(work: () => T): T {
  return reworded('[fit] ', '[fit] validation: ', work)
}

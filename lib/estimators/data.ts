import type { CheckpointOptions } from '../checkpoint/options.js'
import { checkString, refuseUnknown, show } from '../checks.js'
import { requireSound } from '../data/column-encoding.js'
import type { Outcome } from '../data/encodings/encoding.js'
import { encodingNamed } from '../data/encodings/encodings.js'
import { toWeights } from '../data/matrix.js'
import { type PreprocessOptions, Preprocessor } from '../data/preprocess.js'
import { option, Refusal, within, words } from '../errors/refusal.js'
import { refuseFaults, refuseTogether } from '../tables/faults.js'
import { type Reading, withDates } from '../tables/read-options.js'
import type { Table, TableInput } from '../tables/table.js'
import {
  columnIndex,
  columnOf,
  columnsOf,
  readingOfTable,
  readTable,
  requireDateColumns,
  requireRows,
} from '../tables/table.js'
import { type Loss, lossTraits } from '../words.js'
import type { Settings } from './settings.js'

/** What distinguishes regression and classification: how the target column is encoded for the network. */
export interface TargetEncoder<Coding> {
  /** Learns from all rows of the table that is fitted. `declared`: the user declared the target categorical. */
  learn(table: Table, target: string, declared: boolean): Coding
  shape(coding: Coding): { loss: Loss; outputs: number }
  /** Targets of the rows, and their weights if the classes have weights. */
  encode(coding: Coding, table: Table, target: string): { y: ArrayLike<number>; weights: Float64Array | null }
}

export interface LabeledRows {
  table: Table
  y: ArrayLike<number>
  weights: Float64Array | null
}

/** What an estimator learns from a table. */
export interface Learned<Coding> {
  preprocessor: Preprocessor
  coding: Coding
  target: string
  /** How the texts of the table were read. */
  reading: Reading
}

/** The data of a fit, read and checked; the preprocessing is learned from all rows, with the first encoding. */
export interface FitData<Coding> extends Learned<Coding> {
  loss: Loss
  outputs: number
  rows: LabeledRows
  /** Rows of the validation table. */
  validation: LabeledRows | null
  /** Columns that are not inputs: those of the option, and the column of sample weights. */
  ignore: readonly string[]
}

/** Options of an estimator's fit. */
export interface EstimatorFitOptions {
  /** The column to predict. */
  target: string
  /**
   * Rows that replace the held-out ones: they decide which lambda is best and when to stop early. If nothing is to be
   * decided, their loss is evaluated up to a hundred times.
   */
  validation?: TableInput | Table | undefined
  /**
   * A column, also of the validation table, or an array with one weight per row; at least 0, their scale does not
   * matter. The column is not an input. Default: all equal.
   */
  sampleWeight?: string | ArrayLike<number> | undefined
  /** Writes a file now and then, from which the same call goes on after the process was killed, to the same bits. */
  checkpoint?: CheckpointOptions | undefined
  /** Ends the run within a batch when aborted; the run rejects with ERR_CANCELLED. */
  signal?: AbortSignal | undefined
}

/** The options of a fit, read once. @throws Refusal ERR_OPTION for an unknown name. */
export function fitOptions(options: unknown): Record<string, unknown> {
  return refuseUnknown(options, ['target', 'validation', 'sampleWeight', 'checkpoint', 'signal'])
}

/** @throws Refusal ERR_OPTION, ERR_SHAPE, ERR_DATA or ERR_FILE for wrong tables or options. */
export async function readFitData<Coding>(
  given: { table: unknown; options: Record<string, unknown> },
  task: TargetEncoder<Coding>,
  settings: Settings,
): Promise<FitData<Coding>> {
  const { sampleWeight, ...options } = given.options
  const target = checkString('target', options.target)
  if (sampleWeight === target) {
    const both = words`${option('target')} and ${option('sampleWeight')}`
    throw new Refusal('ERR_OPTION', words`the column "${target}" is both ${both}`)
  }
  const [table, held] = await Promise.all([
    readTable(given.table),
    options.validation === undefined ? null : readTable(options.validation),
  ])
  requireRows(table)
  requireDateColumns(table)
  if (held !== null) requireRows(held)
  const column = typeof sampleWeight === 'string' ? sampleWeight : undefined
  if (column !== undefined) columnIndex(table, column, 'sampleWeight')
  const ignore = column === undefined ? settings.ignore : [...settings.ignore, column]
  const { categorical, space } = settings
  const lesson = { target, ignore, categorical, encoding: space.encodings[0] }
  const { coding, preprocessor } = learnTable(table, task, lesson)
  const read = (table: Table, weight: unknown): LabeledRows => {
    const { y, weights } = task.encode(coding, table, target)
    return { table, y, weights: product(weights, sampleWeights(weight, table)) }
  }
  const rows = read(table, sampleWeight)
  const validation = held && within('validation', () => read(held, column))
  const reading = readingFor(table, new Set([target, ...preprocessor.columns.map(({ name }) => name)]))
  return { target, coding, ...task.shape(coding), rows, validation, preprocessor, ignore, reading }
}

/** How a table was read, with the names of those of the given columns that hold dates. */
function readingFor(table: Table, used: ReadonlySet<string>): Reading {
  const reading = readingOfTable(table)
  if (reading.dates === undefined) return reading
  const named = reading.dates === 'auto' ? [] : reading.dates
  const dates = columnsOf(table).filter(
    (column) => used.has(column.name) && (named.includes(column.name) || column.dates),
  )
  return withDates(
    reading,
    dates.map(({ name }) => name),
  )
}

/** Learns target and preprocessing from the rows of a table. @throws Refusal of everything that is wrong with them. */
export function learnTable<Coding>(
  table: Table,
  task: TargetEncoder<Coding>,
  options: PreprocessOptions & { target: string },
): { coding: Coding; preprocessor: Preprocessor } {
  const { target, categorical = [], encoding = 'standard' } = options
  columnIndex(table, target, 'target')
  const learned: { coding?: Coding; preprocessor?: Preprocessor } = {}
  refuseTogether(['coding', 'preprocessor'], (part) => {
    if (part === 'coding') learned.coding = task.learn(table, target, categorical.includes(target))
    else learned.preprocessor = Preprocessor.learn(table, options)
  })
  const { coding, preprocessor } = learned as Required<typeof learned>
  if (!encodingNamed(encoding).supervised) return { coding, preprocessor }
  const outcome = outcomeOf(task.encode(coding, table, target).y, task.shape(coding).loss)
  return { coding, preprocessor: Preprocessor.learn(table, { ...options, outcome }) }
}

export const outcomeOf = (y: ArrayLike<number>, loss: Loss): Outcome => ({ values: y, classes: hasClasses(loss) })

export const hasClasses = (loss: Loss): boolean => lossTraits[loss].link !== 'none'

function sampleWeights(given: unknown, table: Table): Float64Array | null {
  if (given === undefined) return null
  const values = typeof given === 'string' ? weightColumn(given, table) : given
  if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && 'length' in values)) {
    const expected = 'the name of a column or an array with one weight a row'
    throw new Refusal('ERR_OPTION', words`${option('sampleWeight')} is ${show(values)}, expected ${expected}`)
  }
  if (values.length !== table.rows) {
    const found = `has ${values.length} rows, the table has ${table.rows}`
    throw new Refusal('ERR_SHAPE', words`${option('sampleWeight')} ${found}`)
  }
  return toWeights(values, { name: 'sampleWeight', dtype: 'float64', rows: table.rows }) as Float64Array
}

function weightColumn(name: string, table: Table): Float64Array {
  const column = columnOf(table, name, 'sampleWeight')
  requireSound(table, column)
  const faults: [row: number, found: string][] = []
  const weights = Float64Array.from(column.cells, (cell, row) => {
    const weight = column.number(row)
    if (weight !== undefined && weight >= 0) return weight
    const found = cell === null ? 'the weight is missing' : `got ${JSON.stringify(cell)}`
    faults.push([row, `${found}, expected a weight of at least 0`])
    return Number.NaN
  })
  refuseFaults(table, name, faults)
  return weights
}

function product(a: Float64Array | null, b: Float64Array | null): Float64Array | null {
  return a === null || b === null ? (a ?? b) : a.map((value, i) => value * b[i])
}

import { cumsum, greatest, sum } from 'd3-array'
import { didYouMean } from '../checks.js'
import type { Floats } from '../core/native.js'
import { Refusal, setting, words } from '../errors/refusal.js'
import { array, name, object, odd, refuseRepeats } from '../io/json-reader.js'
import { availableMemory } from '../machine/memory.js'
import { count, listed, size } from '../print.js'
import { isCode, plainText } from '../tables/cells.js'
import type { Column } from '../tables/column.js'
import { doubtHint } from '../tables/doubts.js'
import { refuseFaults, refuseTogether } from '../tables/faults.js'
import { columnIndex, columnsOf, type Table } from '../tables/table.js'
import type { Dtype } from '../words.js'
import type { ColumnEncoding, Encoding, Feature } from './column-encoding.js'
import { encodingOf, featuresOf, readEncoding, requireSound } from './column-encoding.js'
import type { Outcome } from './encodings/encoding.js'
import { type EncodingName, usualValues, valueInputs, writeInputs } from './encodings/encodings.js'

/** As in the options of an estimator and of its fit. */
export interface PreprocessOptions {
  target?: string | undefined
  ignore?: readonly string[] | undefined
  categorical?: readonly string[] | undefined
  encoding?: EncodingName | undefined
  /** The target of the rows, for an encoding that learns from it too. */
  outcome?: Outcome | undefined
  /**
   * Preprocessing of the whole table, if this one has some of its rows: its categories stay categories, and a column
   * that is constant in these rows becomes the same inputs as there.
   */
  whole?: Preprocessor | undefined
}

/** Values in a table that training did not see. */
export interface TableNotes {
  /** Levels of categorical columns that training never saw, by column; none of their inputs is set. */
  unseen: Record<string, string[]>
  /** Number of missing cells by column, if there are any. */
  missing: Record<string, number>
}

export interface Transformed extends TableNotes {
  x: Inputs
}

interface Inputs {
  data: Floats
  shape: [rows: number, inputs: number]
}

/**
 * Turns table columns into network inputs, as learned from the training rows.
 *
 * Numbers: the inputs of an encoding, (value - mean) / population deviation by default; missing numbers become the median,
 * and another input marks them if the training rows had missing cells. Categories: one input for each level, in sorted
 * order; a missing cell is a level of its own if training saw one. Constant columns are dropped.
 */
export class Preprocessor {
  /** The inputs of the network, in order. */
  readonly features: readonly Feature[]

  /** @param dropped columns with a single value in the training rows. */
  private constructor(
    readonly columns: readonly ColumnEncoding[],
    readonly dropped: readonly string[],
  ) {
    this.features = columns.flatMap(featuresOf)
  }

  /** @throws Refusal ERR_OPTION for names that are not columns, ERR_DATA for columns that cannot be inputs. */
  static learn(table: Table, options: PreprocessOptions): Preprocessor {
    const { target, ignore = [], categorical = [], encoding: wanted = 'standard', outcome, whole } = options
    if (target !== undefined) columnIndex(table, target, 'target')
    for (const name of ignore) columnIndex(table, name, 'ignore')
    for (const name of categorical) columnIndex(table, name, 'categorical')
    const inputs = inObjectOrder(columnsOf(table)).filter(({ name }) => name !== target && !ignore.includes(name))
    const columns: ColumnEncoding[] = []
    const dropped: string[] = []
    refuseTogether(inputs, (column) => {
      const { name } = column
      const known = whole?.columns.find((encoding) => encoding.name === name)
      const levels = categorical.includes(name) || known?.kind === 'categorical'
      const given = { categorical: levels, encoding: wanted, outcome, known: known !== undefined }
      const encoding = encodingOf(table, column, given)
      if (encoding !== null || known !== undefined) columns.push(encoding ?? (known as ColumnEncoding))
      else dropped.push(name)
    })
    if (columns.length === 0) {
      const why = dropped.length === 0 ? '' : `: ${quoted(dropped)} ${dropped.length === 1 ? 'is' : 'are'} constant`
      throw new Refusal('ERR_DATA', `the table has no column to learn from${why}`)
    }
    return new Preprocessor(columns, dropped)
  }

  /** Of preprocessings of the same rows, each with another encoding: the inputs of all of them, each once. */
  static joined([first, ...others]: readonly Preprocessor[]): Preprocessor {
    const columns = first.columns.map((column, j): ColumnEncoding => {
      if (column.kind !== 'numeric') return column
      const more = others.flatMap(({ columns }) => (columns[j] as Encoding<'numeric'>).encodings)
      return {
        ...column,
        encodings: [...new Map([...column.encodings, ...more].map((each) => [each.kind, each])).values()],
      }
    })
    return new Preprocessor(columns, first.dropped)
  }

  /** The encodings of the numeric columns; those of two values are standardised in any case. */
  get encodings(): EncodingName[] {
    const kinds = this.columns.flatMap((column) => {
      return column.kind === 'numeric' ? [column.encodings.map(({ kind }) => kind)] : []
    })
    return kinds.find((own) => own.length > 1 || own[0] !== 'standard') ?? ['standard']
  }

  /** The inputs, ascending, that this one of its encodings alone would give. */
  inputsOf(encoding: EncodingName): Uint32Array {
    const takes = ({ encoding: own = encoding }: Feature) => own === encoding
    return Uint32Array.from(this.features.flatMap((feature, j) => (takes(feature) ? j : [])))
  }

  /**
   * Columns are found by name; others are ignored.
   *
   * @throws Refusal ERR_DATA for missing columns, text in a numeric column, and values beyond the dtype.
   */
  transform(table: Table, dtype: Dtype): Transformed {
    const sources = this.#find(table)
    refuseTooLarge(this, table.rows, dtype)
    const width = this.features.length
    const data = new (dtype === 'float32' ? Float32Array : Float64Array)(table.rows * width)
    const result: Transformed = { x: { data, shape: [table.rows, width] }, unseen: {}, missing: {} }
    let first = 0
    refuseTogether(this.columns, (encoding) => {
      const column = sources.get(encoding.name) as Column
      const at = first
      first += featuresOf(encoding).length
      requireSound(table, column)
      const lacking = column.cells.reduce((n: number, cell) => n + (cell === null ? 1 : 0), 0)
      if (lacking > 0) result.missing[encoding.name] = lacking
      if (encoding.kind === 'numeric') fillNumeric(encoding, column, table, result.x, at)
      else fillLevels(encoding, column, result, at)
    })
    return result
  }

  #find(table: Table): Map<string, Column> {
    const sources = new Map(columnsOf(table).map((column) => [column.name, column]))
    const lacking = this.columns.filter(({ name }) => !sources.has(name)).map(({ name }) => name)
    if (lacking.length > 0) {
      const others = table.names.filter((name) => !this.columns.some((encoding) => encoding.name === name))
      const hint = lacking.length === 1 ? didYouMean(lacking[0], others) : ''
      const noun = lacking.length === 1 ? 'column' : 'columns'
      throw new Refusal('ERR_DATA', `the table lacks the ${noun} ${quoted(lacking)}${hint}`)
    }
    return sources
  }

  toJSON(): { columns: readonly ColumnEncoding[]; dropped: readonly string[] } {
    return { columns: this.columns, dropped: this.dropped }
  }

  /**
   * @param inputs of its network: columns with more levels are refused before they are read.
   * @throws Refusal ERR_MODEL_FILE for anything that toJSON did not write.
   */
  static fromJSON(value: unknown, inputs = Infinity): Preprocessor {
    const { columns: given } = Object(value)
    const levels = Array.isArray(given) ? sum(given, (column) => column?.levels?.length ?? 0) : 0
    if (levels > inputs) odd(`preprocessing has ${levels} levels, the network has ${inputs} inputs`)
    const { columns, dropped } = readPreprocessor(value, 'preprocessing')
    refuseRepeats([...columns.map(({ name }) => name), ...dropped], 'preprocessing')
    if (columns.length === 0) odd('preprocessing.columns is empty')
    return new Preprocessor(columns, dropped)
  }
}

const readPreprocessor = object<{ columns: ColumnEncoding[]; dropped: string[] }>({
  columns: array(readEncoding),
  dropped: array(name),
})

/** Integer names come first in objects, but not in files: this gives the same inputs for every form of table. */
function inObjectOrder(columns: readonly Column[]): Column[] {
  return Object.values(Object.fromEntries(columns.map((column) => [column.name, column])))
}

/** Typed arrays and memory are limited: a table with too many levels is refused before its inputs are allocated. */
function refuseTooLarge({ columns, features }: Preprocessor, rows: number, dtype: Dtype): void {
  const numbers = rows * features.length
  const bytes = numbers * (dtype === 'float32' ? 4 : 8)
  if (numbers < 2 ** 31 && bytes < availableMemory()) return
  const widest = greatest(columns, (encoding) => featuresOf(encoding).length) as ColumnEncoding
  const found = `${count(rows, 'row')} of ${count(features.length, 'input')} would take ${size(bytes)}`
  const most = `column "${widest.name}" alone gives ${count(featuresOf(widest).length, 'input')}`
  const fewer = widest.kind === 'categorical' ? 'write fewer levels' : words`say ${setting('encoding', 'standard')}`
  const remedy = words`leave it out with ${setting('ignore', [widest.name])}, or ${fewer}`
  throw new Refusal('ERR_DATA', words`${found}; ${most}; ${remedy}`, { details: { needed: bytes } })
}

function fillNumeric(encoding: Encoding<'numeric'>, column: Column, table: Table, x: Inputs, first: number): void {
  const { name, encodings, median, indicator } = encoding
  const { data, shape } = x
  const widths = encodings.map((learned) => valueInputs(learned, name).length)
  const width = sum(widths)
  const starts = cumsum([0, ...widths])
  const faults: [row: number, found: string][] = []
  column.cells.forEach((cell, row) => {
    const at = row * shape[1] + first
    if (cell === null && indicator) data[at + width] = 1
    const value = cell === null ? median : column.number(row)
    if (value === undefined) {
      faults.push([row, `got "${cell}", expected a number`])
      return
    }
    for (const [k, learned] of encodings.entries()) writeInputs(learned, value, data, at + starts[k])
    if (areFinite(data, at, width)) return
    faults.push([row, `${value} is too large: the training rows had ${usualValues(encodings[0])}`])
  })
  const isText = faults.some(([row]) => column.number(row) === undefined)
  refuseFaults(table, name, faults, isText ? doubtHint(column, table.where) : [])
}

export function areFinite(data: Floats, from: number, count: number): boolean {
  for (let k = from; k < from + count; k++) if (!Number.isFinite(data[k])) return false
  return true
}

/** Levels are found by their text, or else by their number or boolean value. */
function fillLevels(encoding: Encoding<'categorical'>, column: Column, { x, unseen }: Transformed, first: number) {
  const { data, shape } = x
  const index = new Map(encoding.levels.map((level, k) => [level, k]))
  const plainly = new Map(encoding.levels.some(isCode) ? [] : encoding.levels.map((level, k) => [plainText(level), k]))
  const strange = new Set<string>()
  column.cells.forEach((cell, row) => {
    if (cell === null) {
      if (encoding.missing) data[row * shape[1] + first + encoding.levels.length] = 1
      return
    }
    const text = column.text(row) as string
    const k = index.get(text) ?? plainly.get(plainText(cell))
    if (k !== undefined) data[row * shape[1] + first + k] = 1
    else strange.add(text)
  })
  if (strange.size > 0) unseen[encoding.name] = [...strange].sort()
}

const quoted = (names: readonly string[]): string => listed(names.map((name) => `"${name}"`))

import { cumsum, sum } from 'd3-array'
import type { Floats } from '../core/native.js'
import { isRecord } from '../realms.js'
import { type Cell, isInfinite } from '../tables/cells.js'
import { Column, missingBy, settle } from '../tables/column.js'
import { isDay } from '../tables/dates.js'
import { datesOf, type Reading } from '../tables/read-options.js'
import type { Dtype } from '../words.js'
import { type ColumnEncoding, type Encoding, featuresOf } from './column-encoding.js'
import { valueInputs, writeInputs } from './encodings/encodings.js'
import { areFinite, type Preprocessor, type Transformed } from './preprocess.js'

/** More rows are read as a table. */
const most = 64

/** Writes the inputs of a cell from `at` on. Returns false for a cell that is not plain. */
type Writer = (cell: unknown, data: Floats, at: number) => boolean

interface Slot {
  name: string
  /** Its first input. */
  first: number
  write: Writer
}

/**
 * A short way from rows to inputs, made once for a model. It takes rows whose cells are plain: finite numbers and booleans in
 * numeric columns, the exact text or number of a known level in categorical ones, and null. Whatever is not plain is left
 * to `Preprocessor.transform`, which gives the same inputs for plain rows.
 */
export class PlainRows {
  readonly #slots: readonly Slot[]
  readonly #indices: ReadonlyMap<string, number>
  readonly #width: number
  readonly #kind: Float32ArrayConstructor | Float64ArrayConstructor

  constructor({ columns, features }: Preprocessor, reading: Reading, dtype: Dtype) {
    const starts = cumsum([0, ...columns.map((column) => featuresOf(column).length)])
    this.#slots = columns.map((column, k) => ({
      name: column.name,
      first: starts[k],
      write: writerOf(column, reading),
    }))
    this.#indices = new Map(columns.map(({ name }, k) => [name, k]))
    this.#width = features.length
    this.#kind = dtype === 'float32' ? Float32Array : Float64Array
  }

  /** null if a row is not plain, or there are many. */
  transform(rows: readonly unknown[]): Transformed | null {
    if (rows.length === 0 || rows.length > most) return null
    const cells = this.#read(rows)
    return cells && this.#encode(cells)
  }

  /** The cells of all rows, undefined where a column lacks; null if a row is no object or cannot be read. Runs getters of rows. */
  #read(rows: readonly unknown[]): unknown[][] | null {
    try {
      const read: unknown[][] = []
      for (const row of rows) {
        const cells = isRecord(row) ? this.#cellsOf(row) : null
        if (cells === null) return null
        read.push(cells)
      }
      return read
    } catch {
      return null // thrown again where the row is read as a table
    }
  }

  #cellsOf(row: Record<string, unknown>): unknown[] | null {
    const cells = new Array<unknown>(this.#slots.length)
    for (const name of Object.keys(row)) {
      const cell = row[name]
      const k = this.#indices.get(name)
      if (k !== undefined) cells[k] = cell
      else if (name === '' || name === '__proto__') return null
    }
    return cells
  }

  #encode(rows: readonly unknown[][]): Transformed | null {
    const data = new this.#kind(rows.length * this.#width)
    const missing: Record<string, number> = {}
    for (const [k, { name, first, write }] of this.#slots.entries()) {
      let lacking = 0
      for (let row = 0; row < rows.length; row++) {
        const cell = rows[row][k]
        if (cell === null) lacking++
        if (!write(cell, data, row * this.#width + first)) return null
      }
      if (lacking > 0) missing[name] = lacking
    }
    return { x: { data, shape: [rows.length, this.#width] }, unseen: {}, missing }
  }
}

function writerOf(column: ColumnEncoding, reading: Reading): Writer {
  return column.kind === 'numeric' ? numberWriter(column, reading) : levelWriter(column, reading)
}

function numberWriter({ name, encodings, median, indicator }: Encoding<'numeric'>, reading: Reading): Writer {
  const isMissing = missingBy(reading)
  const areDays = datesOf(reading, name) !== 'never'
  const widths = encodings.map((learned) => valueInputs(learned, name).length)
  const starts = cumsum([0, ...widths])
  const width = sum(widths)
  return (cell, data, at) => {
    if (typeof cell !== 'number' && typeof cell !== 'boolean' && cell !== null) return false
    if (cell !== null && (isMissing(cell) || (areDays && !isDay(Number(cell))))) return false
    if (cell === null && indicator) data[at + width] = 1
    const value = cell === null ? median : Number(cell)
    for (let k = 0; k < encodings.length; k++) writeInputs(encodings[k], value, data, at + starts[k])
    return Number.isFinite(value) && areFinite(data, at, width)
  }
}

function levelWriter({ levels, missing }: Encoding<'categorical'>, reading: Reading): Writer {
  const known = new Map<unknown, number>()
  for (const [k, level] of levels.entries()) {
    for (const cell of [level, Number(level)]) if (reads(cell, level, reading)) known.set(cell, k)
  }
  return (cell, data, at) => {
    const k = cell === null ? levels.length : known.get(cell)
    if (k === undefined) return false
    if (cell !== null || missing) data[at + k] = 1
    return true
  }
}

/** Whether a cell, in whatever column, is this level. */
function reads(cell: Exclude<Cell, null>, level: string, reading: Reading): boolean {
  const column = new Column('', 1, reading, () => settle([cell], { ...reading, dates: 'never', fromFile: false }))
  return column.faults.size === 0 && column.text(0) === level && !isInfinite(level)
}

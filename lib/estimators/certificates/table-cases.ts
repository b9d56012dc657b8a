import { range } from 'd3-array'
import { type ColumnEncoding, featuresOf } from '../../data/column-encoding.js'
import { type LearnedEncoding, valueInputs, writeInputs } from '../../data/encodings/encodings.js'
import { type Cases, up } from '../../network/certificates/cases.js'
import type { ProportionalMoves } from '../../network/certificates/global-radii.js'
import { type Floats, isFloat64Array } from '../../realms.js'

/**
 * A numeric column that moves: its encodings, one after the other, and where their inputs begin. Each turns a value into
 * inputs that never fall as the value rises.
 */
export interface MovingColumn {
  name: string
  encodings: readonly LearnedEncoding[]
  first: number
  inputs: number
}

/** The numeric columns of these names, in the order of the inputs. */
export function movingColumns(columns: readonly ColumnEncoding[], names: ReadonlySet<string>): MovingColumn[] {
  let next = 0
  return columns.flatMap((column) => {
    const first = next
    next += featuresOf(column).length
    if (column.kind !== 'numeric' || !names.has(column.name)) return []
    const { encodings } = column
    const inputs = encodings.reduce((sum, encoding) => sum + valueInputs(encoding, column.name).length, 0)
    return [{ name: column.name, encodings, first, inputs }]
  })
}

function writeColumn({ name, encodings }: MovingColumn, value: number, data: Floats, at: number): void {
  let next = at
  for (const encoding of encodings) {
    writeInputs(encoding, value, data, next)
    next += valueInputs(encoding, name).length
  }
}

/**
 * How far an input may be from that of a curve which never falls: (value - mean) / deviation rounds in order, other curves
 * by a few units in the last place.
 */
function wobble(encodings: readonly LearnedEncoding[], input: number): number {
  const offsets = encodings.map((encoding) => {
    if (encoding.kind === 'standard') return null
    return 'mean' in encoding ? Math.abs(encoding.mean / encoding.deviation) : 1
  })
  if (offsets.every((offset) => offset === null)) return 0
  return 2 ** -46 * (Math.abs(input) + Math.max(...offsets.map((offset) => offset ?? 0)) + 1)
}

/** Writes the least and the greatest inputs of a column between two values, of a row whose inputs begin at `at`. */
export function writeInterval(
  column: MovingColumn,
  [low, high]: readonly [number, number],
  { lower, upper }: { lower: Floats; upper: Floats },
  at: number,
): void {
  const ends = new Float64Array(2 * column.inputs)
  writeColumn(column, low, ends, 0)
  writeColumn(column, high, ends, column.inputs)
  for (let t = 0; t < column.inputs; t++) {
    const [least, most] = [ends[t], ends[column.inputs + t]]
    lower[at + column.first + t] = least - wobble(column.encodings, least)
    upper[at + column.first + t] = most + wobble(column.encodings, most)
  }
}

/** Which inputs of a column, from 0, change between two values. */
export function changingInputs(column: MovingColumn, [low, high]: readonly [number, number]): number[] {
  const ends = new Float64Array(2 * column.inputs)
  writeColumn(column, low, ends, 0)
  writeColumn(column, high, ends, column.inputs)
  return range(column.inputs).filter((t) => ends[t] !== ends[column.inputs + t])
}

/** Places of a table: rows with their inputs, and the values and tolerances of what moves. */
export interface Places {
  /** [places, inputs], in the dtype of the network. */
  x: Floats
  inputs: number
  classes: Float64Array
  columns: readonly MovingColumn[]
  /** [places, columns]; NaN where a cell is missing, and so stays. */
  values: Float64Array
  /** [places, columns] */
  tolerances: Float64Array
  /** Between which values each column may be at any scale, instead of its tolerances. */
  limits?: readonly (readonly [least: number, greatest: number])[] | undefined
}

/** Rows of a table whose numeric columns move, in the units of the columns; the coordinates are their values. */
export class TableCases implements Cases {
  readonly count: number
  readonly classes: Float64Array
  readonly moving: readonly boolean[]

  constructor(private readonly places: Places) {
    const { classes, columns, inputs } = places
    this.classes = classes
    this.count = classes.length
    this.moving = range(inputs).map((j) => columns.some(({ first, inputs }) => j >= first && j < first + inputs))
  }

  /** Numbers that are standardised alone move so. */
  proportional(): ProportionalMoves | null {
    const { x, inputs, columns, tolerances: ofColumns, limits } = this.places
    if (limits !== undefined) return null
    const tolerances = new Float64Array(x.length)
    for (const [k, { encodings, first }] of columns.entries()) {
      if (encodings.length !== 1 || encodings[0].kind !== 'standard') return null
      for (let index = 0; index < this.count; index++) {
        tolerances[index * inputs + first] = (ofColumns[index * columns.length + k] / encodings[0].deviation) * up
      }
    }
    return { x, tolerances }
  }

  box(index: number, scale: number, lower: Floats, upper: Floats, at: number): void {
    const { x, inputs, columns } = this.places
    const base = x.subarray(index * inputs, (index + 1) * inputs)
    lower.set(base, at)
    upper.set(base, at)
    columns.forEach((column, k) => {
      const [low, high] = this.#interval(index, k, scale)
      if (!(high > low)) return
      writeInterval(column, [low, high], { lower, upper }, at)
    })
  }

  place(index: number): Float64Array {
    const { values, columns } = this.places
    return values.slice(index * columns.length, (index + 1) * columns.length)
  }

  placeOf(index: number, inputs: Floats, scale: number): Float64Array {
    const place = this.place(index)
    this.places.columns.forEach((column, k) => {
      const [low, high] = this.#interval(index, k, scale)
      if (high > low)
        place[k] = valueFor(column, inputs.subarray(column.first, column.first + column.inputs), low, high)
    })
    return place
  }

  write(index: number, place: Float64Array, data: Floats, at: number): void {
    const { x, inputs, columns } = this.places
    data.set(x.subarray(index * inputs, (index + 1) * inputs), at)
    columns.forEach((column, k) => {
      if (!Number.isNaN(place[k])) writeColumn(column, place[k], data, at + column.first)
    })
  }

  scaleOf(index: number, place: Float64Array): number {
    const { values, tolerances, columns } = this.places
    return columns.reduce((most, _, k) => {
      const at = index * columns.length + k
      const distance = Math.abs(place[k] - values[at])
      return distance > 0 ? Math.max(most, (distance / tolerances[at]) * up) : most
    }, 0)
  }

  /** Values that column k may take; a single one if it stays. */
  #interval(index: number, k: number, scale: number): [low: number, high: number] {
    const { values, tolerances, columns, limits } = this.places
    const at = index * columns.length + k
    const value = values[at]
    if (limits !== undefined && !Number.isNaN(value)) {
      return [Math.min(value, limits[k][0]), Math.max(value, limits[k][1])]
    }
    const distance = tolerances[at] === 0 ? 0 : scale * tolerances[at] * up
    return Number.isNaN(value) ? [0, 0] : [value - distance, value + distance]
  }
}

/** A value from low to high whose inputs are closest to these: of several inputs, to the one that has moved most. */
function valueFor(column: MovingColumn, wanted: Floats, low: number, high: number): number {
  const data = isFloat64Array(wanted) ? new Float64Array(column.inputs) : new Float32Array(column.inputs)
  const inputsOf = (value: number) => {
    writeColumn(column, value, data, 0)
    return Float64Array.from(data)
  }
  const [least, most] = [inputsOf(low), inputsOf(high)]
  const middle = inputsOf(low + (high - low) / 2)
  const share = (t: number) => (most[t] > least[t] ? Math.abs(wanted[t] - middle[t]) / (most[t] - least[t]) : -1)
  const t = range(column.inputs).reduce((best, t) => (share(t) > share(best) ? t : best), 0)
  if (wanted[t] <= least[t]) return low
  if (wanted[t] >= most[t]) return high
  let [from, to] = [low, high]
  for (let step = 0; step < 60; step++) {
    const value = from + (to - from) / 2
    if (inputsOf(value)[t] < wanted[t]) from = value
    else to = value
  }
  return to
}

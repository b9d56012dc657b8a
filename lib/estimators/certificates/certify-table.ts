import { range } from 'd3-array'
import type { Preprocessor } from '../../data/preprocess.js'
import type { Asking } from '../../network/certificates/asking.js'
import { certifyCases, haveMet } from '../../network/certificates/certify.js'
import { floats, type Subject } from '../../network/certificates/subject.js'
import type { Floats } from '../../realms.js'
import type { Cell } from '../../tables/cells.js'
import type { Column } from '../../tables/column.js'
import { columnsOf, type Table } from '../../tables/table.js'
import type { Level } from '../../words.js'
import { combinations, type Levels, writeLevels } from './combinations.js'
import { type MovingColumn, movingColumns, TableCases } from './table-cases.js'
import type { Distance, Moves } from './within.js'

/** Rows of a table as a network reads them. */
export interface Rows {
  table: Table
  preprocessor: Preprocessor
  /** [rows, inputs] */
  x: Floats
}

/** What a row may become: itself with other levels, and numbers that move from its own. */
export interface Start {
  row: number
  levels: Levels
}

export interface Changed {
  levels: Levels
  numbers: ReadonlyMap<string, number>
}

export interface CertifiedRows {
  classes: Float64Array
  radii: Float64Array
  upper: Float64Array
  exact: boolean[]
  counterexamples: (Changed | null)[]
}

/** Certifies each row for all combinations of the levels that it may have. */
export function* certifyRows(
  subject: Subject,
  rows: Rows,
  moves: Moves,
  options: { level: Level; nodes: number },
): Asking<CertifiedRows> {
  const count = rows.table.rows
  const own = yield* subject.classify(rows.x, count)
  const starts = startsOf(count, moves)
  const x = inputsOf(rows, starts, subject)
  const classes = starts.length === count ? own : yield* subject.classify(x, starts.length)
  const result = unmoved(own)
  const kept = range(starts.length).filter((k) => {
    const { row, levels } = starts[k]
    if (classes[k] === own[row]) return true
    result.radii[row] = result.upper[row] = 0
    result.counterexamples[row] ??= { levels, numbers: new Map() }
    return false
  })
  const columns = movingColumns(rows.preprocessor.columns, new Set(moves.numbers.keys()))
  const cases = casesOf(rows, moves, columns, { x, starts, kept, own })
  const certified = yield* certifyCases(subject, cases, options)
  kept.forEach((start, k) => {
    const { row, levels } = starts[start]
    result.radii[row] = Math.min(result.radii[row], certified.radii[k])
    const found = certified.counterexamples[k]
    if (found === null || certified.upper[k] >= result.upper[row]) return
    result.upper[row] = certified.upper[k]
    result.counterexamples[row] = { levels, numbers: numbersOf(columns, found.place, cases.place(k)) }
  })
  result.exact = Array.from(result.radii, (radius, row) => haveMet(radius, result.upper[row]))
  return result
}

function unmoved(classes: Float64Array): CertifiedRows {
  const infinite = () => classes.map(() => Infinity)
  return { classes, radii: infinite(), upper: infinite(), exact: [], counterexamples: Array.from(classes, () => null) }
}

/** Every row with every combination of levels; the rows as they are come first. */
export function startsOf(rows: number, { levels }: Moves): Start[] {
  return combinations(levels).flatMap((levels) => range(rows).map((row): Start => ({ row, levels })))
}

/** [starts, inputs] */
export function inputsOf({ x, preprocessor }: Rows, starts: readonly Start[], subject: Subject): Floats {
  const { inputs } = subject
  const data = floats(subject, starts.length * inputs)
  starts.forEach(({ row, levels }, k) => {
    data.set(x.subarray(row * inputs, (row + 1) * inputs), k * inputs)
    writeLevels(preprocessor.columns, levels, data, k * inputs)
  })
  return data
}

interface Chosen {
  x: Floats
  starts: readonly Start[]
  kept: readonly number[]
  /** Classes of the rows. */
  own: Float64Array
}

export function casesOf(
  { table, preprocessor }: Rows,
  moves: Moves,
  columns: readonly MovingColumn[],
  { x, starts, kept, own }: Chosen,
): TableCases {
  const inputs = preprocessor.features.length
  const known = new Map(columnsOf(table).map((column) => [column.name, column]))
  const sources = columns.map(({ name }) => ({
    column: known.get(name) as Column,
    distance: moves.numbers.get(name) as Distance,
  }))
  const values = new Float64Array(kept.length * columns.length)
  const tolerances = new Float64Array(values.length)
  const data = x.slice(0, kept.length * inputs)
  kept.forEach((start, k) => {
    data.set(x.subarray(start * inputs, (start + 1) * inputs), k * inputs)
    sources.forEach(({ column, distance }, c) => {
      const value = column.number(starts[start].row) ?? Number.NaN
      values[k * columns.length + c] = value
      tolerances[k * columns.length + c] = Number.isNaN(value) ? 0 : distance(value)
    })
  })
  const classes = Float64Array.from(kept, (start) => own[starts[start].row])
  const limits = moves.limits && columns.map(({ name }) => moves.limits?.get(name) as readonly [number, number])
  return new TableCases({ x: data, inputs, classes, columns, values, tolerances, limits })
}

function numbersOf(columns: readonly MovingColumn[], place: Float64Array, before: Float64Array): Map<string, number> {
  const moved = columns.flatMap(({ name }, k): [string, number][] =>
    place[k] !== before[k] && !Number.isNaN(place[k]) ? [[name, place[k]]] : [],
  )
  return new Map(moved)
}

/** A row of the table in its own units, with what was changed; categories as they are written. */
export function changedRow(
  { table, preprocessor }: Pick<Rows, 'table' | 'preprocessor'>,
  row: number,
  { levels, numbers }: Changed,
): Record<string, Cell> {
  const categories = new Set(preprocessor.columns.flatMap(({ kind, name }) => (kind === 'categorical' ? [name] : [])))
  const cells = columnsOf(table).map((column): [string, Cell] => {
    const { name } = column
    const own = categories.has(name) ? (column.text(row) ?? null) : column.cells[row]
    return [name, numbers.get(name) ?? levels.get(name) ?? own]
  })
  return Object.fromEntries(cells)
}

import { range } from 'd3-array'
import { guard, native, ours } from '../../core/native.js'
import type { ColumnEncoding } from '../../data/column-encoding.js'
import type { Preprocessor } from '../../data/preprocess.js'
import { option, refuseOption, words } from '../../errors/refusal.js'
import type { Subject } from '../../network/certificates/subject.js'
import type { Cell } from '../../tables/cells.js'
import type { Column } from '../../tables/column.js'
import { columnsOf } from '../../tables/table.js'
import { changedRow, inputsOf, type Rows, startsOf } from './certify-table.js'
import { boxOfData } from './data-box.js'
import {
  directionIn,
  type MonotoneQuestion,
  type Monotonicity,
  type Pair,
  type Region,
  requireNumeric,
} from './monotone.js'
import { movingColumns } from './table-cases.js'
import { type Moves, movesWithin, rangeOf, type Within } from './within.js'

/** Where a column may rise: regions, and the rows in them. */
interface Place {
  regions: Region[]
  question: MonotoneQuestion
  /** A row, by numbers from 0 to 1 for the columns that move and for the levels. */
  rowAt(numbers: Float64Array, levels: number): Record<string, Cell>
}

interface Search {
  subject: Subject
  budget: number
  /** What has to rise, for rows of a table. */
  predict(rows: readonly Record<string, Cell>[]): Promise<Float64Array>
}

const samples = 512

/** The verdict in one place: first two pairs of rows that contradict each other are sought, then a proof. */
export async function monotoneIn(place: Place, { subject, budget, predict }: Search): Promise<Monotonicity> {
  const { rising, falling } = await pairsIn(place, predict)
  if (rising !== null && falling !== null) return { verdict: 'neither', rising, falling }
  const verdict = directionIn(subject, place.regions, place.question, budget) ?? 'unknown'
  return { verdict, rising: null, falling: null }
}

/** Pairs between which the prediction rises and falls most, of rows spread over the place. */
async function pairsIn({ question, rowAt }: Place, predict: Search['predict']) {
  const { columns, column } = question
  const draw = (seed: number) => {
    const order = ours(guard(() => native.permutation(samples, seed)))
    return Float64Array.from(order, (k) => (k + 0.5) / samples)
  }
  const draws = columns.map((_, k) => draw(k + 1))
  const [other, levels] = [draw(columns.length + 1), draw(columns.length + 2)]
  const pairs = range(samples).map((i): Pair => {
    const numbers = Float64Array.from(draws, (of) => of[i])
    const [low, high] = [numbers.slice(), numbers]
    low[column] = Math.min(draws[column][i], other[i])
    high[column] = Math.max(draws[column][i], other[i])
    return [rowAt(low, levels[i]), rowAt(high, levels[i])]
  })
  const values = await predict(pairs.flat())
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const changes = range(samples).map((i) => values[2 * i + 1] - values[2 * i])
  // smaller changes may be rounding
  const noise = 1e-5 * (most - least) + 1e-7 * Math.max(Math.abs(least), Math.abs(most))
  const best = (sign: 1 | -1): Pair | null => {
    const k = changes.reduce((best, change, i) => (sign * change > sign * changes[best] ? i : best), 0)
    return sign * changes[k] > noise ? pairs[k] : null
  }
  return { rising: best(1), falling: best(-1) }
}

/** The place around each row. */
export function placesOfRows(rows: Rows, moves: Moves, subject: Subject, name: string, sumsOf: SumsOf): Place[] {
  const { table, preprocessor } = rows
  const columns = movingColumns(preprocessor.columns, new Set(moves.numbers.keys()))
  const column = columns.findIndex((each) => each.name === name)
  if (column < 0) refuseOption('within', words`${option('within')} must name the column "${name}"`)
  const known = new Map(columnsOf(table).map((each) => [each.name, each]))
  const starts = startsOf(table.rows, moves)
  const x = inputsOf(rows, starts, subject)
  const { inputs } = subject
  return range(table.rows).map((row): Place => {
    const intervals = columns.map(({ name }) => intervalOf(preprocessor.columns, known.get(name) as Column, row, moves))
    const own = [...starts.keys()].filter((k) => starts[k].row === row)
    const regions = own.map((k): Region => {
      const base = x.subarray(k * inputs, (k + 1) * inputs)
      return { lower: base, upper: base, intervals }
    })
    return {
      regions,
      question: { columns, column, sums: sumsOf(row) },
      rowAt(numbers, levels) {
        const { levels: chosen } = starts[own[Math.floor(levels * own.length)]]
        const moved = columns.flatMap(({ name }, k): [string, number][] => {
          const [low, high] = intervals[k]
          const isMissing = known.get(name)?.number(row) === undefined
          return isMissing ? [] : [[name, low + numbers[k] * (high - low)]]
        })
        return changedRow(rows, row, { levels: chosen, numbers: new Map(moved) })
      },
    }
  })
}

type SumsOf = (row: number) => readonly (readonly number[])[]

/** Where a numeric cell of a row may be; a missing one is the median. */
function intervalOf(
  columns: readonly ColumnEncoding[],
  column: Column,
  row: number,
  moves: Moves,
): readonly [number, number] {
  const value = column.number(row)
  if (value === undefined) {
    const encoding = columns.find(({ name }) => name === column.name)
    const median = encoding?.kind === 'numeric' ? encoding.median : 0
    return [median, median]
  }
  const limits = moves.limits?.get(column.name)
  if (limits !== undefined) return [Math.min(value, limits[0]), Math.max(value, limits[1])]
  const distance = moves.numbers.get(column.name)?.(value) ?? 0
  return [value - distance, value + distance]
}

/** All rows within the range of the training data, with any levels. */
export function placeOfData(
  { preprocessor }: Pick<Rows, 'preprocessor'>,
  subject: Subject,
  name: string,
  sums: SumsOf,
): Place {
  const numeric = preprocessor.columns.flatMap((column) => (column.kind === 'numeric' ? [column] : []))
  const columns = movingColumns(preprocessor.columns, new Set(numeric.map(({ name }) => name)))
  const intervals = numeric.map((column): readonly [number, number] => {
    const [least, greatest] = rangeOf(column)
    return [least, greatest]
  })
  const column = columns.findIndex((each) => each.name === name)
  return {
    regions: [{ ...boxOfData(preprocessor, subject.dtype), intervals }],
    question: { columns, column, sums: sums(0) },
    rowAt(numbers, levels) {
      let next = 0
      const cells = preprocessor.columns.map((each): [string, Cell] => {
        if (each.kind === 'categorical') {
          // another digit for each column
          next++
          const k = Math.floor(((levels * 10 ** next) % 1) * each.levels.length)
          return [each.name, each.levels[k] ?? null]
        }
        const k = columns.findIndex(({ name }) => name === each.name)
        const [low, high] = intervals[k]
        return [each.name, low + numbers[k] * (high - low)]
      })
      return Object.fromEntries(cells)
    },
  }
}

/** What an estimator asks of each row: the sums of outputs that have to rise, and their prediction. */
export interface MonotoneTask {
  sumsOf: SumsOf
  predict(rows: readonly Record<string, Cell>[]): Promise<Float64Array>
}

/** @param rows null: everywhere within the range of the training data. */
export async function monotoneRows(
  subject: Subject,
  preprocessor: Preprocessor,
  rows: Rows | null,
  { column, within, budget }: { column: string; within: Within | 'data' | undefined; budget: number },
  { sumsOf, predict }: MonotoneTask,
): Promise<Monotonicity[]> {
  if (rows === null && within !== undefined && within !== 'data') {
    refuseOption('within', words`${option('within')} needs ${option('rows')}, whose columns move by it`)
  }
  const name = requireNumeric(preprocessor, column)
  const flat: Monotonicity = { verdict: 'flat', rising: null, falling: null }
  if (name === null) return range(rows?.table.rows ?? 1).map(() => flat)
  const places = rows === null ? [placeOfData({ preprocessor }, subject, name, sumsOf)] : placesOf(rows)
  const found: Monotonicity[] = []
  for (const place of places) {
    found.push(await monotoneIn(place, { subject, budget, predict }))
  }
  return found

  function placesOf(rows: Rows): Place[] {
    const moves = movesWithin(preprocessor, within)
    return placesOfRows(rows, moves, subject, name as string, sumsOf)
  }
}

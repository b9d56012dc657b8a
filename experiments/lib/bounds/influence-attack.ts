import { range, sum } from 'd3-array'
import type { Cell } from 'psilon'
import type { Random } from './random.js'
import { type Column, type Row, rounding, type Subject, unseen } from './subject.js'

/** Two rows that differ in one column. */
interface Pair {
  column: number
  from: Row
  to: Cell
}

type Judged = Pair & { ratio: number }

const drawn = 96
const rounds = 12
const changed = 16

/**
 * The largest change of a prediction that is found when one column moves, as a share of its bound. For each column pairs of
 * rows are drawn, with moves from a millionth of a deviation to ten thousand of them, other levels and missing cells; the
 * steepest is changed again and again, and kept where that makes it steeper.
 */
export async function attackInfluence(subject: Subject, random: Random, dtype: keyof typeof rounding): Promise<number> {
  const columns = range(subject.columns.length)
  let best = await steepest(
    subject,
    dtype,
    columns.flatMap((column) => range(drawn).map(() => drawPair(subject, random, column))),
  )
  for (let round = 0; round < rounds; round++) {
    const others = best.flatMap((pair) => range(changed).map(() => change(subject, random, pair)))
    best = await steepest(subject, dtype, [...best, ...others])
  }
  return Math.max(...best.map(({ ratio }) => ratio))
}

/** The steepest pair of each column. */
async function steepest(subject: Subject, dtype: keyof typeof rounding, pairs: readonly Pair[]): Promise<Judged[]> {
  const [before, after] = [pairs.map(({ from }) => from), pairs.map(moved)]
  const [there, here] = [await subject.predict(after), await subject.predict(before)]
  const best = new Map<number, Judged>()
  pairs.forEach((pair, k) => {
    const ratios = subject.outputs.map(({ bounds, unit, center }, output) => {
      const [a, b] = [here[output][k], there[output][k]]
      const limits = [before[k], after[k]].map((row) => reach(subject.columns, bounds, row))
      const size = unit + Math.max(Math.abs(a - center), Math.abs(b - center)) + Math.max(...limits)
      return shareOf(Math.abs(a - b) - rounding[dtype] * size, limitOf(subject.columns[pair.column], bounds, pair))
    })
    const ratio = Math.max(...ratios.filter((each) => !Number.isNaN(each)), 0)
    if (ratio >= (best.get(pair.column)?.ratio ?? 0)) best.set(pair.column, { ...pair, ratio })
  })
  return [...best.values()]
}

/** NaN where a chance of 0 hides the logits. */
function shareOf(change: number, limit: number): number {
  if (change <= 0) return 0
  return change === Infinity ? Number.NaN : change / limit
}

const moved = ({ from, to, column }: Pair): Row => from.with(column, to)

/** By how much the pair may move the output. */
function limitOf(
  { numbers }: Column,
  bounds: Subject['outputs'][number]['bounds'],
  { column, from, to }: Pair,
): number {
  const { bound, missing = 0 } = bounds[column]
  if (numbers === null) return bound
  const [a, b] = [from[column], to].map((cell) => Number(cell ?? numbers.median))
  return bound * Math.abs(a - b) + ((from[column] === null) === (to === null) ? 0 : missing)
}

/** By how much a row can differ from one of medians. */
function reach(columns: readonly Column[], bounds: Subject['outputs'][number]['bounds'], row: Row): number {
  return sum(columns, ({ numbers }, j) => {
    const { bound, missing = 0 } = bounds[j]
    return numbers === null ? bound : bound * Math.abs(Number(row[j] ?? numbers.median) - numbers.median) + missing
  })
}

function drawCell({ cells, numbers }: Column, random: Random): Cell {
  const cell = random.of(cells)
  const kind = random.uniform(0, 1)
  if (kind < 0.1) return null
  if (numbers === null) return kind < 0.2 ? unseen : cell
  const value = Number(cell ?? numbers.median)
  if (kind < 0.2) return numbers.median + numbers.deviation * random.magnitude(0, 4)
  return kind < 0.4 ? value + numbers.deviation * random.magnitude(-2, 1) : value
}

/** Where a move from a cell ends. */
function drawMove(column: Column, random: Random, from: Cell): Cell {
  const { numbers } = column
  if (numbers === null || from === null || random.chance(0.3)) return drawCell(column, random)
  return Number(from) + numbers.deviation * random.magnitude(-6, 4)
}

function drawPair({ columns, rows }: Subject, random: Random, column: number): Pair {
  const near = random.of(rows)
  const far = random.chance(0.5)
  const from = columns.map((each, j) => (j === column || far ? drawCell(each, random) : near[j]))
  return { column, from, to: drawMove(columns[column], random, from[column]) }
}

/** The pair with other cells in some of the other columns, or with another move. */
function change({ columns }: Subject, random: Random, { column, from, to }: Pair): Pair {
  if (random.chance(0.3)) {
    const start = random.chance(0.5) ? from[column] : drawCell(columns[column], random)
    return { column, from: from.with(column, start), to: drawMove(columns[column], random, start) }
  }
  const share = random.of([1, 2, 5]) / columns.length
  const other = (each: Column, j: number) => (j !== column && random.chance(share) ? drawCell(each, random) : from[j])
  return { column, from: columns.map(other), to }
}

import { range } from 'd3-array'
import { guard, native, ours } from '../../core/native.js'
import type { Preprocessor } from '../../data/preprocess.js'
import { Refusal } from '../../errors/refusal.js'
import { checkThreads } from '../../fit/settings.js'
import { floats, type Subject } from '../../network/certificates/subject.js'
import type { Floats } from '../../realms.js'
import type { Cell } from '../../tables/cells.js'
import { changingInputs, type MovingColumn, writeInterval } from './table-cases.js'
import { columnNamed } from './within.js'

/** Two rows that differ in one column, whose value rises from the first to the second. */
export type Pair = readonly [Record<string, Cell>, Record<string, Cell>]

export interface Monotonicity {
  /**
   * What the prediction does when the column rises and all others stay, anywhere among the rows that were asked about:
   * proved, except for 'neither', which two pairs of rows show, and 'unknown', where the budget has ended.
   */
  verdict: 'increasing' | 'decreasing' | 'flat' | 'neither' | 'unknown'
  /** For 'neither': rows between which the prediction rises, and rows between which it falls. */
  rising: Pair | null
  falling: Pair | null
}

/** Rows whose numeric columns are within intervals, by their inputs. */
export interface Region {
  /** Inputs of what does not move; intervals of the columns replace theirs. */
  lower: Floats
  upper: Floats
  /** By column. */
  intervals: readonly (readonly [low: number, high: number])[]
}

/** What is asked: one column of those that move, and the sums of outputs that have to rise. */
export interface MonotoneQuestion {
  columns: readonly MovingColumn[]
  /** Place of the column among them. */
  column: number
  sums: readonly (readonly number[])[]
}

type Sign = 'increasing' | 'decreasing' | 'flat'

/** Regions that are looked at together. */
const batch = 64

/**
 * Proves the direction in all regions, from the signs of slopes; a region whose signs are open is cut in two where its
 * slopes vary most with the width of a column.
 *
 * @param budget regions that may be looked at. @returns null if it ends.
 */
export function directionIn(
  subject: Subject,
  regions: readonly Region[],
  question: MonotoneQuestion,
  budget: number,
): Sign | null {
  let known: Sign = 'flat'
  const open = [...regions]
  for (let left = budget; open.length > 0; ) {
    const some = open.splice(-Math.min(batch, left))
    left -= some.length
    const signs = signsOf(subject, some, question)
    for (const [k, sign] of signs.entries()) {
      if (sign === null) open.push(...halves(some[k], question))
      else if (known === 'flat') known = sign
      else if (sign !== 'flat' && sign !== known) return null
    }
    if (open.length > left) return null
  }
  return known
}

/** The direction in each region; null where slopes of both signs are possible. */
function signsOf(subject: Subject, regions: readonly Region[], { columns, column, sums }: MonotoneQuestion) {
  const { mean, inputs, outputs } = subject
  const rows = regions.length * sums.length
  const [lower, upper] = [floats(subject, rows * inputs), floats(subject, rows * inputs)]
  const objectives = new Float64Array(rows * outputs)
  regions.forEach((region, r) => {
    sums.forEach((sum, s) => {
      const at = (r * sums.length + s) * inputs
      lower.set(region.lower, at)
      upper.set(region.upper, at)
      columns.forEach((each, k) => {
        writeInterval(each, region.intervals[k], { lower, upper }, at)
      })
      objectives.set(sum, (r * sums.length + s) * outputs)
    })
  })
  const slopes = ours(guard(() => native.slopes(mean, { rows, lower, upper, objectives }, checkThreads())))
  const { first } = columns[column]
  return regions.map(({ intervals }, r): Sign | null => {
    const changing = changingInputs(columns[column], intervals[column])
    const places = range(sums.length).flatMap((s) => changing.map((t) => (r * sums.length + s) * inputs + first + t))
    const rises = places.every((at) => slopes.lower[at] >= 0)
    const falls = places.every((at) => slopes.upper[at] <= 0)
    return rises && falls ? 'flat' : rises ? 'increasing' : falls ? 'decreasing' : null
  })
}

/** A region cut in the middle of the column that is widest, in its inputs. */
function halves({ lower, upper, intervals }: Region, { columns }: MonotoneQuestion): Region[] {
  const widths = columns.map((column, k) => {
    const ends = { lower: Float64Array.from(lower), upper: Float64Array.from(upper) }
    writeInterval(column, intervals[k], ends, 0)
    return range(column.inputs).reduce((sum, t) => sum + ends.upper[column.first + t] - ends.lower[column.first + t], 0)
  })
  const widest = widths.indexOf(Math.max(...widths))
  const [low, high] = intervals[widest]
  const middle = low + (high - low) / 2
  const part = (own: readonly [number, number]): Region => ({
    lower,
    upper,
    intervals: intervals.map((each, k) => (k === widest ? own : each)),
  })
  return [part([low, middle]), part([middle, high])]
}

/** @throws Refusal ERR_OPTION for what is no numeric column; null for one that was dropped. */
export function requireNumeric(preprocessor: Preprocessor, name: unknown): string | null {
  const column = columnNamed(preprocessor, 'column', name)
  if (column === null || column.kind === 'numeric') return column?.name ?? null
  throw new Refusal(
    'ERR_OPTION',
    `column "${column.name}" holds categories, which do not rise; expected a numeric column`,
  )
}

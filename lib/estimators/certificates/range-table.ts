import { range } from 'd3-array'
import type { Asking } from '../../network/certificates/asking.js'
import { rangesOf, type Sum } from '../../network/certificates/ranges.js'
import type { Subject } from '../../network/certificates/subject.js'
import type { Range } from '../../network/results.js'
import type { Level } from '../../words.js'
import { casesOf, inputsOf, type Rows, startsOf } from './certify-table.js'
import { movingColumns } from './table-cases.js'
import type { Moves } from './within.js'

/**
 * Between which values sums of outputs stay while rows move, for every combination of levels.
 *
 * @param sumsOf coefficients of the sums of a row.
 * @returns for each of its sums, the ranges of all rows.
 */
export function* rangesOfRows(
  subject: Subject,
  rows: Rows,
  moves: Moves,
  { level, nodes, sumsOf }: { level: Level; nodes: number; sumsOf(row: number): readonly (readonly number[])[] },
): Asking<Range[]> {
  const count = rows.table.rows
  const starts = startsOf(count, moves)
  const x = inputsOf(rows, starts, subject)
  const columns = movingColumns(rows.preprocessor.columns, new Set(moves.numbers.keys()))
  const kept = range(starts.length)
  const cases = casesOf(rows, moves, columns, { x, starts, kept, own: new Float64Array(count) })
  const asked = starts.flatMap(({ row }, index) =>
    sumsOf(row).map((coefficients, k): Sum & { row: number; k: number } => ({ index, coefficients, row, k })),
  )
  const found = yield* rangesOf(subject, cases, asked, { level, nodes })
  const results = range(Math.max(...asked.map(({ k }) => k)) + 1).map((): Range => {
    const filled = (value: number) => new Float64Array(count).fill(value)
    return { lower: filled(Infinity), upper: filled(-Infinity) }
  })
  asked.forEach(({ row, k }, at) => {
    const { lower, upper } = results[k]
    lower[row] = Math.min(lower[row], found.lower[at])
    upper[row] = Math.max(upper[row], found.upper[at])
  })
  return results
}

import { range } from 'd3-array'
import { rangesOf, type Sum } from '../../network/certificates/ranges.js'
import type { Subject } from '../../network/certificates/subject.js'
import { type RangeOptions, rangeOptions } from '../../network/options.js'
import type { Range } from '../../network/results.js'
import { checkedLater, texts } from '../../options/kinds.js'
import type { Declarations } from '../../options/option.js'
import type { Level } from '../../words.js'
import { casesOf, inputsOf, type Rows, startsOf } from './certify-table.js'
import { movingColumns } from './table-cases.js'
import type { Moves, Within } from './within.js'

/** Options of the ranges of an estimator's predictions. */
export interface EstimatorRangeOptions extends RangeOptions {
  /**
   * How far each column may move, as for `certify`; 'data': every numeric column within the range that it had in the
   * training rows. Default the deviation of each numeric column.
   */
  within?: Within | 'data' | undefined
  /** Columns that stay. */
  fixed?: readonly string[] | undefined
}

export const estimatorRangeOptions = {
  ...rangeOptions,
  within: {
    kind: checkedLater<Within | 'data'>("tolerances by column, or 'data'"),
    otherwise: 'the deviation of each numeric column',
    sentence:
      "How far each column may move, as for `certify`; 'data': every numeric column within the range that it had in the " +
      'training rows.',
  },
  fixed: { kind: texts, sentence: 'Columns that stay.' },
} satisfies Declarations<EstimatorRangeOptions>

/**
 * Between which values sums of outputs stay while rows move, for every combination of levels.
 *
 * @param sumsOf coefficients of the sums of a row.
 * @returns for each of its sums, the ranges of all rows.
 */
export async function rangesOfRows(
  subject: Subject,
  rows: Rows,
  moves: Moves,
  { level, nodes, sumsOf }: { level: Level; nodes: number; sumsOf(row: number): readonly (readonly number[])[] },
): Promise<Range[]> {
  const count = rows.table.rows
  const starts = startsOf(count, moves)
  const x = inputsOf(rows, starts, subject)
  const columns = movingColumns(rows.preprocessor.columns, new Set(moves.numbers.keys()))
  const kept = range(starts.length)
  const cases = casesOf(rows, moves, columns, { x, starts, kept, own: new Float64Array(count) })
  const asked = starts.flatMap(({ row }, index) =>
    sumsOf(row).map((coefficients, k): Sum & { row: number; k: number } => ({ index, coefficients, row, k })),
  )
  const found = await rangesOf(subject, cases, asked, { level, nodes })
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

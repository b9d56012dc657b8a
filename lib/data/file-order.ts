import type { Table } from '../tables/table.js'

/** Rows of a file beyond this are not used by the split in file order, as in the published experiments. */
export const maxRows = 20_000

/**
 * The first rows train; of the rest, up to row 20,000, the first half is the test set, the second half the validation set.
 *
 * @param trainRows leaves at least two rows.
 */
export function splitInFileOrder(table: Table, trainRows: number): { train: Table; test: Table; validation: Table } {
  const rows = Math.min(table.rows, maxRows)
  const middle = trainRows + Math.floor((rows - trainRows) / 2)
  return {
    train: table.slice(0, trainRows),
    test: table.slice(trainRows, middle),
    validation: table.slice(middle, rows),
  }
}

import type { Table } from 'psilon'

/** No more rows of a table take part, as in the published experiments. */
export const maxRows = 20_000

/** The first rows train; of the rest the first half tests, the second half validates. @param trainRows leaves two rows. */
export function splitInFileOrder(table: Table, trainRows: number): { train: Table; test: Table; validation: Table } {
  const rows = Math.min(table.rows, maxRows)
  const middle = trainRows + Math.floor((rows - trainRows) / 2)
  return {
    train: table.slice(0, trainRows),
    test: table.slice(trainRows, middle),
    validation: table.slice(middle, rows),
  }
}

import { range } from 'd3-array'
import { readTable, type Table } from 'psilon'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Tables with fewer rows train on 70 % of them. */
const fewRows = 4000
const maxTrain = 2000
const maxTest = 10_000

/** Rows that train and rows that test: in file order (`file`), or in an order drawn with that seed. */
export type Split = 'file' | number

export interface Parts {
  train: Table
  test: Table
}

/** How many rows of a table train, and how many of the others test. */
export function rowsOf({ rows }: Pick<Table, 'rows'>): { train: number; test: number } {
  const train = rows < fewRows ? Math.min(maxTrain, Math.floor((7 * rows) / 10)) : maxTrain
  return { train, test: Math.min(maxTest, rows - train) }
}

export async function splitRows(table: Table, split: Split): Promise<Parts> {
  const ordered = split === 'file' ? table : await inOrder(table, drawnOrder(table.rows, split))
  const { train, test } = rowsOf(table)
  return { train: ordered.slice(0, train), test: ordered.slice(train, train + test) }
}

/** A permutation of 0 to rows - 1, by Fisher and Yates. */
export function drawnOrder(rows: number, seed: number): number[] {
  const random = xoroshiro128plus(seed)
  const order = range(rows)
  for (let k = rows - 1; k > 0; k--) {
    const other = uniformInt(random, 0, k)
    const row = order[k]
    order[k] = order[other]
    order[other] = row
  }
  return order
}

/** The whole table is read anew, so that what a column holds does not depend on the split. */
function inOrder({ names, columns }: Table, order: readonly number[]): Promise<Table> {
  const cells = names.map((name, j) => [name, order.map((row) => columns[j][row])] as const)
  return readTable(Object.fromEntries(cells))
}

import { refuse } from '../checks.js'
import { option, Refusal, setting, words } from '../errors/refusal.js'
import { count } from '../print.js'
import type { Table } from '../tables/table.js'

export interface SplitContext {
  seed: number
  /** 0 .. n-1 in an order drawn from the seed. */
  permutation(n: number, seed: number): Uint32Array
  /** Class number of each row; parts then keep the proportions of the classes, and each class has a training row. */
  classes?: ArrayLike<number> | undefined
  /** Weight of each row. Rows of weight 0 are never held out, because they judge nothing. */
  weights?: ArrayLike<number> | null | undefined
}

/** Row indices of each part, ascending. */
export interface Split {
  train: Uint32Array
  validation: Uint32Array
  test: Uint32Array
}

/**
 * Draws a validation and a test part from the rows with a weight above 0; the rest trains. A size below 1 is a share of
 * them (rounded, at least one row), otherwise a number of rows; 0 leaves the part empty.
 */
export function split(rows: number, sizes: { validation?: number; test?: number }, context: SplitContext): Split {
  const { order, idle } = shuffled(rows, context)
  const validation = partSize(order.length, 'validation', sizes.validation ?? 0)
  const test = partSize(order.length, 'test', sizes.test ?? 0)
  if (validation + test >= order.length) {
    const parts = `${validation} validation and ${test} test rows`
    throw new Refusal('ERR_DATA', `${parts} leave none of ${counted(rows, idle)} to train on`)
  }
  const first = draw(order, validation)
  const second = draw(first.rest, test)
  const held = [first.part, second.part]
  if (context.classes !== undefined) keepEveryClass(second.rest, held, context.classes)
  return { train: sorted([...second.rest, ...idle]), validation: sorted(held[0]), test: sorted(held[1]) }
}

/**
 * Divides the rows with a weight above 0 into k parts, each the validation part once; sizes differ by at most one row.
 * With fewer than k such rows, each is a part.
 */
export function folds(rows: number, k: number, context: SplitContext): Omit<Split, 'test'>[] {
  if (!Number.isSafeInteger(k) || k < 2) refuse('folds', 'an integer of at least 2', k)
  if (k > rows) {
    const remedy = words`give ${option('selection.folds')} of at most ${rows}, or ${setting('preset', 'fast')}`
    throw new Refusal('ERR_DATA', words`${k} folds need at least ${k} rows, the table has ${rows}; ${remedy}`)
  }
  const { order, idle } = shuffled(rows, context)
  if (order.length < 2) {
    throw new Refusal('ERR_DATA', `folds need at least 2 rows, the table has ${counted(rows, idle)}`)
  }
  const parts = Math.min(k, order.length)
  return Array.from({ length: parts }, (_, fold) => ({
    train: sorted([...order.filter((_, position) => position % parts !== fold), ...idle]),
    validation: sorted(order.filter((_, position) => position % parts === fold)),
  }))
}

const counted = (rows: number, idle: Uint32Array) =>
  idle.length === 0 ? count(rows, 'row') : `${count(rows - idle.length, 'row')} with a weight above 0`

function partSize(rows: number, name: string, size: number): number {
  if (size === 0) return 0
  if (size > 0 && size < 1) return Math.max(1, Math.round(size * rows))
  if (Number.isSafeInteger(size) && size > 0) return size
  return refuse(name, 'a share below 1 or a number of rows', size)
}

/** Rows in drawn order, grouped by class, so that equal steps take each in proportion. `idle`: those of weight 0. */
function shuffled(rows: number, { seed, permutation, classes, weights }: SplitContext) {
  const all = permutation(rows, seed)
  const isIdle = (row: number) => weights?.[row] === 0
  const order = all.filter((row) => !isIdle(row))
  if (classes !== undefined) order.sort((a, b) => classes[a] - classes[b])
  return { order, idle: all.filter(isIdle) }
}

/** If all rows of a class were held out, one of them is swapped with a training row that is not the last of its class. */
function keepEveryClass(train: Uint32Array, held: readonly Uint32Array[], classes: ArrayLike<number>): void {
  const left = new Map<number, number>()
  for (const row of train) left.set(classes[row], (left.get(classes[row]) ?? 0) + 1)
  for (const part of held) {
    part.forEach((row, at) => {
      if (left.has(classes[row])) return
      const place = train.findLastIndex((other) => (left.get(classes[other]) as number) > 1)
      if (place < 0) return
      const other = train[place]
      train[place] = row
      part[at] = other
      left.set(classes[other], (left.get(classes[other]) as number) - 1)
      left.set(classes[row], 1)
    })
  }
}

/** Takes `count` rows at equal steps. */
function draw(order: Uint32Array, count: number): { part: Uint32Array; rest: Uint32Array } {
  const taken = new Set<number>()
  for (let k = 0; k < count; k++) taken.add(Math.floor(((k + 0.5) * order.length) / count))
  return {
    part: order.filter((_, position) => taken.has(position)),
    rest: order.filter((_, position) => !taken.has(position)),
  }
}

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

const sorted = (rows: Iterable<number>): Uint32Array => Uint32Array.from(rows).sort()

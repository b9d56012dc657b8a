import { refuse } from '../checks.js'
import { PsilonError } from '../errors.js'

/** 0 .. n-1 in an order drawn from the seed. */
export type Permutation = (n: number, seed: number) => Uint32Array

export interface SplitContext {
  operation: string
  seed: number
  permutation: Permutation
  /** Class number of each row; parts then keep the proportions of the classes. */
  classes?: ArrayLike<number> | undefined
}

/** Row indices of each part, ascending. */
export interface Split {
  train: Uint32Array
  validation: Uint32Array
  test: Uint32Array
}

/**
 * Draws a validation and a test part; the rest trains. A size below 1 is a share of all rows (rounded, at least one
 * row), from 1 on a number of rows; 0 leaves the part empty.
 */
export function split(rows: number, sizes: { validation?: number; test?: number }, context: SplitContext): Split {
  const { operation } = context
  const validation = partSize(rows, 'validation', sizes.validation ?? 0, operation)
  const test = partSize(rows, 'test', sizes.test ?? 0, operation)
  if (validation + test >= rows) {
    const parts = `${validation} validation and ${test} test rows`
    throw new PsilonError('ERR_DATA', `[${operation}] ${parts} leave none of ${rows} rows to train on`)
  }
  const first = draw(shuffled(rows, context), validation)
  const second = draw(first.rest, test)
  return { train: sorted(second.rest), validation: sorted(first.part), test: sorted(second.part) }
}

/** k parts, each the validation part once; sizes differ by at most one row. */
export function folds(
  rows: number,
  k: number,
  context: SplitContext,
): { train: Uint32Array; validation: Uint32Array }[] {
  if (!Number.isSafeInteger(k) || k < 2) {
    refuse(context.operation, 'folds', 'an integer of at least 2', k)
  }
  if (k > rows) {
    throw new PsilonError(
      'ERR_DATA',
      `[${context.operation}] ${k} folds need at least ${k} rows, the table has ${rows}`,
    )
  }
  const order = shuffled(rows, context)
  return Array.from({ length: k }, (_, fold) => ({
    train: sorted(order.filter((_, position) => position % k !== fold)),
    validation: sorted(order.filter((_, position) => position % k === fold)),
  }))
}

function partSize(rows: number, name: string, size: number, operation: string): number {
  if (size === 0) return 0
  if (size > 0 && size < 1) return Math.max(1, Math.round(size * rows))
  if (Number.isSafeInteger(size) && size > 0) return size
  return refuse(operation, name, 'a share below 1 or a number of rows', size)
}

/** Rows in drawn order, those of one class together: equal steps through it take each class in proportion. */
function shuffled(rows: number, { seed, permutation, classes }: SplitContext): Uint32Array {
  const order = permutation(rows, seed)
  if (classes === undefined) return order
  const classOf = (row: number) => classes[row]
  return Uint32Array.from(Array.from(order).sort((a, b) => classOf(a) - classOf(b)))
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

const sorted = (rows: Uint32Array): Uint32Array => rows.slice().sort()

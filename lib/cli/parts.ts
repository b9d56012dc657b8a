import { mostRows, splitInFileOrder } from '../data/file-order.js'
import { split } from '../data/split.js'
import { selectRows, type Table } from '../data/table.js'
import { ClassLabels } from '../data/target.js'
import type { Task } from '../data/task.js'
import { PsilonError } from '../errors.js'
import { native } from '../native.js'
import { count } from '../print.js'

/** The rows a model learns from, and those that judge it. */
export interface Parts {
  train: Table
  test?: Table
  validation?: Table
  /** How the rows were divided. */
  how: string
}

/** The published split: see splitInFileOrder. */
export function inFileOrder(table: Table, trainRows: number): Parts {
  const rows = Math.min(table.rows, mostRows)
  if (!(trainRows >= 1 && trainRows <= rows - 2)) {
    const expected = `expected 1 to ${rows - 2}, so that a test and a validation row are left of ${count(rows, 'row')}`
    throw new PsilonError('ERR_OPTION', `[train] --train-rows is ${trainRows}, ${expected}`)
  }
  return {
    ...splitInFileOrder(table, trainRows),
    how: rows < table.rows ? `in file order, of the first ${count(rows, 'row')}` : 'in file order',
  }
}

/** A share of the rows, drawn from the seed, is the test set; classes keep their proportions. */
export function atRandom(table: Table, share: number, seed: number, target: { name: string; task: Task }): Parts {
  if (!(share >= 0 && share < 1)) {
    throw new PsilonError('ERR_OPTION', `[train] --test is ${share}, expected a share from 0 to below 1`)
  }
  if (share === 0) return { train: table, how: 'all rows train' }
  const { name, task } = target
  const labels = task === 'classification' ? ClassLabels.learn(table, name, 'train') : null
  const classes = labels?.encode(table, name, 'train')
  if (table.rows > 1 && Math.round(share * table.rows) >= table.rows) {
    const message = `--test is ${share}, which leaves none of ${count(table.rows, 'row')} to train on`
    throw new PsilonError('ERR_OPTION', `[train] ${message}`)
  }
  const context = { operation: 'train', seed, permutation: native.permutation, classes }
  const { train, test } = split(table.rows, { test: share }, context)
  const how = `drawn at random from seed ${seed}`
  return { train: selectRows(table, train), test: selectRows(table, test), how }
}

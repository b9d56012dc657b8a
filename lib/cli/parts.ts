import { refuseTogether } from '../data/faults.js'
import { mostRows, splitInFileOrder } from '../data/file-order.js'
import { Preprocessor } from '../data/preprocess.js'
import { split } from '../data/split.js'
import { selectRows, type Table } from '../data/table.js'
import { ClassLabels, numericTarget, TargetScaler } from '../data/target.js'
import type { Task } from '../data/task.js'
import { PsilonError } from '../errors.js'
import { memberSeed } from '../estimators/fits.js'
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

/** The published split: see splitInFileOrder. @throws PsilonError ERR_OPTION where it leaves nothing to learn from. */
export function inFileOrder(table: Table, trainRows: number, lesson: Lesson): Parts {
  const rows = Math.min(table.rows, mostRows)
  if (!(trainRows >= 1 && trainRows <= rows - 2)) {
    const expected = `expected 1 to ${rows - 2}, so that a test and a validation row are left of ${count(rows, 'row')}`
    throw new PsilonError('ERR_OPTION', `[train] --train-rows is ${trainRows}, ${expected}`)
  }
  const parts = splitInFileOrder(table, trainRows)
  const refused = refusalOf(parts.train, lesson)
  if (refused !== undefined) throw nothingLeft(table, parts.train, refused)
  return {
    ...parts,
    how: rows < table.rows ? `in file order, of the first ${count(rows, 'row')}` : 'in file order',
  }
}

/** What a model is to learn from some of the columns. */
export interface Lesson {
  target: string
  task: Task
  ignore?: readonly string[] | undefined
  categorical?: readonly string[] | undefined
}

/** So often rows are drawn anew that leave nothing to learn from the others. */
const mostDraws = 20

/**
 * A share of the rows, drawn from the seed, is the test set; classes keep their proportions. Where what is left to train
 * on has one value of the target, or no column of two values, it is drawn again.
 */
export function atRandom(table: Table, share: number, seed: number, lesson: Lesson): Parts {
  if (!(share >= 0 && share < 1)) {
    throw new PsilonError('ERR_OPTION', `[train] --test is ${share}, expected a share from 0 to below 1`)
  }
  if (share === 0) return { train: table, how: 'all rows train' }
  const { target, task, categorical = [] } = lesson
  const declared = categorical.includes(target)
  const labels = task === 'classification' ? ClassLabels.learn(table, target, 'train', declared) : null
  const classes = labels?.encode(table, target, 'train')
  if (table.rows > 1 && Math.round(share * table.rows) >= table.rows) {
    const message = `--test is ${share}, which leaves none of ${count(table.rows, 'row')} to train on`
    throw new PsilonError('ERR_OPTION', `[train] ${message}`)
  }
  for (let draw = 0; ; draw++) {
    const context = { operation: 'train', seed: memberSeed(seed, draw), permutation: native.permutation, classes }
    const { train, test } = split(table.rows, { test: share }, context)
    const parts = { train: selectRows(table, train), test: selectRows(table, test) }
    const refused = refusalOf(parts.train, lesson)
    if (refused === undefined) {
      return { ...parts, how: `drawn at random from seed ${seed}${draw === 0 ? '' : `, draw ${draw + 1}`}` }
    }
    if (draw === mostDraws) throw nothingLeft(table, parts.train, refused)
  }
}

/** @throws PsilonError for a target or columns from which nothing can be learned, all of them in one message. */
export function requireLesson(table: Table, { target, task, ...columns }: Lesson): void {
  const works = [
    () => learnTarget(table, target, task, columns.categorical?.includes(target)),
    () => Preprocessor.learn(table, { target, ...columns }, 'train'),
  ]
  refuseTogether(works, 'train', (work) => work())
}

function learnTarget(table: Table, target: string, task: Task, declared = false): void {
  if (task === 'classification') ClassLabels.learn(table, target, 'train', declared)
  else TargetScaler.learn(numericTarget(table, target, 'train'), 'train', target)
}

/** Why nothing can be learned from these rows. */
function refusalOf(table: Table, lesson: Lesson): PsilonError | undefined {
  try {
    requireLesson(table, lesson)
    return undefined
  } catch (error) {
    if (error instanceof PsilonError) return error
    throw error
  }
}

/** Where nothing can be learned from the rows that train, though it can from the whole table. */
function nothingLeft(table: Table, train: Table, cause: PsilonError): PsilonError {
  const rows = `${count(train.rows, 'row')} of ${table.rows.toLocaleString('en-US')} train`
  const why = `and of them ${cause.message.slice('[train] '.length)}`
  const remedy = 'leave more to train on with --test or --train-rows'
  return new PsilonError('ERR_OPTION', `[train] ${rows}, ${why}; ${remedy}`, { cause })
}

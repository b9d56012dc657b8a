import { native } from '../../core/native.js'
import type { PreprocessOptions, Preprocessor } from '../../data/preprocess.js'
import { maxRows, split, splitInFileOrder } from '../../data/split.js'
import type { TargetTransform } from '../../data/target-transform.js'
import type { Task } from '../../data/task.js'
import { option, Refusal, words } from '../../errors/refusal.js'
import { learnTable } from '../../estimators/data.js'
import { memberSeed } from '../../estimators/members.js'
import { taskEncoder } from '../../estimators/task-encoder.js'
import { count } from '../../print.js'
import { selectRows, type Table } from '../../tables/table.js'

/** Training rows, and rows that judge the model. */
export interface Parts {
  train: Table
  test?: Table
  validation?: Table
  /** How the rows were divided. */
  how: string
  /** Preprocessing learned from the training rows. */
  preprocessor: Preprocessor
}

/** The task of a model, and how columns become its inputs. */
export interface Lesson extends PreprocessOptions {
  target: string
  task: Task
  targetTransform?: TargetTransform | undefined
}

/** The published split: see splitInFileOrder. @throws Refusal ERR_OPTION if it leaves nothing to learn from. */
export function inFileOrder(table: Table, trainRows: number, lesson: Lesson): Parts {
  learn(table, lesson)
  const rows = Math.min(table.rows, maxRows)
  if (!(trainRows >= 1 && trainRows <= rows - 2)) {
    const expected = `expected 1 to ${rows - 2}, so that a test and a validation row are left of ${count(rows, 'row')}`
    throw new Refusal('ERR_OPTION', words`${option('trainRows')} is ${trainRows}, ${expected}`)
  }
  const parts = splitInFileOrder(table, trainRows)
  const learned = attempt(parts.train, lesson)
  if (learned instanceof Refusal) throw nothingLeft(table, parts.train, learned)
  const how = rows < table.rows ? `in file order, of the first ${count(rows, 'row')}` : 'in file order'
  return { ...parts, how, preprocessor: learned }
}

/** How often test rows are drawn again if the others leave nothing to learn from. */
const maxDraws = 20

/**
 * Draws a share of the rows from the seed as the test set; classes keep their proportions. Draws again if the remaining
 * rows have a single value of the target, or no column with two values.
 */
export function atRandom(table: Table, share: number, seed: number, lesson: Lesson): Parts {
  const { target, task } = lesson
  const { coding, preprocessor } = learn(table, lesson)
  const test = option('test')
  if (!(share >= 0 && share < 1)) {
    throw new Refusal('ERR_OPTION', words`${test} is ${share}, expected a share from 0 to below 1`)
  }
  if (share === 0) return { train: table, how: 'all rows train', preprocessor }
  if (table.rows > 1 && Math.round(share * table.rows) >= table.rows) {
    const left = `which leaves none of ${count(table.rows, 'row')} to train on`
    throw new Refusal('ERR_OPTION', words`${test} is ${share}, ${left}`)
  }
  const classes = task === 'classification' ? taskEncoder(task, lesson).encode(coding, table, target).y : undefined
  for (let draw = 0; ; draw++) {
    const context = { seed: memberSeed(seed, draw), permutation: native.permutation, classes }
    const rows = split(table.rows, { test: share }, context)
    const [train, test] = [selectRows(table, rows.train), selectRows(table, rows.test)]
    const learned = attempt(train, lesson)
    if (!(learned instanceof Refusal)) {
      const how = `drawn at random from seed ${seed}${draw === 0 ? '' : `, draw ${draw + 1}`}`
      return { train, test, how, preprocessor: learned }
    }
    if (draw === maxDraws) throw nothingLeft(table, train, learned)
  }
}

/** @throws Refusal for a target or columns from which nothing can be learned, all of them in one message. */
const learn = (table: Table, lesson: Lesson) => learnTable(table, taskEncoder(lesson.task, lesson), lesson)

/** Preprocessing learned from rows, or why nothing can be learned from them. */
function attempt(table: Table, lesson: Lesson): Preprocessor | Refusal {
  try {
    return learn(table, lesson).preprocessor
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** The error if nothing can be learned from the training rows, although it can from the whole table. */
function nothingLeft(table: Table, train: Table, { said }: Refusal): Refusal {
  const rows = `${count(train.rows, 'row')} of ${table.rows.toLocaleString('en-US')} train`
  const remedy = words`leave more to train on with ${option('test')} or ${option('trainRows')}`
  return new Refusal('ERR_OPTION', words`${rows}, and of them ${said}; ${remedy}`)
}

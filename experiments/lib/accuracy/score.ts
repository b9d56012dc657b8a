import type { Task } from '../data/data-sets.js'
import { accuracy, rmse } from '../models/metrics.js'
import type { Problem } from './problem.js'

/** Of the test rows: scaled values, or chances [rows, classes] in the order of the classes. */
export type Answers = Float64Array

export interface Scores {
  /** Root mean squared error in scaled units, or mean log loss in nats. */
  score: number
  /** Share of rows whose most probable class is theirs; null for values. */
  accuracy: number | null
}

export const scoreName = (task: Task): string => (task === 'regression' ? 'RMSE' : 'log loss')

/** @throws where there are too few or too many answers, or any is not a finite number. */
export function scoresOf({ task, prepared }: Problem, answers: Answers): Scores {
  const { test, coding } = prepared()
  const { y } = test
  const columns = Math.max(1, coding.labels.length)
  if (answers.length !== y.length * columns) {
    throw new Error(`there are ${answers.length} predictions, expected ${y.length} x ${columns}`)
  }
  if (!answers.every(Number.isFinite)) throw new Error('a prediction is not a finite number')
  if (task === 'regression') return { score: rmse(answers, y), accuracy: null }
  return { score: logLoss(answers, y, columns), accuracy: accuracy(likeliest(answers, y.length, columns), y) }
}

/** A chance is kept within [eps, 1 - eps], as scikit-learn does for float64. */
function logLoss(chances: Answers, y: Float64Array, classes: number): number {
  let sum = 0
  for (let i = 0; i < y.length; i++) {
    const chance = chances[i * classes + y[i]]
    sum -= Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, chance)))
  }
  return sum / y.length
}

/** The first of the largest chances of each row. */
const likeliest = (chances: Answers, rows: number, classes: number): number[] =>
  Array.from({ length: rows }, (_, i) => {
    const row = chances.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(Math.max(...row))
  })

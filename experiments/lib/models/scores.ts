import type { Scores } from '../cells/cells.js'
import type { DataSet, Rows } from '../data/data-sets.js'
import { accuracy, logLoss, rmse, softmaxLogLoss } from './metrics.js'

type Numbers = ArrayLike<number>

/** What a model says of each part: values, logits of class 1, or [rows, classes] logits. */
export type Predictions = Record<keyof Scores, Numbers>

export async function predictParts(
  { train, validation, test }: DataSet,
  predict: (rows: Rows) => Numbers | Promise<Numbers>,
): Promise<Predictions> {
  return { train: await predict(train), validation: await predict(validation), test: await predict(test) }
}

export function scoresOf(set: DataSet, predictions: Predictions): Scores {
  const { task, outputs } = set
  return eachPart(set, predictions, (predicted, y) => {
    if (task === 'regression') return rmse(predicted, y)
    return task === 'binary' ? logLoss(predicted, y) : softmaxLogLoss(predicted, y, outputs)
  })
}

/** Shares of right classes; null where there are none. */
export function accuracyOf(set: DataSet, predictions: Predictions): Scores | null {
  const { task, outputs } = set
  if (task === 'regression') return null
  return eachPart(set, predictions, (predicted, y) => {
    const classOf = (_: unknown, i: number) =>
      task === 'binary' ? Number(predicted[i] > 0) : largest(predicted, i * outputs, outputs)
    return accuracy(Array.from(y, classOf), y)
  })
}

const eachPart = (
  set: DataSet,
  predictions: Predictions,
  score: (predicted: Numbers, y: Numbers) => number,
): Scores => ({
  train: score(predictions.train, set.train.y),
  validation: score(predictions.validation, set.validation.y),
  test: score(predictions.test, set.test.y),
})

/** Where the first of the largest of `count` numbers stands, from 0. */
function largest(numbers: Numbers, first: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (numbers[first + k] > numbers[first + best]) best = k
  return best
}

/** Logits of chances, which are kept within [eps, 1 - eps] as scikit-learn does for float64. */
export function logitsOf(chances: Float64Array): Float64Array {
  return chances.map((chance) => {
    const clipped = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, chance))
    return Math.log(clipped / (1 - clipped))
  })
}

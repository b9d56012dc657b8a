import { logLoss, rmse } from '../metrics.js'
import type { Scores } from './cells.js'
import type { DataSet, Rows } from './data-sets.js'

/** @param predict values, or logits of class 1. */
export async function scoresOf(
  set: DataSet,
  predict: (rows: Rows) => ArrayLike<number> | Promise<ArrayLike<number>>,
): Promise<Scores> {
  const score = set.task === 'binary' ? logLoss : rmse
  const of = async (rows: Rows) => score(await predict(rows), rows.y)
  return { train: await of(set.train), validation: await of(set.validation), test: await of(set.test) }
}

/** Logits of chances, which are kept within [eps, 1 - eps] as scikit-learn does for float64. */
export function logitsOf(chances: Float64Array): Float64Array {
  return chances.map((chance) => {
    const clipped = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, chance))
    return Math.log(clipped / (1 - clipped))
  })
}

import { mean } from 'd3-array'
import { numericTarget } from '../../data/target.js'
import { explained, mae, rmse } from '../../metrics/regression.js'
import { columnIndex, type Table } from '../../tables/table.js'
import { PsilonClassifier } from '../classifier.js'
import type { MetricValues } from '../metric.js'
import type { Model } from '../models.js'

/**
 * Scores of always predicting the mean of the known rows, or the shares of their classes.
 *
 * @param own scores of the model.
 */
export function constantBaseline(model: Model, table: Table, known: Table, own: MetricValues): MetricValues {
  const scoresOf = model instanceof PsilonClassifier ? baseRates : meanValue
  return scoresOf(model.target, table, known, own)
}

function meanValue(target: string, table: Table, known: Table, own: MetricValues): MetricValues {
  const actual = numericTarget(table, target)
  const constant = mean(numericTarget(known, target)) as number
  const predicted = new Float64Array(actual.length).fill(constant)
  const error = rmse(predicted, actual)
  const share = explained(predicted, actual)
  return {
    rmse: error,
    mae: mae(predicted, actual),
    ...(share === undefined ? {} : { r2: share }),
    ...(own.rmse && own.scaledRmse ? { scaledRmse: (error * own.scaledRmse) / own.rmse } : {}),
  }
}

/** Scores of always predicting the most frequent class, with the share of each class as its probability. */
function baseRates(target: string, table: Table, known: Table, own: MetricValues): MetricValues {
  const labels = (table: Table) => table.columns[columnIndex(table, target, 'target')].map(String)
  const rows = new Map<string, number>()
  for (const label of labels(known)) rows.set(label, (rows.get(label) ?? 0) + 1)
  const [most] = [...rows].reduce((best, each) => (each[1] > best[1] ? each : best))
  const actual = labels(table)
  return {
    logLoss: mean(actual, (label) => -Math.log((rows.get(label) ?? 0) / known.rows)) as number,
    accuracy: mean(actual, (label) => (label === most ? 1 : 0)) as number,
    ...(own.auc === undefined ? {} : { auc: 0.5 }),
  }
}

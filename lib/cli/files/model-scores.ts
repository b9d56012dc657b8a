import { mean } from 'd3-array'
import { numericTarget } from '../../data/target.js'
import { PsilonClassifier } from '../../estimators/classifier.js'
import type { Model } from '../../estimators/models.js'
import { explained, mae, rmse } from '../../metrics.js'
import type { Metrics, Scores } from '../../report/scores.js'
import { columnIndex, type Table } from '../../tables/table.js'

/** @param known training rows, from which the baseline takes the mean or the base rates. */
export async function scoresOf(model: Model, table: Table, known: Table): Promise<Scores> {
  const metrics: Metrics & { rows: number } = await model.evaluate(table)
  const classes = model instanceof PsilonClassifier
  const { target } = model
  return { ...metrics, baseline: classes ? baseRates(target, table, known) : meanValue(target, table, known, metrics) }
}

function meanValue(target: string, table: Table, known: Table, { scaledRmse, rmse: own }: Metrics): Metrics {
  const actual = numericTarget(table, target)
  const constant = mean(numericTarget(known, target)) as number
  const predicted = new Float64Array(actual.length).fill(constant)
  const error = rmse(predicted, actual)
  const share = explained(predicted, actual)
  return {
    rmse: error,
    mae: mae(predicted, actual),
    ...(share === undefined ? {} : { r2: share }),
    ...(own && scaledRmse ? { scaledRmse: (error * scaledRmse) / own } : {}),
  }
}

/** The most frequent class, and the share of each class as its probability. */
function baseRates(target: string, table: Table, known: Table): Metrics {
  const labels = (table: Table) => table.columns[columnIndex(table, target, 'target')].map(String)
  const rows = new Map<string, number>()
  for (const label of labels(known)) rows.set(label, (rows.get(label) ?? 0) + 1)
  const [most] = [...rows].reduce((best, each) => (each[1] > best[1] ? each : best))
  const actual = labels(table)
  return {
    logLoss: mean(actual, (label) => -Math.log((rows.get(label) ?? 0) / known.rows)) as number,
    accuracy: mean(actual, (label) => (label === most ? 1 : 0)) as number,
    ...(rows.size === 2 ? { auc: 0.5 } : {}),
  }
}

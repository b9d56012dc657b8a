import type { Task } from '../data/task.js'
import type { ClassifierMetrics } from '../estimators/classifier.js'
import type { RegressorMetrics } from '../estimators/regressor.js'

/** A score of `evaluate`. */
export type MetricName = Exclude<keyof RegressorMetrics | keyof ClassifierMetrics, 'rows'>

/** Of which task the scores are, and whether more is better. */
export const metricTraits: Readonly<Record<MetricName, { task: Task; higher: boolean }>> = {
  rmse: { task: 'regression', higher: false },
  mae: { task: 'regression', higher: false },
  r2: { task: 'regression', higher: true },
  scaledRmse: { task: 'regression', higher: false },
  logLoss: { task: 'classification', higher: false },
  accuracy: { task: 'classification', higher: true },
  auc: { task: 'classification', higher: true },
}

export const metricNames = Object.keys(metricTraits) as readonly MetricName[]

/** The scores of a task, the default first. */
export const metricsOf = (task: Task): readonly MetricName[] =>
  metricNames.filter((name) => metricTraits[name].task === task)

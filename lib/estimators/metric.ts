import type { Task } from '../data/task.js'

/** Of which task the scores are, and whether more is better. */
export const metricTraits = {
  rmse: { task: 'regression', higher: false },
  mae: { task: 'regression', higher: false },
  r2: { task: 'regression', higher: true },
  scaledRmse: { task: 'regression', higher: false },
  logLoss: { task: 'classification', higher: false },
  accuracy: { task: 'classification', higher: true },
  auc: { task: 'classification', higher: true },
} as const satisfies Record<string, { task: Task; higher: boolean }>

/** A score of `evaluate`. */
export type MetricName = keyof typeof metricTraits

export const metricNames = Object.keys(metricTraits) as readonly MetricName[]

/** The scores of a task, the default first. */
export const metricsOf = (task: Task): readonly MetricName[] =>
  metricNames.filter((name) => metricTraits[name].task === task)

export type MetricValues = Partial<Record<MetricName, number>>

/** The scores alone, of what `evaluate` gives. */
export function metricValues(evaluated: MetricValues): MetricValues {
  const given = metricNames.map((name) => [name, evaluated[name]] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

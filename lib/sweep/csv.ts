import { reading } from '../checks.js'
import { runOperation } from '../errors/operation.js'
import { metricsOf } from '../estimators/metric.js'
import { csvText } from '../tables/csv-text.js'
import { valueText } from './space.js'
import type { SweepSummary } from './summary.js'

/**
 * The finished trials of a sweep as CSV, a line for each; what a trial does not have is empty.
 *
 * @throws PsilonError ERR_OPTION for what is no summary.
 */
export function sweepCsv(summary: SweepSummary): string {
  return runOperation('sweepCsv', sweepCsv, () => reading('ERR_OPTION', 'the summary', () => csvOf(summary)))
}

function csvOf({ settings, trials, task }: SweepSummary): string {
  const swept = [...new Set(settings.flatMap(({ setting }) => Object.keys(setting)))]
  const scores = metricsOf(task)
  const figures = ['pathNorm', 'weights', 'bytes', 'seconds'] as const
  /** What the estimator made of its options; these have the same names. */
  const fitted = ['encoding', 'hidden', 'lambda', 'sparsity', 'members', 'epochs', 'device'] as const
  const head = [
    ...['setting', ...swept, 'seed', 'fold', ...scores, ...figures],
    ...[...fitted.map((name) => `fitted.${name}`), 'error', 'key'],
  ]
  const written = (value: unknown) => (value === undefined || value === null ? '' : valueText(value))
  return csvText(head, trials.length, (row) => {
    const { setting, seed, fold, measured, error, key } = trials[row]
    return [
      setting,
      ...swept.map((path) => written(settings[setting].setting[path])),
      ...[seed, fold],
      ...scores.map((name) => written(measured?.scores[name])),
      ...[...figures, ...fitted].map((name) => written(measured?.[name])),
      ...[error === null ? '' : `${error.code}: ${error.message}`, key],
    ]
  })
}

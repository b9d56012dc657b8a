import type { TableNotes } from '../data/preprocess.js'
import { epochFacts, epochsText } from '../fit/history-text.js'
import { introduced } from '../inspection.js'
import type { Quantiles } from '../metrics/quantiles.js'
import { aligned, count, deviceText, duration, facts, figure, listed, named, percent } from '../print.js'
import type { CrossValidation } from './cross-validation-summary.js'
import type { ClassifierMetrics, RegressorMetrics } from './evaluation.js'
import { type MetricValues, metricNames } from './metric.js'
import type { Setting } from './settings.js'
import type { FitSummary } from './training.js'

/** What console.log shows of the results of estimators. */

type Facts = [name: string, text: string][]

export const shownSummary = (summary: FitSummary): FitSummary =>
  introduced('FitSummary', summary, () => {
    const { rows, features, members, dropped, missing, device, seconds } = summary
    const networks = members.length > 1 ? `${members.length} networks, the first: ` : ''
    return [
      ['rows', `${rows.toLocaleString('en-US')}, ${count(features, 'input')}`],
      ['setting', choiceText(summary)],
      ['training', `${networks}${epochsText(summary)}`],
      ...epochFacts(summary),
      ['diverged', divergedText(summary)],
      ['dropped', dropped.length === 0 ? '' : `${listed(dropped)} (a single value)`],
      ['missing', missingText(missing)],
      ['device', deviceText(device)],
      ['time', duration(seconds)],
    ]
  })

/** `encoding standard, 64 units, lambda 0.0003; the best of 12 settings` */
function choiceText({ search, ...summary }: FitSummary): string {
  const { encoding, hidden, lambda, sparsity } = summary
  if (encoding === null || hidden === null || lambda === null) return 'none was chosen'
  const choice = search.length === 0 ? '' : `; chosen from ${count(search.length, 'setting')}`
  return `${settingText({ encoding, hidden, lambda, sparsity })}${choice}`
}

/** `encoding standard, 64 units, lambda 0.0003` */
export function settingText({ encoding, hidden, lambda, sparsity }: Setting): string {
  const pruned = sparsity === null ? '' : `, ${percent(sparsity)} zeros`
  return `encoding ${encoding}, ${[hidden].flat().join(', ')} units, lambda ${lambda}${pruned}`
}

function divergedText({ diverged }: FitSummary): string {
  if (diverged.length === 0) return ''
  const [first] = diverged
  return `${diverged.length}; the first: ${settingText(first)}, in epoch ${first.epoch}`
}

const missingText = (missing: TableNotes['missing']): string =>
  listed(Object.entries(missing).map(([name, cells]) => `${named(name)} ${count(cells, 'cell')}`))

/** Facts about the values of a table that training did not see. */
export const noteFacts = ({ unseen, missing }: TableNotes): Facts => [
  ['unseen', listed(Object.entries(unseen).map(([name, levels]) => `${named(name)}: ${listed(levels)}`))],
  ['missing', missingText(missing)],
]

export const shownRegressorMetrics = (metrics: RegressorMetrics): RegressorMetrics =>
  introduced('RegressorMetrics', metrics, ({ rows, residuals, absoluteErrors }) => [
    ['rows', rows.toLocaleString('en-US')],
    ...scoreFacts(metrics),
    ['residuals', quantilesText(residuals)],
    ['absoluteErrors', quantilesText(absoluteErrors)],
  ])

const quantilesText = ({ p5, median, p95 }: Quantiles): string =>
  `median ${figure(median)}, 90 % from ${figure(p5)} to ${figure(p95)}`

const scoreFacts = (scores: MetricValues): Facts => metricNames.map((name) => [name, scoreText(scores[name])])

const scoreText = (score: number | undefined): string => (score === undefined ? '' : figure(score))

/** Classes that are shown. */
const maxClasses = 10

export const shownClassifierMetrics = (metrics: ClassifierMetrics): ClassifierMetrics =>
  introduced('ClassifierMetrics', metrics, ({ rows, calibration, classes, macro }) => {
    const more = classes.length - maxClasses
    const scores = classes.slice(0, maxClasses).map((each) => [String(each.label), each] as const)
    return [
      ...facts([
        ['rows', rows.toLocaleString('en-US')],
        ...scoreFacts(metrics),
        ['calibration', `error ${percent(calibration.error)}`],
      ]),
      ...aligned([
        ['class', 'precision', 'recall', 'f1'],
        ...[...scores, ['macro', macro] as const].map(([name, { precision, recall, f1 }]) => {
          return [name, ...[precision, recall, f1].map((score) => figure(score))]
        }),
      ]),
      ...(more > 0 ? [`and ${more.toLocaleString('en-US')} more`] : []),
    ]
  })

export const shownValidation = (validation: CrossValidation): CrossValidation =>
  introduced('CrossValidation', validation, ({ target, task, stopped, folds, ...scores }) => {
    const { mean, deviation, baseline, linear } = scores
    const columns = Object.entries({ mean, deviation, baseline, linear })
    return [
      ...facts([
        ['target', `${named(target)}: ${task}`],
        ['folds', `${folds.length.toLocaleString('en-US')} trained${stopped === 'cancelled' ? ', cancelled' : ''}`],
        ['time', duration(folds.reduce((sum, { seconds }) => sum + seconds, 0))],
      ]),
      ...aligned([
        ['', ...columns.map(([name]) => name)],
        ...metricNames
          .filter((name) => mean[name] !== undefined)
          .map((name) => [name, ...columns.map(([, values]) => scoreText(values[name]))]),
      ]),
    ]
  })

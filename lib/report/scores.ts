import { greatest } from 'd3-array'
import type { ClassifierMetrics, RegressorMetrics } from '../estimators/evaluation.js'
import type { MetricName, MetricValues } from '../estimators/metric.js'
import { count, figure, percent } from '../print.js'
import { type Loss, lossTraits } from '../words.js'
import type { RunRecord } from './record.js'

/** What `evaluate` gives, and the scores of baselines. */
export interface Scores extends Partial<Omit<RegressorMetrics & ClassifierMetrics, 'rows'>> {
  rows: number
  /** Scores of always predicting the mean, or the base rates. */
  baseline: MetricValues
  /** Scores of a linear model of the training rows: ridge or logistic regression. */
  linear?: MetricValues | undefined
}

interface Metric {
  name: MetricName
  title(target: string): string
  text(value: number): string
  /** Whether it stands at the top of a page. */
  headline?: true
}

/** With four decimals, and no sign of a rounded 0. */
function fixed(value: number): string {
  return value.toFixed(4).replace(/^-(?=0\.0+$)/, '')
}

/** In the order in which they are shown. */
export const metrics: readonly Metric[] = [
  { name: 'scaledRmse', title: () => 'RMSE, scaled units', text: figure },
  { name: 'rmse', title: (target) => `RMSE, units of ${target}`, text: figure, headline: true },
  { name: 'mae', title: () => 'mean absolute error', text: figure },
  { name: 'r2', title: () => 'R2', text: fixed, headline: true },
  { name: 'logLoss', title: () => 'log loss', text: fixed, headline: true },
  { name: 'accuracy', title: () => 'accuracy', text: percent, headline: true },
  { name: 'auc', title: () => 'AUC', text: fixed },
]

export const baselineName = (scores: readonly Scores[]): string =>
  scores.some(({ logLoss }) => logLoss !== undefined) ? 'base rates' : 'mean'

/** Rows of texts: for each part a column of scores, and beside it those of the baselines. */
export function scoreTable(parts: Record<string, Scores>, target: string): string[][] {
  const scores = Object.values(parts)
  const constant = baselineName(scores)
  const head = [
    '',
    ...Object.entries(parts).flatMap(([part, { linear }]) => [part, constant, ...(linear ? ['linear'] : [])]),
  ]
  const rows = metrics
    .filter(({ name }) => scores.some((each) => each[name] !== undefined))
    .map(({ name, title, text }) => {
      const cell = (value: number | undefined) => (value === undefined ? '' : text(value))
      const columns = ({ baseline, linear, ...own }: Scores) => [own, baseline, ...(linear ? [linear] : [])]
      return [title(target), ...scores.flatMap(columns).map((each) => cell(each[name]))]
    })
  return [head, ...rows]
}

/** Name of the score by which a search compares its candidates. */
export function scoreName(loss: Loss | null): string {
  if (loss === null || lossTraits[loss].link !== 'none') return 'log loss'
  return `${lossTraits[loss].squared ? 'RMSE' : `${loss} loss`}, scaled units`
}

type Tried = RunRecord['search'][number]
type Column = [title: string, text: (tried: Tried) => string]
type Choice = { [Name in 'encoding' | 'hidden' | 'lambda' | 'sparsity']?: Tried[Name] | null }

/** The candidate that was chosen: the one of its setting with the most epochs. */
export function chosenOf(
  search: readonly Tried[],
  { encoding, hidden, lambda, sparsity = null }: Choice,
): Tried | undefined {
  const same = search.filter((each) => {
    if (each.encoding === undefined) return each.lambda === lambda
    const sameNetwork = each.encoding === encoding && String(each.hidden) === String(hidden)
    return sameNetwork && each.lambda === lambda && (each.sparsity ?? null) === sparsity
  })
  return greatest(same, ({ epochs }) => epochs ?? 0)
}

/** @param best whether the setting is the chosen one, or that of the first of several networks. */
function chosenText({ members = 0 }: Tried, best: boolean): string {
  if (members > 1 || (members === 1 && !best)) return count(members, 'network')
  return best ? 'chosen' : ''
}

/**
 * Rows of texts: the settings that were tried. What was the same for all of them is left out, but for lambda.
 *
 * @param rows the settings to show; default: all.
 */
export function searchTable(search: readonly Tried[], choice: Choice, score: string, rows = search): string[][] {
  const chosen = chosenOf(search, choice)
  const choices: Column[] = [
    ['encoding', ({ encoding = '' }) => encoding],
    ['units', ({ hidden = '' }) => String(hidden)],
    ['lambda', ({ lambda }) => String(lambda)],
    ['zeros', ({ sparsity = null }) => (sparsity === null ? '' : percent(sparsity))],
  ]
  const epochs: Column = ['epochs', ({ epochs = '' }) => String(epochs)]
  const differs = ([, text]: Column, of: readonly Tried[]) => new Set(of.map(text)).size > 1
  const columns: Column[] = [
    ...choices.filter((column) => column[0] === 'lambda' || differs(column, search)),
    ...(differs(epochs, rows) ? [epochs] : []),
    [score, ({ score }) => figure(score)],
    ['standard error', ({ standardError }) => (Number.isFinite(standardError) ? figure(standardError) : '')],
    ['path norm', ({ pathNorm }) => figure(pathNorm)],
    ['', (tried) => chosenText(tried, tried === chosen)],
  ]
  return [columns.map(([title]) => title), ...rows.map((tried) => columns.map(([, text]) => text(tried)))]
}

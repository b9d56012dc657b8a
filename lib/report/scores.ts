import type { ClassifierMetrics } from '../estimators/classifier.js'
import type { RegressorMetrics } from '../estimators/regressor.js'
import type { Candidate } from '../estimators/search.js'
import { figure, percent } from '../print.js'
import { type Loss, lossTraits } from '../words.js'

export type Metrics = Partial<Omit<RegressorMetrics & ClassifierMetrics, 'rows'>>

export interface Scores extends Metrics {
  rows: number
  /** Scores of always predicting the mean, or the base rates. */
  baseline: Metrics
}

interface Metric {
  name: keyof Metrics
  title(target: string): string
  text(value: number): string
}

/** In the order in which they are shown. */
export const metrics: readonly Metric[] = [
  { name: 'scaledRmse', title: () => 'RMSE, scaled units', text: figure },
  { name: 'rmse', title: (target) => `RMSE, units of ${target}`, text: figure },
  { name: 'mae', title: () => 'mean absolute error', text: figure },
  { name: 'r2', title: () => 'R2', text: (value) => value.toFixed(4) },
  { name: 'logLoss', title: () => 'log loss', text: (value) => value.toFixed(4) },
  { name: 'accuracy', title: () => 'accuracy', text: percent },
  { name: 'auc', title: () => 'AUC', text: (value) => value.toFixed(4) },
]

export const baselineName = (scores: readonly Scores[]): string =>
  scores.some(({ logLoss }) => logLoss !== undefined) ? 'base rates' : 'mean'

/** Rows of texts: for each part a column of scores, and beside it the baseline's. */
export function scoreTable(parts: Record<string, Scores>, target: string): string[][] {
  const scores = Object.values(parts)
  const head = ['', ...Object.keys(parts).flatMap((part) => [part, baselineName(scores)])]
  const rows = metrics
    .filter(({ name }) => scores.some((each) => each[name] !== undefined))
    .map(({ name, title, text }) => {
      const cell = (value: number | undefined) => (value === undefined ? '' : text(value))
      return [title(target), ...scores.flatMap((each) => [cell(each[name]), cell(each.baseline[name])])]
    })
  return [head, ...rows]
}

/** Name of the score by which a search compares its candidates. */
export function scoreName(loss: Loss | null): string {
  if (loss === null || lossTraits[loss].link !== 'none') return 'log loss'
  return `${lossTraits[loss].squared ? 'RMSE' : `${loss} loss`}, scaled units`
}

/** Rows of texts: the lambdas that were tried. */
export function searchTable(search: readonly Candidate[], chosen: number | null, score: string): string[][] {
  const rows = search.map(({ lambda, score, pathNorm }) => {
    return [String(lambda), figure(score), figure(pathNorm), lambda === chosen ? 'chosen' : '']
  })
  return [['lambda', score, 'path norm', ''], ...rows]
}

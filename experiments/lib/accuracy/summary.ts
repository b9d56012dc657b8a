import { mean } from 'd3-array'
import type { Task } from '../data/data-sets.js'
import type { Fit } from './kept.js'
import { type Spread, spreadOf } from './ranking.js'

/** What a model reached on a table, over its splits. */
export interface ModelFigures {
  model: string
  splits: number
  score: Spread
  accuracy: Spread | null
  seconds: number
  bytes: number
}

export interface TableFigures {
  table: string
  task: Task
  rows: { train: number; test: number }
  /** Those that have a score. */
  models: ModelFigures[]
}

/** What a table is, besides its fits. */
export type TableFacts = Omit<TableFigures, 'models'>

export function tableFigures(facts: TableFacts, fits: readonly Fit[], models: readonly string[]): TableFigures {
  const ofTable = fits.filter(({ table }) => table === facts.table)
  const figures = models.map((model) => ({ model, own: ofTable.filter((fit) => fit.model === model) }))
  return { ...facts, models: figures.flatMap(({ model, own }) => (own.length === 0 ? [] : [modelFigures(model, own)])) }
}

function modelFigures(model: string, fits: readonly Fit[]): ModelFigures {
  const accuracies = fits.flatMap(({ accuracy }) => accuracy ?? [])
  return {
    ...{ model, splits: fits.length, score: spreadOf(fits.map(({ score }) => score)) },
    accuracy: accuracies.length === 0 ? null : spreadOf(accuracies),
    seconds: mean(fits, ({ seconds }) => seconds) as number,
    bytes: mean(fits, ({ bytes }) => bytes) as number,
  }
}

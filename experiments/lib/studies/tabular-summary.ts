import { mean } from 'd3-array'
import { type Setting, type TabularModel, tabularModels } from '../cells/cells.js'
import type { Results } from '../cells/results.js'
import type { DataSet } from '../data/data-sets.js'
import { type Chosen, chooseForSeeds, overSeeds } from './choice.js'
import type { Figure } from './figure.js'
import type { Options } from './protocol.js'
import { twin } from './pruned-cells.js'
import { ranksOf } from './ranks.js'
import { referenceScore } from './reference.js'

/** One model on one set. Figures are of the settings that were chosen, over the seeds. */
export interface ModelSummary {
  model: TabularModel
  /** What validation chose, by seed. */
  chosen: { seed: number | null; setting: Setting }[]
  validation: Figure | null
  test: Figure | null
  train: Figure | null
  rank: number
  nearSparsity: Figure | null
  pathNorm: Figure | null
  /** The same network, pruned in training. */
  pruned: { zeros: Figure; test: Figure } | null
  /** Of one fit with the chosen setting, beside the others that ran. */
  seconds: Figure | null
  /** What others reached with the same settings. */
  reference: number | null
}

export interface SetSummary {
  set: string
  task: DataSet['task']
  inputs: number
  rows: { train: number; test: number; validation: number }
  models: ModelSummary[]
}

export function summarise(results: Results, sets: readonly DataSet[], options: Options): SetSummary[] {
  return sets.map((set) => {
    const { name, task, inputs, train, test, validation } = set
    const summaries = tabularModels.map((model) => modelSummary(results, set, model, options))
    const ranks = ranksOf(summaries.map(({ test }) => test?.mean ?? null))
    return {
      ...{ set: name, task, inputs },
      rows: { train: train.y.length, test: test.y.length, validation: validation.y.length },
      models: summaries.map((summary, k) => ({ ...summary, rank: ranks[k] })),
    }
  })
}

/** The mean of each model's ranks over the sets. */
export function averageRanks(sets: readonly SetSummary[]): { model: TabularModel; rank: number }[] {
  return tabularModels.map((model, k) => ({ model, rank: mean(sets, (set) => set.models[k].rank) as number }))
}

function modelSummary(
  results: Results,
  set: DataSet,
  model: TabularModel,
  options: Options,
): Omit<ModelSummary, 'rank'> {
  const own = chooseForSeeds(results, set.name, model, options.seeds)
  const figure = overSeeds(own)
  const lambdas = new Set(own.map(({ cell: { setting } }) => (setting.kind === 'network' ? setting.lambda : null)))
  const [lambda = null] = lambdas
  return {
    model,
    chosen: own.map(({ cell: { seed, setting } }) => ({ seed, setting })),
    validation: figure(({ scores }) => scores?.validation),
    test: figure(({ scores }) => scores?.test),
    train: figure(({ scores }) => scores?.train),
    nearSparsity: figure(({ nearSparsity }) => nearSparsity),
    pathNorm: figure(({ pathNorm }) => pathNorm),
    pruned: model === 'psilon' ? twinFigures(results, set, own) : null,
    seconds: figure(({ seconds }) => seconds),
    reference: lambdas.size === 1 ? referenceScore(set, model, lambda, options) : null,
  }
}

function twinFigures(results: Results, set: DataSet, own: readonly Chosen[]): ModelSummary['pruned'] {
  const wanted = own.map(({ cell }) => JSON.stringify(twin(cell, set)))
  const found = [...results].filter(([cell]) => wanted.includes(JSON.stringify(cell))).map(([, result]) => ({ result }))
  const figure = overSeeds(found)
  const zeros = figure(({ exactSparsity }) => exactSparsity)
  const test = figure(({ scores }) => scores?.test)
  return zeros === null || test === null ? null : { zeros, test }
}

import { deviation, least, mean } from 'd3-array'
import type { Cell, CellResult, NetworkSetting, PruneSetting, Setting, TabularModel } from './cells.js'
import { tabularModels } from './cells.js'
import type { DataSet } from './data-sets.js'
import { type Options, prunedShare, seedsOf } from './protocol.js'
import { ranksOf } from './ranks.js'
import { referenceScore } from './reference.js'
import type { Results } from './run-cells.js'

export interface Figure {
  mean: number
  /** Standard deviation over the seeds, with n - 1; null where there is one. */
  spread: number | null
}

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

/** A cell that validation preferred. */
export type Chosen = { cell: Cell; result: CellResult }

/** The setting with the least validation score, the first of equal ones; undefined where none has a score. */
export function choose(results: Results, set: string, model: TabularModel, seed: number | null): Chosen | undefined {
  const own = [...results]
    .filter(([cell, { scores }]) => {
      return cell.set === set && cell.model === model && cell.seed === seed && !isPruned(cell) && scores !== null
    })
    .map(([cell, result]) => ({ cell, result }))
  return least(own, ({ result }) => result.scores?.validation)
}

const isPruned = ({ setting }: Cell) => setting.kind === 'network' && setting.prune !== null

/** The chosen PSiLON network of each set and seed once more, pruned in mid-run. */
export function prunedCells(results: Results, sets: readonly DataSet[], seeds: number): Cell[] {
  return sets.flatMap((set) =>
    seedsOf('psilon', seeds).flatMap((seed) => {
      const cell = choose(results, set.name, 'psilon', seed)?.cell
      return cell === undefined ? [] : [prunedCell(cell, usualPruning(cell, set))]
    }),
  )
}

/** The same fit of a network, but pruned. */
export function prunedCell(cell: Cell, prune: PruneSetting): Cell {
  return { ...cell, setting: { ...(cell.setting as NetworkSetting), prune } }
}

function usualPruning({ setting }: Cell, { inputs }: DataSet): PruneSetting {
  return { method: 'default', sparsity: prunedShare(inputs, setting as NetworkSetting) }
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
  const own = seedsOf(model, options.seeds).flatMap((seed) => choose(results, set.name, model, seed) ?? [])
  const figure = (of: (result: CellResult) => number | null | undefined) =>
    figureOf(own.map(({ result }) => of(result)))
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
    pruned: model === 'psilon' ? prunedFigures(results, set, own) : null,
    seconds: figure(({ seconds }) => seconds),
    reference: lambdas.size === 1 ? referenceScore(set.name, model, lambda, options) : null,
  }
}

function prunedFigures(results: Results, set: DataSet, own: readonly Chosen[]): ModelSummary['pruned'] {
  const wanted = own.map(({ cell }) => JSON.stringify(prunedCell(cell, usualPruning(cell, set))))
  const found = [...results].filter(([cell]) => wanted.includes(JSON.stringify(cell))).map(([, result]) => result)
  const zeros = figureOf(found.map(({ exactSparsity }) => exactSparsity))
  const test = figureOf(found.map(({ scores }) => scores?.test))
  return zeros === null || test === null ? null : { zeros, test }
}

export function figureOf(values: readonly (number | null | undefined)[]): Figure | null {
  const known = values.filter((value) => typeof value === 'number')
  if (known.length === 0) return null
  return { mean: mean(known) as number, spread: deviation(known) ?? null }
}

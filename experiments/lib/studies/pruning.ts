import { sum } from 'd3-array'
import { type NetworkSetting, type PruneSetting, type PruningMethod, pruningMethods } from '../cells/cells.js'
import { type Fit, fitsOf, type Results } from '../cells/results.js'
import { CellRunner, type Context, workOf } from '../cells/run-cells.js'
import type { DataSet } from '../data/data-sets.js'
import type { Source } from '../data/read-data-sets.js'
import { type Chosen, chooseForSeeds, overSeeds } from './choice.js'
import { type Plan, presentSets, readSets } from './experiment.js'
import type { Figure } from './figure.js'
import { cellsOf, type Options, published, reachableSparsity, tabularGrids } from './protocol.js'
import { prunedCell } from './pruned-cells.js'

export interface PruningOptions extends Options {
  /** Target sparsities: shares of exact zeros. */
  sparsities: readonly number[]
}

export interface PruningPlan extends Plan {
  options: PruningOptions
}

/** What networks are like that were pruned in one way, over the seeds. */
export interface PrunedFigures {
  method: PruningMethod
  /** Null: rows were projected as they were. */
  target: number | null
  zeros: Figure | null
  test: Figure | null
  pathNorm: Figure | null
}

export interface PruningSummary {
  set: string
  task: DataSet['task']
  inputs: number
  /** What validation chose for dense networks, by seed. */
  lambdas: number[]
  /** The largest share of zeros these networks can have. */
  reachable: number
  dense: { test: Figure | null; pathNorm: Figure | null; nearSparsity: Figure | null }
  pruned: PrunedFigures[]
}

export interface PruningResults {
  sets: PruningSummary[]
  /** Every fit. */
  cells: Fit[]
}

const usualSets = ['cpu_act', 'MagicTelescope', 'spambase']

/** Dense networks are those of the quick tabular experiment: in its folder they are not computed again. */
export async function planPruning(source: Source, options: PruningOptions): Promise<PruningPlan> {
  const usual = source.names === undefined ? await presentSets(source.data, usualSets) : undefined
  const names = usual?.names ?? source.names
  const { sets, skipped } = await readSets({ ...source, names }, ['regression', 'binary'], options)
  const grids = { psilon: tabularGrids(options, true).psilon }
  const cells = cellsOf(sets, grids, options.seeds)
  const later = sum(sets, (set) => pruneSettings(set, options).length) * options.seeds
  const size = { cells: cells.length + later, work: sum(cells, workOf) + later * options.epochs }
  return { sets, skipped: [...(usual?.skipped ?? []), ...skipped], grids, options, size }
}

/** Each method with each target that can be had; the published one also with rows as they are, as it was published. */
function pruneSettings({ inputs }: DataSet, options: PruningOptions): PruneSetting[] {
  const reachable = reachableOf(inputs, options)
  const targets = options.sparsities.filter((sparsity) => sparsity <= reachable)
  const targeted = pruningMethods.flatMap((method) => targets.map((sparsity) => ({ method, sparsity })))
  return [...targeted, { method: 'published', sparsity: null }]
}

const reachableOf = (inputs: number, { hidden }: Options) =>
  reachableSparsity(inputs, { hidden, depth: published.depth })

/** @throws PsilonError ERR_CANCELLED where the signal is aborted; what is finished is kept in the folder. */
export async function runPruning(plan: PruningPlan, context: Context): Promise<PruningResults> {
  const { sets, grids, options, size } = plan
  const runner = new CellRunner(context, size)
  const tried = await runner.run(cellsOf(sets, grids, options.seeds))
  const dense = new Map(sets.map((set) => [set, chooseForSeeds(tried, set.name, 'psilon', options.seeds)]))
  const later = [...dense].flatMap(([set, chosen]) =>
    chosen.flatMap(({ cell }) => pruneSettings(set, options).map((prune) => prunedCell(cell, prune))),
  )
  const results = await runner.run(later)
  const summaries = [...dense].map(([set, chosen]) => summaryOf(results, set, chosen, options))
  return { sets: summaries, cells: fitsOf(results) }
}

function summaryOf(results: Results, set: DataSet, chosen: Chosen[], options: PruningOptions): PruningSummary {
  const { name, task, inputs } = set
  const figure = overSeeds(chosen)
  return {
    ...{ set: name, task, inputs },
    lambdas: chosen.map(({ cell }) => (cell.setting as NetworkSetting).lambda),
    reachable: reachableOf(inputs, options),
    dense: {
      test: figure(({ scores }) => scores?.test),
      pathNorm: figure(({ pathNorm }) => pathNorm),
      nearSparsity: figure(({ nearSparsity }) => nearSparsity),
    },
    pruned: pruneSettings(set, options).map((prune) => prunedFigures(results, set, prune)),
  }
}

function prunedFigures(results: Results, { name }: DataSet, { method, sparsity }: PruneSetting): PrunedFigures {
  const own = [...results].flatMap(([{ set, setting }, result]) => {
    const prune = setting.kind === 'network' ? setting.prune : null
    return set === name && prune?.method === method && prune.sparsity === sparsity ? [{ result }] : []
  })
  const figure = overSeeds(own)
  return {
    ...{ method, target: sparsity },
    zeros: figure(({ exactSparsity }) => exactSparsity),
    test: figure(({ scores }) => scores?.test),
    pathNorm: figure(({ pathNorm }) => pathNorm),
  }
}

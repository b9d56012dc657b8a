import { least, sum } from 'd3-array'
import type { Cell, CellResult, NetworkSetting, Scores } from '../cells/cells.js'
import type { Results } from '../cells/results.js'
import { CellRunner, type Context, workOf } from '../cells/run-cells.js'
import type { Source } from '../data/read-data-sets.js'
import { type Plan, readSets } from './experiment.js'
import { cellsOf, figure1Grids, type NetworkModel, type Options } from './protocol.js'

/** The validation cross-entropy of one network while it trains. */
export interface Curve {
  set: string
  model: NetworkModel
  lambda: number
  seed: number
  /** Of the network at the end; null where training diverged. */
  scores: Scores | null
  pathNorm: number | null
  nearSparsity: number | null
  /** Empty where training diverged. */
  points: { steps: number; validation: number }[]
  /** The last point and the lowest; null where training diverged. */
  last: { steps: number; validation: number } | null
  lowest: { steps: number; validation: number } | null
}

export interface Figure1Results {
  curves: Curve[]
}

/** On the published code's kind of table, two classes; MagicTelescope unless others are named. */
export async function planFigure1(source: Source, options: Options): Promise<Plan> {
  const names = source.names ?? ['MagicTelescope']
  const { sets, skipped } = await readSets({ ...source, names }, ['binary'], options)
  const grids = figure1Grids(options)
  const cells = cellsOf(sets, grids, options.seeds)
  return { sets, skipped, grids, options, size: { cells: cells.length, work: sum(cells, workOf) } }
}

/** @throws PsilonError ERR_CANCELLED where the signal is aborted; what is finished is kept in the folder. */
export async function runFigure1(plan: Plan, context: Context): Promise<Figure1Results> {
  const cells = cellsOf(plan.sets, plan.grids, plan.options.seeds)
  const results = await new CellRunner(context, plan.size).run(cells)
  return { curves: curvesOf(cells, results) }
}

function curvesOf(cells: readonly Cell[], results: Results): Curve[] {
  return cells.map((cell) => {
    const { set, model, seed, setting } = cell
    const { curve, scores, pathNorm, nearSparsity } = results.get(cell) as CellResult
    const points = curve ?? []
    return {
      set,
      model: model as NetworkModel,
      lambda: (setting as NetworkSetting).lambda,
      seed: seed as number,
      ...{ scores, pathNorm, nearSparsity, points },
      last: points.at(-1) ?? null,
      lowest: least(points, ({ validation }) => validation) ?? null,
    }
  })
}

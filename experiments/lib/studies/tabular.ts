import { sum } from 'd3-array'
import type { TabularModel } from '../cells/cells.js'
import { type Fit, fitsOf } from '../cells/results.js'
import { CellRunner, type Context, workOf } from '../cells/run-cells.js'
import type { Source } from '../data/read-data-sets.js'
import { type Plan, presentSets, readSets } from './experiment.js'
import { cellsOf, type Options, tabularGrids } from './protocol.js'
import { prunedCells } from './pruned-cells.js'
import { quickSets } from './reference.js'
import { averageRanks, type SetSummary, summarise } from './tabular-summary.js'

export interface TabularResults {
  sets: SetSummary[]
  averageRanks: { model: TabularModel; rank: number }[]
  /** Every fit. */
  cells: Fit[]
}

/** @param quick short grids, on the tables whose published scores are known unless others are named. */
export async function planTabular(source: Source, options: Options, quick: boolean): Promise<Plan> {
  const few = quick && source.names === undefined ? await presentSets(source.data, quickSets) : undefined
  const names = few?.names ?? source.names
  const { sets, skipped } = await readSets({ ...source, names }, ['regression', 'binary'], options)
  const grids = tabularGrids(options, quick)
  const cells = cellsOf(sets, grids, options.seeds)
  // networks that are pruned once their lambda has been chosen
  const later = sets.length * options.seeds
  const size = { cells: cells.length + later, work: sum(cells, workOf) + later * options.epochs }
  return { sets, skipped: [...(few?.skipped ?? []), ...skipped], grids, options, size }
}

/** @throws PsilonError ERR_CANCELLED where the signal is aborted; what is finished is kept in the folder. */
export async function runTabular(plan: Plan, context: Context): Promise<TabularResults> {
  const { sets, grids, options, size } = plan
  const runner = new CellRunner(context, size)
  const tried = await runner.run(cellsOf(sets, grids, options.seeds))
  const results = await runner.run(prunedCells(tried, sets, options.seeds))
  const summaries = summarise(results, sets, options)
  return { sets: summaries, averageRanks: averageRanks(summaries), cells: fitsOf(results) }
}

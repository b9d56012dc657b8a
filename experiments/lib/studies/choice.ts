import { least } from 'd3-array'
import type { Cell, CellResult, Model } from '../cells/cells.js'
import type { Results } from '../cells/results.js'
import { type Figure, figureOf } from './figure.js'
import { seedsOf } from './protocol.js'

/** A cell that validation preferred. */
export type Chosen = { cell: Cell; result: CellResult }

/** The setting with the least validation score, the first of equal ones; undefined where none has a score. */
export function choose(results: Results, set: string, model: Model, seed: number | null): Chosen | undefined {
  const own = [...results]
    .filter(([cell, { scores }]) => {
      return cell.set === set && cell.model === model && cell.seed === seed && !isPruned(cell) && scores !== null
    })
    .map(([cell, result]) => ({ cell, result }))
  return least(own, ({ result }) => result.scores?.validation)
}

/** For each seed that has a score. */
export function chooseForSeeds(results: Results, set: string, model: Model, seeds: number): Chosen[] {
  return seedsOf(model, seeds).flatMap((seed) => choose(results, set, model, seed) ?? [])
}

const isPruned = ({ setting }: Cell) => setting.kind === 'network' && setting.prune !== null

/** A figure of these results over the seeds. */
export function overSeeds(own: readonly { result: CellResult }[]) {
  return (of: (result: CellResult) => number | null | undefined): Figure | null =>
    figureOf(own.map(({ result }) => of(result)))
}

import type { Cell, NetworkSetting, PruneSetting } from '../cells/cells.js'
import type { Results } from '../cells/results.js'
import type { DataSet } from '../data/data-sets.js'
import { chooseForSeeds } from './choice.js'
import { prunedShare } from './protocol.js'

/** The chosen PSiLON network of each set and seed once more, pruned in mid-run. */
export function prunedCells(results: Results, sets: readonly DataSet[], seeds: number): Cell[] {
  return sets.flatMap((set) => chooseForSeeds(results, set.name, 'psilon', seeds).map(({ cell }) => twin(cell, set)))
}

/** The same fit of a network, but pruned as fit does, to a share that costs little. */
export function twin(cell: Cell, { inputs }: DataSet): Cell {
  return prunedCell(cell, { method: 'default', sparsity: prunedShare(inputs, cell.setting as NetworkSetting) })
}

/** The same fit of a network, but pruned. */
export function prunedCell(cell: Cell, prune: PruneSetting): Cell {
  return { ...cell, setting: { ...(cell.setting as NetworkSetting), prune } }
}

import { type Cell, cellOf, type Model, type NetworkSetting, type Setting } from '../cells/cells.js'
import type { DataSet } from '../data/data-sets.js'
import { layerSizes, maxZeros, meanOverRows } from '../models/layer-sizes.js'

/** docs/method.md, section 11. */
export const published = {
  lambdas: [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1, 5e-1],
  penalties: [1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 0.3, 1, 3, 10, 30, 100],
  leaves: [4, 8, 12, 16, 20, 30, 40, 50, 75, 100, 150, 200],
  trees: 1000,
  trainRows: 2000,
  hidden: 500,
  depth: 3,
  epochs: 1000,
  /** An epoch has 5 batches. */
  batches: 5,
  learningRate: 2e-3,
}

/** What can be chosen; the defaults are the published protocol. */
export interface Options {
  seeds: number
  trainRows: number
  hidden: number
  epochs: number
}

/** The largest share of exact zeros that a network with one output can have. */
export function reachableSparsity(inputs: number, { hidden, depth }: Pick<NetworkSetting, 'hidden' | 'depth'>): number {
  return meanOverRows(layerSizes(inputs, Array(depth).fill(hidden), 1), maxZeros)
}

/** A share of exact zeros that costs little (docs/pruning.md); less where few inputs or units allow no more. */
export function prunedShare(inputs: number, { hidden, depth }: Pick<NetworkSetting, 'hidden' | 'depth'>): number {
  return Math.min(0.9, 0.95 * reachableSparsity(inputs, { hidden, depth }))
}

/** The settings of each model that takes part. */
export type Grids = Partial<Record<Model, readonly Setting[]>>

/** The settings of every model, between which the validation rows choose. */
export function tabularGrids(options: Options, quick: boolean): Grids {
  const { lambdas, penalties } = published
  const network = (model: NetworkModel, lambdas: readonly number[]) =>
    lambdas.map((lambda) => networkSetting(model, lambda, options))
  const [trees, leaves] = quick ? [30, [4]] : [published.trees, published.leaves]
  return {
    psilon: network('psilon', quick ? [2.5e-4, 1e-3, 2.5e-3, 1e-2] : lambdas),
    standard: network('standard', quick ? [2.5e-3, 1e-2, 2.5e-2] : lambdas),
    mlp: network('mlp', quick ? [1e-2] : lambdas),
    linear: penalties.map((penalty) => ({ kind: 'linear', penalty })),
    forest: leaves.map((leaf) => ({ kind: 'forest', trees, leaf })),
  }
}

/** The grids of figure 1, and epochs between two points of its curves. */
export function figure1Grids(options: Options): Grids {
  const curve = Math.ceil(options.epochs / 100)
  const network = (model: NetworkModel, lambdas: readonly number[]) =>
    lambdas.map((lambda) => ({ ...networkSetting(model, lambda, options), curve }))
  return {
    psilon: network('psilon', [1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3]),
    standard: network('standard', [2.5e-3, 5e-3, 1e-2, 1.3e-2, 1.7e-2]),
  }
}

export type NetworkModel = 'psilon' | 'standard' | 'mlp'

const kinds = {
  psilon: { normalization: 'l1', sharedLength: true, regularizer: 'path' },
  standard: { normalization: 'l2', sharedLength: false, regularizer: 'l2' },
  mlp: { normalization: 'none', sharedLength: false, regularizer: 'l2' },
} as const

export function networkSetting(
  model: NetworkModel,
  lambda: number,
  { hidden, epochs, trainRows }: Options,
): NetworkSetting {
  const { depth, batches, learningRate } = published
  const batchSize = Math.ceil(trainRows / batches)
  const training = { lambda, epochs, batchSize, learningRate, projection: 'none', prune: null, curve: null } as const
  return { kind: 'network', architecture: 'mlp', hidden, depth, ...kinds[model], ...training }
}

/** A cell for each set, model, setting and seed; of a linear model for one seed, as nothing is drawn. */
export function cellsOf(sets: readonly DataSet[], grids: Grids, seeds: number): Cell[] {
  return sets.flatMap((set) =>
    Object.entries(grids).flatMap(([model, settings]) =>
      seedsOf(model as Model, seeds).flatMap((seed) =>
        settings.map((setting) => cellOf(set, model as Model, seed, setting)),
      ),
    ),
  )
}

export function seedsOf(model: Model, seeds: number): (number | null)[] {
  return model === 'linear' ? [null] : Array.from({ length: seeds }, (_, k) => k + 1)
}

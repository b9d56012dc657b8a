import { sum } from 'd3-array'
import type { Bound } from 'psilon'
import { type DeepModel, deepModels, type NetworkSetting } from '../cells/cells.js'
import { type Fit, fitsOf, type Results } from '../cells/results.js'
import { CellRunner, type Context, workOf } from '../cells/run-cells.js'
import type { DataSet } from '../data/data-sets.js'
import { readImages } from '../data/images.js'
import { chooseForSeeds, overSeeds } from './choice.js'
import type { Figure } from './figure.js'
import { cellsOf, type Grids } from './protocol.js'

const path = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3]

/** The ablation of the paper (docs/method.md, section 11), each with its lambdas and the one that was best there. */
const ablation = {
  psilon: variant('l1', true, 'path-improved', 2.5e-4),
  'l1-ib': variant('l1', false, 'path-improved', 2.5e-4),
  'l2-ib': variant('l2', false, 'path-improved', 2.5e-4),
  'l1-ob': variant('l1', false, 'path', 1e-4),
  'l2-ob': variant('l2', false, 'path', 1e-4),
  standard: { ...variant('l2', false, 'l2', 2.5e-2), lambdas: [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1] },
  'pgd-psilon': variant('l1', true, 'path-improved', 2.5e-4, 'every-step'),
} satisfies Record<DeepModel, unknown>

function variant(
  normalization: NetworkSetting['normalization'],
  sharedLength: boolean,
  regularizer: NetworkSetting['regularizer'],
  best: number,
  projection: NetworkSetting['projection'] = 'none',
) {
  return { network: { normalization, sharedLength, regularizer, projection }, lambdas: path, best }
}

export interface DeepOptions {
  variants: readonly DeepModel[]
  seeds: number
  trainImages: number
  validationImages: number
  hidden: number
  depth: number
  epochs: number
}

/** The published protocol, and what of it two cores can do in some minutes. */
export const deepDefaults = {
  published: { trainImages: 10_000, validationImages: 20_000, epochs: 400 },
  quick: { trainImages: 4000, validationImages: 4000, epochs: 40 },
}

export interface DeepPlan {
  sets: [images: DataSet]
  grids: Grids
  options: DeepOptions
  /** Work is in epochs. */
  size: { cells: number; work: number }
}

export interface DeepSummary {
  model: DeepModel
  /** What validation chose, by seed; empty where every fit diverged. */
  lambdas: number[]
  testAccuracy: Figure | null
  testCrossEntropy: Figure | null
  validationCrossEntropy: Figure | null
  nearSparsity: Figure | null
  pathNorm: Record<Bound, Figure | null>
  seconds: Figure | null
  /** Fits, and how many of them diverged. */
  fits: number
  diverged: number
}

export interface DeepResults {
  variants: DeepSummary[]
  /** Every fit. */
  cells: Fit[]
}

/** @param quick of each variant the lambda alone that was the paper's best. */
export async function planDeep(folder: string, options: DeepOptions, quick: boolean): Promise<DeepPlan> {
  const { trainImages, validationImages, seeds } = options
  const set = await readImages(folder, { train: trainImages, validation: validationImages })
  const grids = Object.fromEntries(options.variants.map((model) => [model, settingsOf(model, options, quick)]))
  const cells = cellsOf([set], grids, seeds)
  return { sets: [set], grids, options, size: { cells: cells.length, work: sum(cells, workOf) } }
}

function settingsOf(model: DeepModel, { hidden, depth, epochs }: DeepOptions, quick: boolean): NetworkSetting[] {
  const { network, lambdas, best } = ablation[model]
  const training = { epochs, batchSize: 200, learningRate: 2e-2, prune: null, curve: null }
  return (quick ? [best] : lambdas).map((lambda) => {
    return { kind: 'network', architecture: 'resnet', hidden, depth, ...network, lambda, ...training }
  })
}

/** @throws PsilonError ERR_CANCELLED where the signal is aborted; what is finished is kept in the folder. */
export async function runDeep({ sets, grids, options, size }: DeepPlan, context: Context): Promise<DeepResults> {
  const results = await new CellRunner(context, size).run(cellsOf(sets, grids, options.seeds))
  const taken = deepModels.filter((model) => options.variants.includes(model))
  return { variants: taken.map((model) => summaryOf(results, sets[0], model, options)), cells: fitsOf(results) }
}

function summaryOf(results: Results, { name }: DataSet, model: DeepModel, { seeds }: DeepOptions): DeepSummary {
  const own = [...results].filter(([cell]) => cell.model === model)
  const best = chooseForSeeds(results, name, model, seeds)
  const figure = overSeeds(best)
  return {
    model,
    lambdas: best.map(({ cell }) => (cell.setting as NetworkSetting).lambda),
    testAccuracy: figure(({ accuracy }) => accuracy?.test),
    testCrossEntropy: figure(({ scores }) => scores?.test),
    validationCrossEntropy: figure(({ scores }) => scores?.validation),
    nearSparsity: figure(({ nearSparsity }) => nearSparsity),
    pathNorm: {
      original: figure(({ bounds }) => bounds?.original),
      improved: figure(({ bounds }) => bounds?.improved),
      tight: figure(({ bounds }) => bounds?.tight),
    },
    seconds: figure(({ seconds }) => seconds),
    fits: own.length,
    diverged: own.filter(([, { scores }]) => scores === null).length,
  }
}

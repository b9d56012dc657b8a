import { createHash } from 'node:crypto'
import type { Bound, Normalization, Projection, Regularizer } from 'psilon'
import type { DataSet } from '../data/data-sets.js'
import { figure } from '../text.js'

export const tabularModels = ['psilon', 'standard', 'mlp', 'linear', 'forest'] as const
export const deepModels = ['psilon', 'l1-ib', 'l2-ib', 'l1-ob', 'l2-ob', 'standard', 'pgd-psilon'] as const
export type DeepModel = (typeof deepModels)[number]
export type TabularModel = (typeof tabularModels)[number]
export type Model = TabularModel | DeepModel

/**
 * How a run makes exact zeros: with the options that `fit` has by default; with the schedule of the published code; or by
 * cutting the smallest weights of each layer at once in the middle of the run, with a learning rate cycle before and
 * after.
 */
export const pruningMethods = ['default', 'published', 'magnitude'] as const
export type PruningMethod = (typeof pruningMethods)[number]

export interface PruneSetting {
  method: PruningMethod
  /** Target sparsity; null: rows are projected as they are. */
  sparsity: number | null
}

export interface NetworkSetting {
  kind: 'network'
  architecture: 'mlp' | 'resnet'
  hidden: number
  depth: number
  normalization: Normalization
  sharedLength: boolean
  regularizer: Regularizer
  projection: Projection
  lambda: number
  epochs: number
  batchSize: number
  learningRate: number
  /** Null: nothing is pruned. */
  prune: PruneSetting | null
  /** Epochs from one point of the validation curve to the next; null: no curve. */
  curve: number | null
}

export interface LinearSetting {
  kind: 'linear'
  penalty: number
}

export interface ForestSetting {
  kind: 'forest'
  trees: number
  leaf: number
}

export type Setting = NetworkSetting | LinearSetting | ForestSetting

/** One model with one setting and one seed on one data set: what is computed once. */
export interface Cell {
  set: string
  /** Of the prepared rows. */
  fingerprint: string
  model: Model
  /** Null where nothing is drawn. */
  seed: number | null
  setting: Setting
}

/** A figure of each part: root mean squared error in scaled units or mean log loss, or a share of right classes. */
export interface Scores {
  train: number
  validation: number
  test: number
}

/** What a cell gave. Figures of networks are null for baselines. */
export interface CellResult {
  /** Null where training diverged. */
  scores: Scores | null
  /** Null where there are no classes or no scores. */
  accuracy: Scores | null
  /** Why there are no scores. */
  failure: string | null
  pathNorm: number | null
  /** The path norm in each bound. */
  bounds: Record<Bound, number> | null
  nearSparsity: number | null
  exactSparsity: number | null
  /** Validation loss after so many steps. */
  curve: { steps: number; validation: number }[] | null
  seconds: number
  /** The kernels of a network. */
  device: string | null
}

/** Raised when the same cell would give another result. */
export const format = 1

/** All that determines the result of a cell. */
export const identityOf = (cell: Cell) => ({ format, ...cell })

export function cellOf({ name, fingerprint }: DataSet, model: Model, seed: number | null, setting: Setting): Cell {
  return { set: name, fingerprint, model, seed, setting }
}

/** `lambda 0.001 pruned 0.8790`, `penalty 10`, `leaf 4` */
export const settingText = (setting: Setting): string => textOf(setting, figure)

/** @param share writes the target sparsity. */
function textOf(setting: Setting, share: (sparsity: number) => string): string {
  if (setting.kind === 'network') return `lambda ${setting.lambda}${pruneText(setting.prune, share)}`
  return setting.kind === 'linear' ? `penalty ${setting.penalty}` : `leaf ${setting.leaf}`
}

function pruneText(prune: PruneSetting | null, share: (sparsity: number) => string): string {
  if (prune === null) return ''
  const method = prune.method === 'default' ? '' : ` ${prune.method}`
  return ` pruned${method} ${prune.sparsity === null ? 'raw' : share(prune.sparsity)}`
}

export const cellText = (cell: Cell): string => cellTextOf(cell, settingText(cell.setting))

const cellTextOf = ({ set, model, seed }: Cell, setting: string): string =>
  `${set} ${model} ${setting}${seed === null ? '' : ` seed ${seed}`}`

/** A readable name that is another one for every other identity. */
export function fileNameOf(cell: Cell): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(identityOf(cell)))
    .digest('hex')
    .slice(0, 12)
  const text = cellTextOf(cell, textOf(cell.setting, String))
  return `${text.replaceAll(/[^\w.+-]+/g, '-')}-${hash}.json`
}

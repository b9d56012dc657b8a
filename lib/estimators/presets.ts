import { type EncodingName, encodingNames } from '../data/encodings/encodings.js'
import type { Selection } from './estimator-options.js'

export const presetNames = ['fast', 'balanced', 'best', 'paper'] as const
/** How much work goes into a model. */
export type PresetName = (typeof presetNames)[number]

/** What an estimator decides where no option does. The search chooses from lists of several values. */
export interface Preset {
  encodings: readonly EncodingName[]
  /** Units in each hidden layer, ascending. */
  hidden: readonly number[]
  lambda: number | 'auto'
  /** What lambda 'auto' tries. */
  lambdas: readonly number[]
  /** Number of hidden layers; null: that of a network. */
  depth: number | null
  /** Steps of a fit; null: the epochs and the batches of a network's fit. */
  steps: number | null
  learningRate: { mlp: number; resnet: number }
  selection: Selection
  /**
   * Settings that the search tries with all steps; if there are more, it tries all with a fifth of them first. A single
   * finalist is chosen without another try.
   */
  finalists: number
  /**
   * Share of zeros to which finalists are pruned as well; the pruned networks are kept if they cost less than 1 %. Null:
   * nothing is pruned.
   */
  sparsity: number | null
  /** Networks that are averaged. */
  ensemble: number
}

/** What encoding 'auto' tries. */
export const autoEncodings: readonly EncodingName[] = encodingNames.filter((name) => name !== 'robust')

/** arXiv 2404.19112, tabular experiments (docs/method.md, section 11). */
export const paperLambdas: readonly number[] = [
  5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1, 5e-1,
]

const small = {
  lambdas: [1e-4, 4e-4, 1.5e-3, 6e-3, 2.5e-2],
  depth: 3,
  steps: 5000,
  learningRate: { mlp: 5e-3, resnet: 1e-2 },
  selection: { folds: 4 },
  finalists: 4,
  sparsity: 0.8,
} as const

export const presets: Readonly<Record<PresetName, Preset>> = {
  fast: {
    ...small,
    encodings: encodingNames.filter((name) => name === 'standard' || name === 'rank-normal'),
    hidden: [64],
    lambda: 'auto',
    lambdas: [3e-4, 3e-3, 3e-2],
    selection: { validation: 0.2 },
    finalists: 1,
    sparsity: null,
    ensemble: 1,
  },
  balanced: {
    ...small,
    encodings: autoEncodings,
    hidden: [64],
    lambda: 'auto',
    ensemble: 8,
  },
  best: {
    ...small,
    steps: 10_000,
    learningRate: { mlp: 2.5e-3, resnet: 1e-2 },
    encodings: encodingNames,
    hidden: [64, 128],
    lambda: 'auto',
    selection: { folds: 5, repeats: 3 },
    finalists: 6,
    ensemble: 20,
  },
  paper: {
    encodings: ['standard'],
    hidden: [500],
    lambda: 1e-3,
    lambdas: paperLambdas,
    depth: null,
    steps: null,
    learningRate: { mlp: 2e-3, resnet: 2e-2 },
    selection: { validation: 0.2 },
    finalists: Infinity,
    sparsity: null,
    ensemble: 1,
  },
}

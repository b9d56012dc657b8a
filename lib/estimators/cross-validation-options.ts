import { type Task, tasks } from '../data/task.js'
import { checkedLater, integer, oneOf, seed, text } from '../options/kinds.js'
import type { Declarations } from '../options/option.js'
import type { ClassifierOptions, RegressorOptions } from './estimator-options.js'

export interface CrossValidationOptions {
  /** The column to predict. */
  target: string
  /** Kind of prediction. Default by the values of the target. */
  task?: Task | undefined
  /** Options of the estimator; what it chooses itself, it chooses anew in each fold, from the rows that train. */
  estimator?: (RegressorOptions & ClassifierOptions) | undefined
  /** Number of folds, each of which judges what was trained on the others. At least 2. Default 5. */
  folds?: number | undefined
  /** Number of divisions into folds. 1 to 100. Default 1. */
  repeats?: number | undefined
  /** Seed of the first division; the next one has the next seed. 0 to 2^53 - 1. Default 0. */
  seed?: number | undefined
  /**
   * A column, which is not an input, or an array with one weight per row; at least 0. They weight the training; rows of
   * weight 0 train nothing and judge nothing, and the scores count all others alike. Default all equal.
   */
  sampleWeight?: string | ArrayLike<number> | undefined
  /** Ends the run within a batch when aborted; the run rejects with ERR_CANCELLED. */
  signal?: AbortSignal | undefined
}

export const crossValidationOptions = {
  target: { kind: text, required: true, sentence: 'The column to predict.' },
  task: { kind: oneOf(tasks), otherwise: 'by the values of the target', sentence: 'Kind of prediction.' },
  estimator: {
    kind: checkedLater<RegressorOptions & ClassifierOptions>('options'),
    sentence:
      'Options of the estimator; what it chooses itself, it chooses anew in each fold, from the rows that train.',
  },
  folds: {
    kind: integer(2),
    default: 5,
    sentence: 'Number of folds, each of which judges what was trained on the others.',
  },
  repeats: { kind: integer(1, 100), default: 1, sentence: 'Number of divisions into folds.' },
  seed: { kind: seed, default: 0, sentence: 'Seed of the first division; the next one has the next seed.' },
  sampleWeight: {
    kind: checkedLater<string | ArrayLike<number>>('a column, or weights'),
    otherwise: 'all equal',
    sentence:
      'A column, which is not an input, or an array with one weight per row; at least 0. They weight the training; rows ' +
      'of weight 0 train nothing and judge nothing, and the scores count all others alike.',
  },
  signal: {
    kind: checkedLater<AbortSignal>('an AbortSignal'),
    sentence: 'Ends the run within a batch when aborted; the run rejects with ERR_CANCELLED.',
  },
} satisfies Declarations<CrossValidationOptions>

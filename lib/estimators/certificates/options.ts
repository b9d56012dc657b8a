import type { Label } from '../../data/target.js'
import { type CertifyOptions, certifyOptions, type RangeOptions, rangeOptions } from '../../network/options.js'
import { checkedLater, texts } from '../../options/kinds.js'
import type { Declarations } from '../../options/option.js'
import type { RowsInput } from '../rows.js'
import type { Within } from './within.js'

/** Options of a classifier's certificates. */
export interface ClassifierCertifyOptions extends CertifyOptions {
  /**
   * How far each column may move: a number in its units, a share of the value such as '2%', deviations such as '0.5sd',
   * or the levels that a category may change to. Columns that it does not name stay. Radii are multiples of it. Default
   * the deviation of each numeric column.
   */
  within?: Within | undefined
  /** Columns that stay. */
  fixed?: readonly string[] | undefined
}

export const classifierCertifyOptions = {
  ...certifyOptions,
  within: {
    kind: checkedLater<Within>('tolerances by column'),
    otherwise: 'the deviation of each numeric column',
    sentence:
      "How far each column may move: a number in its units, a share of the value such as '2%', deviations such as " +
      "'0.5sd', or the levels that a category may change to. Columns that it does not name stay. Radii are multiples of it.",
    flag: '--within <tolerances>',
  },
  fixed: { kind: texts, sentence: 'Columns that stay.', flag: '--fixed <names>' },
} satisfies Declarations<ClassifierCertifyOptions>

/** Options of the ranges of an estimator's predictions. */
export interface EstimatorRangeOptions extends RangeOptions {
  /**
   * How far each column may move, as for `certify`; 'data': every numeric column within the range that it had in the
   * training rows. Default the deviation of each numeric column.
   */
  within?: Within | 'data' | undefined
  /** Columns that stay. */
  fixed?: readonly string[] | undefined
}

export const estimatorRangeOptions = {
  ...rangeOptions,
  within: {
    kind: checkedLater<Within | 'data'>("tolerances by column, or 'data'"),
    otherwise: 'the deviation of each numeric column',
    sentence:
      "How far each column may move, as for `certify`; 'data': every numeric column within the range that it had in the " +
      'training rows.',
  },
  fixed: { kind: texts, sentence: 'Columns that stay.' },
} satisfies Declarations<EstimatorRangeOptions>

/** Options of `monotone`. */
export interface MonotoneOptions {
  /** Rows around which to ask. Default everywhere within the range of the training data. */
  rows?: RowsInput | undefined
  /** How far each column of the rows may move, as for `certify`, or 'data'. Default the deviation of each numeric column. */
  within?: Within | 'data' | undefined
  /** Regions that are looked at for each row, at most. At least 1. Default 1000. */
  budget?: number | undefined
}

export const monotoneOptions = {
  rows: {
    kind: checkedLater<RowsInput>('rows'),
    otherwise: 'everywhere within the range of the training data',
    sentence: 'Rows around which to ask.',
  },
  within: {
    kind: checkedLater<Within | 'data'>("tolerances by column, or 'data'"),
    otherwise: 'the deviation of each numeric column',
    sentence: "How far each column of the rows may move, as for `certify`, or 'data'.",
  },
  budget: { ...certifyOptions.budget, sentence: 'Regions that are looked at for each row, at most.' },
} satisfies Declarations<MonotoneOptions>

/** Options of the ranges of a classifier's probabilities. */
export interface ClassifierRangeOptions extends EstimatorRangeOptions {
  /** Class whose probability it is. Default the predicted class of each row. */
  class?: Label | undefined
}

export const classifierRangeOptions = {
  ...estimatorRangeOptions,
  class: {
    kind: checkedLater<Label>('a label'),
    otherwise: 'the predicted class of each row',
    sentence: 'Class whose probability it is.',
  },
} satisfies Declarations<ClassifierRangeOptions>

/** Options of a classifier's `monotone`. */
export interface ClassifierMonotoneOptions extends MonotoneOptions {
  /** Class whose probability it is. Default the last class. */
  class?: Label | undefined
}

export const classifierMonotoneOptions = {
  ...monotoneOptions,
  class: {
    kind: checkedLater<Label>('a label'),
    otherwise: 'the last class',
    sentence: 'Class whose probability it is.',
  },
} satisfies Declarations<ClassifierMonotoneOptions>

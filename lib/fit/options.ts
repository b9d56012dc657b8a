import { type CheckpointOptions, checkpointOptions } from '../checkpoint/options.js'
import type { MatrixInput } from '../data/matrix.js'
import { processors } from '../machine/processors.js'
import { boolean, checkedLater, integer, number, numberOr, oneOf, seed } from '../options/kinds.js'
import { byKind, computed, type Declarations, object } from '../options/option.js'
import type { Loss, Precision, Projection, Regularizer, RequestedDevice, Schedule } from '../words.js'
import { losses, precisions, projections, regularizers, requestedDevices, schedules } from '../words.js'

/** Rows to learn from, or to validate on. */
export interface TrainingData {
  /** Inputs [rows, inputs]. */
  x: MatrixInput
  /**
   * Targets [rows, outputs], from 0 to 1 for the loss 'bce'; for 'softmax' [rows] class numbers 0 .. outputs - 1. A
   * network of one output also takes a plain array.
   */
  y: MatrixInput | ArrayLike<number>
  /** One weight per row, at least 0; their scale does not matter. Default all equal. */
  sampleWeight?: ArrayLike<number> | undefined
}

export interface ValidationData extends TrainingData {
  /** Epochs between evaluations; the last epoch is always evaluated. At least 1. Default 1. */
  every?: number | undefined
}

/** How much is pruned: exact zeros in all weights of the network. Sections 7 and 14. */
export interface PruneAmount {
  /** Share of the weights that become exactly zero, the mean over all rows. Above 0 and below 1. */
  sparsity?: number | undefined
  /**
   * L1 norm of each row before its projection, instead of a share; a larger norm prunes more, and 'raw' projects the
   * rows as they are, as published. At least 1 and at most 1048576, or 'raw'.
   */
  scale?: number | 'raw' | undefined
}

/** Pruning during a fit: the weights move from normalised (alpha = 0) to projected (alpha = 1), then are fine-tuned. */
export interface PruneSchedule extends PruneAmount {
  /** Fraction of the run at which pruning begins. At least 0 and below 1. Default 0.5. */
  from?: number | undefined
  /**
   * Fraction of the run at which pruning is complete; it must exceed the fraction at which pruning begins. At most 1.
   * Default 0.7.
   */
  to?: number | undefined
  /**
   * Whether the learning rate schedule restarts when pruning is complete; otherwise it continues, as published.
   * Default true.
   */
  restart?: boolean | undefined
}

export interface EarlyStopping {
  /** Epochs without improvement after which the fit stops, counted from the end of pruning if it prunes. At least 1. */
  patience: number
  /** Least fall of the validation loss that counts as an improvement. At least 0. Default 0. */
  minDelta?: number | undefined
}

/** How a network is trained. Defaults are those of arXiv 2404.19112; sections are those of docs/method.md. */
export interface FitOptions {
  /** Loss of the raw outputs, which are logits for cross-entropies. Section 6. Default 'mse'. */
  loss?: Loss | undefined
  /** Strength of the regularizer; larger is smoother. At least 0. Default 1e-3. */
  lambda?: number | undefined
  /**
   * Weight of the regularizer in the objective, (1 - regWeight) loss + regWeight lambda regularizer. At least 0 and at
   * most 1. Default 0.5.
   */
  regWeight?: number | undefined
  /**
   * Term that lambda multiplies: the 1-path-norm by the original or the improved bound, the squared weights, or none.
   * Section 5. Default 'path', resnet 'path-improved'.
   */
  regularizer?: Regularizer | undefined
  /**
   * Projected gradient descent: with 'every-step', v is projected before each forward pass. Section 11. Default 'none'.
   */
  projection?: Projection | undefined
  /** Passes over the rows. At least 1. Default 1000. */
  epochs?: number | undefined
  /** Rows in a step; all rows if there are fewer. At least 1. Default 400. */
  batchSize?: number | undefined
  /**
   * Peak learning rate of Adam; 'one-cycle' ends at 1e-7 divided by it and is meant for peaks above 3.2e-4. Section 9.
   * Above 0. Default 2e-3, resnet 2e-2.
   */
  learningRate?: number | undefined
  /** How the learning rate and beta1 change from epoch to epoch. Section 9. Default 'one-cycle'. */
  schedule?: Schedule | undefined
  /** Prunes the network during the fit. Sections 7 and 14. */
  prune?: PruneSchedule | undefined
  /** Rows on which the loss is evaluated while the network trains. */
  validation?: ValidationData | undefined
  /** Stops the fit when the validation loss no longer falls, and keeps the parameters of the best epoch. */
  earlyStopping?: EarlyStopping | undefined
  /** Writes a file now and then, from which the same call goes on after the process was killed, to the same bits. */
  checkpoint?: CheckpointOptions | undefined
  /**
   * Signal that ends the fit when aborted, within a batch or, on a GPU, about a tenth of a second; the run rejects with
   * ERR_CANCELLED.
   */
  signal?: AbortSignal | undefined
  /** Device to train on; 'auto' uses a GPU if one is available and likely to be faster. Default 'auto'. */
  device?: RequestedDevice | undefined
  /**
   * Precision of float32 matrix products on a GPU; 'tf32' rounds the factors to a mantissa of 10 bits, and sums stay
   * float32. Default 'float32'.
   */
  precision?: Precision | undefined
  /** CPU threads; any number gives the same bits. 1 to 256. Default all processors. */
  threads?: number | undefined
  /** Seed of the order of the rows. 0 to 2^53 - 1. Default the network's seed. */
  seed?: number | undefined
}

export const trainingData = {
  x: { kind: checkedLater('numbers'), required: true, sentence: 'Inputs [rows, inputs].' },
  y: {
    kind: checkedLater('numbers'),
    required: true,
    sentence:
      "Targets [rows, outputs], from 0 to 1 for the loss 'bce'; for 'softmax' [rows] class numbers 0 .. outputs - 1. A " +
      'network of one output also takes a plain array.',
  },
  sampleWeight: {
    kind: checkedLater('numbers'),
    otherwise: 'all equal',
    sentence: 'One weight per row, at least 0; their scale does not matter.',
  },
} satisfies Declarations<TrainingData>

const validationData = {
  ...trainingData,
  every: { kind: integer(1), default: 1, sentence: 'Epochs between evaluations; the last epoch is always evaluated.' },
} satisfies Declarations<ValidationData>

const maxThreads = 256
const maxScale = 2 ** 20

export const pruneAmount = {
  sparsity: {
    kind: number({ above: 0, below: 1 }),
    sentence: 'Share of the weights that become exactly zero, the mean over all rows.',
    flag: '--prune <sparsity>',
  },
  scale: {
    kind: numberOr('raw', { from: 1, to: maxScale }),
    sentence:
      "L1 norm of each row before its projection, instead of a share; a larger norm prunes more, and 'raw' " +
      'projects the rows as they are, as published.',
    flag: '--prune-scale <norm>',
  },
} satisfies Declarations<PruneAmount>

export const pruneSchedule = {
  ...pruneAmount,
  from: {
    kind: number({ from: 0, below: 1 }),
    default: 0.5,
    sentence: 'Fraction of the run at which pruning begins.',
    flag: '--prune-from <share>',
  },
  to: {
    kind: number({ to: 1 }),
    default: 0.7,
    sentence: 'Fraction of the run at which pruning is complete; it must exceed the fraction at which pruning begins.',
    flag: '--prune-to <share>',
  },
  restart: {
    kind: boolean,
    default: true,
    sentence:
      'Whether the learning rate schedule restarts when pruning is complete; otherwise it continues, as published.',
    flag: {
      usage: '--no-prune-restart',
      sentence: 'Continue the learning rate schedule when pruning is complete, as published.',
    },
  },
} satisfies Declarations<PruneSchedule>

export const earlyStopping = {
  patience: {
    kind: integer(1),
    required: true,
    sentence: 'Epochs without improvement after which the fit stops, counted from the end of pruning if it prunes.',
    flag: '--patience <epochs>',
  },
  minDelta: {
    kind: number({ from: 0 }),
    default: 0,
    sentence: 'Least fall of the validation loss that counts as an improvement.',
  },
} satisfies Declarations<EarlyStopping>

export const fitOptions = {
  loss: {
    kind: oneOf(losses),
    default: 'mse',
    sentence: 'Loss of the raw outputs, which are logits for cross-entropies.',
    sections: [6],
  },
  lambda: { kind: number({ from: 0 }), default: 1e-3, sentence: 'Strength of the regularizer; larger is smoother.' },
  regWeight: {
    kind: number({ from: 0, to: 1 }),
    default: 0.5,
    sentence: 'Weight of the regularizer in the objective, (1 - regWeight) loss + regWeight lambda regularizer.',
  },
  regularizer: {
    kind: oneOf(regularizers),
    default: byKind('path', 'path-improved'),
    sentence:
      'Term that lambda multiplies: the 1-path-norm by the original or the improved bound, the squared weights, or none.',
    sections: [5],
    flag: '--regularizer <name>',
  },
  projection: {
    kind: oneOf(projections),
    default: 'none',
    sentence: "Projected gradient descent: with 'every-step', v is projected before each forward pass.",
    sections: [11],
    flag: '--projection <when>',
  },
  epochs: { kind: integer(1), default: 1000, sentence: 'Passes over the rows.', flag: '--epochs <n>' },
  batchSize: {
    kind: integer(1),
    default: 400,
    sentence: 'Rows in a step; all rows if there are fewer.',
    flag: '--batch-size <rows>',
  },
  learningRate: {
    kind: number({ above: 0 }),
    default: byKind(2e-3, 2e-2),
    sentence: "Peak learning rate of Adam; 'one-cycle' ends at 1e-7 divided by it and is meant for peaks above 3.2e-4.",
    sections: [9],
    flag: '--learning-rate <rate>',
  },
  schedule: {
    kind: oneOf(schedules),
    default: 'one-cycle',
    sentence: 'How the learning rate and beta1 change from epoch to epoch.',
    sections: [9],
    flag: '--schedule <name>',
  },
  prune: {
    kind: object('prune', pruneSchedule, '{ sparsity: 0.9 }'),
    sentence: 'Prunes the network during the fit.',
    sections: [7, 14],
  },
  validation: {
    kind: object('validation', validationData, '{ x, y }'),
    sentence: 'Rows on which the loss is evaluated while the network trains.',
  },
  earlyStopping: {
    kind: object('earlyStopping', earlyStopping, '{ patience: 20 }'),
    sentence: 'Stops the fit when the validation loss no longer falls, and keeps the parameters of the best epoch.',
  },
  checkpoint: {
    kind: object('checkpoint', checkpointOptions, "{ path: 'run.checkpoint' }"),
    sentence:
      'Writes a file now and then, from which the same call goes on after the process was killed, to the same bits.',
  },
  signal: {
    kind: checkedLater('an AbortSignal'),
    sentence:
      'Signal that ends the fit when aborted, within a batch or, on a GPU, about a tenth of a second; the run ' +
      'rejects with ERR_CANCELLED.',
  },
  device: {
    kind: oneOf(requestedDevices),
    default: 'auto',
    sentence: "Device to train on; 'auto' uses a GPU if one is available and likely to be faster.",
    flag: '--device <device>',
  },
  precision: {
    kind: oneOf(precisions),
    default: 'float32',
    sentence:
      "Precision of float32 matrix products on a GPU; 'tf32' rounds the factors to a mantissa of 10 bits, and sums " +
      'stay float32.',
    flag: '--precision <type>',
  },
  threads: {
    kind: integer(1, maxThreads),
    default: computed(() => Math.min(processors(), maxThreads), 'all processors'),
    sentence: 'CPU threads; any number gives the same bits.',
    flag: '--threads <n>',
  },
  seed: { kind: seed, otherwise: "the network's seed", sentence: 'Seed of the order of the rows.' },
} satisfies Declarations<FitOptions>

import { checkBoolean, checkInteger, checkNumber, checkOneOf, refuse, refuseUnknown } from '../checks.js'
import type { MatrixInput } from '../data/matrix.js'
import { PsilonError } from '../errors.js'
import type {
  Loss,
  NativeFitOptions,
  NativePrune,
  NetworkConfig,
  Precision,
  Projection,
  Regularizer,
  Schedule,
} from '../native.js'
import { processors } from '../processors.js'
import { isRecord } from '../realms.js'
import {
  losses,
  lossesWith,
  lossTraits,
  precisions,
  projections,
  type RequestedDevice,
  regularizers,
  requestedDevices,
  schedules,
} from '../words.js'
import { checkSeed } from './options.js'

/** Rows to learn from, or to validate on. */
export interface TrainingData {
  /** Inputs [rows, inputs]. */
  x: MatrixInput
  /**
   * Targets: [rows, outputs] numbers for 'mse', 0 to 1 for 'bce'; [rows] class numbers 0 .. outputs - 1 for 'softmax'.
   * A network of one output also takes a plain array.
   */
  y: MatrixInput | ArrayLike<number>
  /** A weight of at least 0 for each row; their scale does not matter. Default: all the same. */
  sampleWeight?: ArrayLike<number> | undefined
}

export interface ValidationData extends TrainingData {
  /** Evaluate after every so many epochs, and after the last. Default 1. */
  every?: number | undefined
}

/** How much is pruned: exact zeros in all of the network's weights (docs/method.md, sections 7 and 14). */
export interface PruneAmount {
  /** Target sparsity: mean fraction of exact zeros, above 0 and below 1. */
  sparsity?: number | undefined
  /**
   * L1 norm the rows are given before they are projected, 1 to 2^20; larger prunes more. 'raw': rows as they are, as
   * published.
   */
  scale?: number | 'raw' | undefined
}

/** Pruning in mid-run: the weights go from normalised (alpha = 0) to projected (alpha = 1) and are then fine-tuned. */
export interface PruneSchedule extends PruneAmount {
  /** Where alpha leaves 0, as a fraction of the run. Default 0.5. */
  from?: number | undefined
  /** Where alpha reaches 1, as a fraction of the run, above `from`. Default 0.7. */
  to?: number | undefined
  /**
   * Whether the schedule of the learning rate begins anew at `to`, for the epochs that are left; false: it goes on, as
   * published. Default true.
   */
  restart?: boolean | undefined
}

export interface EarlyStopping {
  /** Stop once so many epochs have passed since the best one; where the run prunes, counted from the end of pruning. */
  patience: number
  /** By how much the validation loss must fall to count as an improvement, at least 0. Default 0. */
  minDelta?: number | undefined
}

/** How a network is trained. Defaults are those of arXiv 2404.19112; section numbers are those of docs/method.md. */
export interface FitOptions {
  /** Mean squared error, binary or softmax cross-entropy, on raw outputs (section 6). Default 'mse'. */
  loss?: Loss | undefined
  /** Strength of the regulariser, at least 0: objective = (1 - regWeight) loss + regWeight lambda reg. Default 1e-3. */
  lambda?: number | undefined
  /** Weight of the regulariser in the objective, 0 to 1. Default 0.5. */
  regWeight?: number | undefined
  /**
   * 1-path-norm by the original or the improved bound, squared weights, or nothing (section 5). Default 'path'
   * (PsilonNet), 'path-improved' (PsilonResNet).
   */
  regularizer?: Regularizer | undefined
  /** 'every-step': projected gradient descent, v is projected before each forward pass (section 11). Default 'none'. */
  projection?: Projection | undefined
  /** Passes over the rows. Default 1000. */
  epochs?: number | undefined
  /** Rows in a step; no more than there are. Default 400. */
  batchSize?: number | undefined
  /**
   * Learning rate of Adam; the peak, where it is scheduled (section 9). 'one-cycle' ends at 1e-7 / learningRate: it is
   * meant for peaks above 3.2e-4. Default 2e-3 (PsilonNet), 2e-2 (PsilonResNet).
   */
  learningRate?: number | undefined
  /** How learning rate and beta1 move from epoch to epoch (section 9). Default 'one-cycle'. */
  schedule?: Schedule | undefined
  /** Default: nothing is pruned. */
  prune?: PruneSchedule | undefined
  /** Rows on which the loss is evaluated while training. */
  validation?: ValidationData | undefined
  /**
   * Ends the run when the validation loss no longer falls, and keeps the best epoch's parameters. Needs `validation`.
   */
  earlyStopping?: EarlyStopping | undefined
  /**
   * Ends the run within a batch, on a GPU within about a tenth of a second, when it is aborted; the run rejects with
   * ERR_CANCELLED.
   */
  signal?: AbortSignal | undefined
  /** 'auto': CUDA where it can be used and is likely to be faster, else the CPU; the history says why. Default 'auto'. */
  device?: RequestedDevice | undefined
  /**
   * Of matrix products in float32 on a GPU: 'tf32' lets its tensor cores multiply numbers that are rounded to a mantissa
   * of 10 bits; sums stay float32. Default 'float32'. ERR_DEVICE where the device is the CPU, ERR_UNSUPPORTED for dtype
   * 'float64'.
   */
  precision?: Precision | undefined
  /**
   * CPU threads, 1 to 256; the result is the same bits for any number. Default: as many as there are processors for this
   * process, within the quota of its control groups.
   */
  threads?: number | undefined
  /** From which the order of rows is drawn. Default: the network's seed. */
  seed?: number | undefined
}

/** Checked fit options. */
export interface FitPlan {
  native: NativeFitOptions
  device: RequestedDevice
  /** `x`, `y` and `sampleWeight`, unchecked. */
  validation: Record<string, unknown> | undefined
}

const most = 2 ** 31 - 1
const largestScale = 2 ** 20
const amounts = ['sparsity', 'scale']
const names = [
  ...['loss', 'lambda', 'regWeight', 'regularizer', 'projection', 'epochs', 'batchSize', 'learningRate', 'schedule'],
  ...['prune', 'validation', 'earlyStopping', 'signal', 'device', 'precision', 'threads', 'seed'],
]

/** The options that are given, read once. @throws PsilonError ERR_OPTION for an unknown name. */
export function fitOptions(options: unknown): Record<string, unknown> {
  return refuseUnknown('fit', options, names)
}

/**
 * @throws PsilonError ERR_OPTION for an unknown name or a value out of its range, ERR_UNSUPPORTED for what this network
 * cannot do.
 */
export function fitPlan(options: unknown, config: NetworkConfig, seed: number): FitPlan {
  const given = fitOptions(options)
  const { every = 1, ...rows } = nested('validation', given.validation, ['x', 'y', 'sampleWeight', 'every'])
  const validation = given.validation === undefined ? undefined : rows
  const native: NativeFitOptions = {
    ...objective(given, config),
    ...steps(given, config),
    prune: pruneSchedule(given.prune),
    earlyStopping: earlyStopping(given.earlyStopping),
    validationEvery: checkInteger('fit', 'validation.every', every, 1, most),
    seed: checkSeed('fit', given.seed === undefined ? seed : given.seed),
    threads: checkThreads('fit', given.threads),
    precision: checkPrecision(given.precision, config),
  }
  if (native.earlyStopping !== null && validation === undefined) {
    throw new PsilonError('ERR_OPTION', '[fit] earlyStopping is given without validation, on which it decides')
  }
  checkProjections(native, config)
  return {
    native,
    device: checkDevice('fit', given.device),
    validation,
  }
}

export function checkThreads(operation: string, threads: unknown = Math.min(processors(), 256)): number {
  return checkInteger(operation, 'threads', threads, 1, 256)
}

export function checkDevice(operation: string, device: unknown = 'auto'): FitPlan['device'] {
  return checkOneOf(operation, 'device', device, requestedDevices)
}

function checkPrecision(given: unknown = 'float32', config: NetworkConfig): Precision {
  const precision = checkOneOf('fit', 'precision', given, precisions)
  if (precision === 'float32' || config.dtype === 'float32') return precision
  const message = `precision "tf32" is of products in float32, the network has dtype "${config.dtype}"`
  throw new PsilonError('ERR_UNSUPPORTED', `[fit] ${message}`)
}

/** What the objects look like among the options. */
const examples: Record<string, string> = {
  prune: '{ sparsity: 0.9 }',
  earlyStopping: '{ patience: 20 }',
  validation: '{ x, y }',
}

function nested(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (value === undefined || isRecord(value)) return refuseUnknown('fit', value, known, name)
  return refuse('fit', name, `an object, as in ${name}: ${examples[name]}`, value)
}

/** @throws PsilonError ERR_OPTION unless exactly one of `sparsity` and `scale` is given, in its range. */
export function pruneAmount(operation: string, prefix: string, given: Record<string, unknown>): NativePrune {
  const { sparsity, scale } = given
  if ((sparsity === undefined) === (scale === undefined)) {
    const came = sparsity === undefined ? 'neither' : 'both'
    throw new PsilonError('ERR_OPTION', `[${operation}] pruning takes either sparsity or scale, got ${came}`)
  }
  if (sparsity !== undefined) {
    return { sparsity: checkNumber(operation, `${prefix}sparsity`, sparsity, { above: 0, below: 1 }), scale: null }
  }
  if (typeof scale === 'string') {
    checkOneOf(operation, `${prefix}scale`, scale, ['raw'])
    return { sparsity: null, scale: null }
  }
  return { sparsity: null, scale: checkNumber(operation, `${prefix}scale`, scale, { from: 1, to: largestScale }) }
}

export function pruneOptions(options: unknown): NativePrune {
  if (options !== undefined && !isRecord(options)) {
    return refuse('prune', 'options', `an object, as in prune(${examples.prune})`, options)
  }
  return pruneAmount('prune', '', refuseUnknown('prune', options, amounts))
}

/** @throws PsilonError ERR_UNSUPPORTED where the rows have no projection, or must not be projected as they are. */
export function checkPrunable(operation: string, prune: NativePrune, config: NetworkConfig): void {
  if (config.normalization === 'none') {
    const message = 'the network has normalization "none", its weights have no projection that would prune them'
    throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] ${message}`)
  }
  if (config.pruned && prune.sparsity === null && prune.scale === null) {
    const message =
      'scale is "raw", but the rows of a pruned network are projections; give sparsity or a number as scale'
    throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] ${message}`)
  }
}

function checkLoss(loss: unknown, config: NetworkConfig): Loss {
  const known = checkOneOf('fit', 'loss', loss, losses)
  if (lossTraits[known].targets === 'class' && config.outputs < 2) {
    throw new PsilonError(
      'ERR_OPTION',
      `[fit] loss "${known}" needs at least 2 outputs, the network has 1; for two classes use ${lossesWith('sigmoid')}`,
    )
  }
  return known
}

function objective(given: Record<string, unknown>, config: NetworkConfig) {
  const { loss = 'mse', lambda = 1e-3, regWeight = 0.5 } = given
  const { regularizer = config.kind === 'mlp' ? 'path' : 'path-improved' } = given
  return {
    loss: checkLoss(loss, config),
    regularizer: checkOneOf('fit', 'regularizer', regularizer, regularizers),
    lambda: checkNumber('fit', 'lambda', lambda, { from: 0 }),
    regWeight: checkNumber('fit', 'regWeight', regWeight, { from: 0, to: 1 }),
  }
}

function steps(given: Record<string, unknown>, config: NetworkConfig) {
  const { projection = 'none', epochs = 1000, batchSize = 400, schedule = 'one-cycle' } = given
  const { learningRate = config.kind === 'mlp' ? 2e-3 : 2e-2 } = given
  const rate = checkNumber('fit', 'learningRate', learningRate, { above: 0 })
  const name = checkOneOf('fit', 'schedule', schedule, schedules)
  checkRates(name, rate)
  return {
    projection: checkOneOf('fit', 'projection', projection, projections),
    epochs: checkInteger('fit', 'epochs', epochs, 1, most),
    batchSize: checkInteger('fit', 'batchSize', batchSize, 1, most),
    learningRate: rate,
    schedule: name,
  }
}

/** One-cycle ends at 1e-7 / peak; on the way the schedules form twice their largest rate. */
function checkRates(schedule: Schedule, peak: number): void {
  const largest = schedule === 'one-cycle' ? Math.max(peak, 1e-7 / peak) : peak
  if (schedule === 'constant' || Number.isFinite(2 * largest)) return
  const message = `[fit] learningRate is ${peak}, with which the schedule "${schedule}" has rates that are not finite`
  throw new PsilonError('ERR_OPTION', message)
}

function pruneSchedule(options: unknown): NativeFitOptions['prune'] {
  if (options === undefined) return null
  const given = nested('prune', options, [...amounts, 'from', 'to', 'restart'])
  const { from = 0.5, to = 0.7, restart = true } = given
  const begin = checkNumber('fit', 'prune.from', from, { from: 0, below: 1 })
  const end = checkNumber('fit', 'prune.to', to, { to: 1 })
  if (end <= begin) {
    throw new PsilonError('ERR_OPTION', `[fit] prune.to is ${end}, expected more than prune.from, which is ${begin}`)
  }
  return {
    ...pruneAmount('fit', 'prune.', given),
    from: begin,
    to: end,
    restart: checkBoolean('fit', 'prune.restart', restart),
  }
}

function earlyStopping(options: unknown): NativeFitOptions['earlyStopping'] {
  if (options === undefined) return null
  const { patience, minDelta = 0 } = nested('earlyStopping', options, ['patience', 'minDelta'])
  return {
    patience: checkInteger('fit', 'earlyStopping.patience', patience, 1, most),
    minDelta: checkNumber('fit', 'earlyStopping.minDelta', minDelta, { from: 0 }),
  }
}

function checkProjections(native: NativeFitOptions, config: NetworkConfig): void {
  if (native.prune !== null) checkPrunable('fit', native.prune, config)
  if (native.projection === 'none') return
  if (native.prune !== null) {
    throw new PsilonError('ERR_OPTION', '[fit] projection "every-step" and prune exclude each other')
  }
  if (config.normalization === 'none') {
    throw new PsilonError(
      'ERR_UNSUPPORTED',
      '[fit] projection "every-step" needs normalization, the network has "none"',
    )
  }
  if (config.pruned) {
    const message =
      '[fit] projection "every-step" would project the rows of a pruned network again; it needs one that is not pruned'
    throw new PsilonError('ERR_UNSUPPORTED', message)
  }
}

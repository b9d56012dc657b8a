import { isObject, refuseUnknown, show } from '../checks.js'
import { type Matrix, toMatrix, toTargets, toWeights } from '../data/matrix.js'
import { checkMemory, chooseDevice } from '../devices.js'
import { PsilonError } from '../errors.js'
import {
  type Epoch,
  fromNative,
  guard,
  type Loss,
  type NativeData,
  type NativeFit,
  type NativeFitEnd,
  type NativeFitOptions,
  type NativeNetwork,
  type NetworkConfig,
  native,
} from '../native.js'
import { type FitPlan, fitPlan } from './fit-options.js'
import type { RunControl } from './training-run.js'

/** What a fit did. */
export interface History {
  /** The figures of every finished epoch, in order. */
  epochs: Epoch[]
  stopped: 'completed' | 'cancelled' | 'early-stopping'
  /** The epoch whose parameters the network now has; 0 for those it began with. */
  epoch: number
  /** Duration of the fit. */
  seconds: number
  device: {
    name: string
    /** Why this device was chosen. */
    reason: string
    threads: number
    /** Instruction set of the CPU kernels, such as 'avx2'. */
    instructionSet: string
  }
}

/** A fit under way. */
export interface Training {
  loss: Loss
  /** Grows as epochs finish. */
  epochs: readonly Epoch[]
  end: Promise<History>
  cancel(): void
}

/**
 * Checks everything, then starts the fit.
 *
 * @throws PsilonError for what is wrong with data, options, device or memory.
 */
export function startTraining(
  network: NativeNetwork,
  seed: number,
  given: { data: unknown; options: unknown },
  control: RunControl<Epoch>,
): Training {
  const config = network.config()
  const plan = fitPlan(given.options, config, seed)
  const { device, reason } = chooseDevice('fit', plan.device)
  const { train, validation } = rowsOf(given.data, plan, config)
  const options = { ...plan.native, batchSize: Math.min(plan.native.batchSize, train.rows) }
  const size = sizeOf(train, validation, options)
  checkMemory(
    'fit',
    guard(startTraining, () => native.memory(config, size)),
  )

  const epochs: Epoch[] = []
  const add = (finished: Epoch[]) => {
    epochs.push(...finished)
    for (const epoch of finished) control.emit(epoch)
  }
  let handle: NativeFit | undefined
  const cancel = () => handle?.cancel()
  const ended = new Promise<NativeFitEnd>((resolve, reject) => {
    handle = network.fit(train, validation, options, add, (error, end) => (end === null ? reject(error) : resolve(end)))
  })
  control.stop.addEventListener('abort', cancel, { once: true })
  const end = ended.then(
    ({ stopped, epoch, seconds, instructionSet }) => {
      const { name } = device
      return { epochs, stopped, epoch, seconds, device: { name, reason, threads: options.threads, instructionSet } }
    },
    (error) => {
      throw fromNative(error)
    },
  )
  return { loss: options.loss, epochs, end, cancel }
}

/** A checked copy of x, with one column for each input of the network. */
export function inputRows(
  operation: string,
  name: string,
  x: unknown,
  config: Pick<NetworkConfig, 'inputs' | 'dtype'>,
): Matrix {
  const matrix = toMatrix(x, { operation, name, dtype: config.dtype })
  if (matrix.columns === config.inputs) return matrix
  const message = `[${operation}] ${name} has ${matrix.columns} columns, the network has ${config.inputs} inputs`
  throw new PsilonError('ERR_SHAPE', message)
}

function rowsOf(data: unknown, { native: { loss }, validation }: FitPlan, config: NetworkConfig) {
  if (!isObject(data)) throw new PsilonError('ERR_DATA', `[fit] data must be { x, y }, got ${show(data)}`)
  refuseUnknown('fit', data, ['x', 'y', 'sampleWeight'])
  return {
    train: nativeData('', data, loss, config),
    validation: validation === undefined ? null : nativeData('validation.', { ...validation }, loss, config),
  }
}

function nativeData(prefix: string, given: Record<string, unknown>, loss: Loss, config: NetworkConfig): NativeData {
  const { dtype, outputs } = config
  const { data: x, rows } = inputRows('fit', `${prefix}x`, given.x, config)
  const y = toTargets(given.y, { operation: 'fit', name: `${prefix}y`, dtype, rows, outputs, loss })
  const { sampleWeight } = given
  const context = { operation: 'fit', name: `${prefix}sampleWeight`, dtype, rows }
  return { x, y, weights: sampleWeight === undefined ? null : toWeights(sampleWeight, context), rows }
}

function sizeOf(train: NativeData, validation: NativeData | null, options: NativeFitOptions) {
  return {
    rows: train.rows,
    validationRows: validation?.rows ?? 0,
    batchSize: options.batchSize,
    prune: options.prune !== null,
    earlyStopping: options.earlyStopping !== null,
  }
}

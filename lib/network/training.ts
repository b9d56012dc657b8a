import { isObject, refuseUnknown, show } from '../checks.js'
import { chooseDevice, type Device } from '../devices.js'
import { PsilonError } from '../errors.js'
import {
  type Dtype,
  type Epoch,
  fromNative,
  guard,
  type NativeFit,
  type NativeFitEnd,
  type NativeFitOptions,
  type NativeNetwork,
  type NetworkConfig,
  native,
  type Precision,
} from '../native.js'
import { fitPlan } from './fit-options.js'
import type { FitRows, SharedRows } from './fit-rows.js'
import type { Running } from './share-threads.js'
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
    /** Those of the run, which several fits at once share. */
    threads: number
    /** Of the kernels: an instruction set of the CPU, such as 'avx2', or an architecture of GPUs, such as 'sm_90'. */
    instructionSet: string
    /** Of matrix products: the network's dtype, or 'tf32'. */
    precision: Dtype | 'tf32'
  }
}

/** A fit that has been checked and may begin. */
export interface PlannedFit {
  options: NativeFitOptions
  train: FitRows
  validation: FitRows | null
  device: Device
  /** Why this device. */
  reason: string
  precision: History['device']['precision']
  /** Memory it needs while it runs on one thread, besides the network and the rows. */
  bytes: number
  /** What its other threads need, all of them together. */
  threadBytes: number
}

/** A fit under way. */
export interface Training extends Running<History> {
  /** Grows as epochs finish. */
  epochs: readonly Epoch[]
}

/**
 * Checks a fit, but for memory.
 *
 * @throws PsilonError for what is wrong with data, options or device.
 */
export function planFit(
  { config, seed }: { config: NetworkConfig; seed: number },
  given: { data: unknown; options: unknown },
  known: SharedRows,
): PlannedFit {
  const plan = fitPlan(given.options, config, seed)
  const { device, reason } = chooseDevice('fit', plan.device)
  checkPrecision(plan.native.precision, device, reason)
  const { data } = given
  if (!isObject(data)) throw new PsilonError('ERR_DATA', `[fit] data must be { x, y }, got ${show(data)}`)
  refuseUnknown('fit', data, ['x', 'y', 'sampleWeight'])
  const { loss } = plan.native
  const train = known.rows('', data, loss, config)
  const validation = plan.validation ? known.rows('validation.', { ...plan.validation }, loss, config) : null
  const options = { ...plan.native, batchSize: Math.min(plan.native.batchSize, train.rows) }
  const size = {
    rows: train.rows,
    batchSize: options.batchSize,
    prune: options.prune !== null,
  }
  const needed = (threads: number) => guard(planFit, () => native.memoryNeeded(config, { ...size, threads }))
  const bytes = needed(1)
  const threadBytes = needed(options.threads) - bytes
  const precision = precisionOf(config.dtype, options.precision)
  return { options, train, validation, device, reason, precision, bytes, threadBytes }
}

function checkPrecision(precision: Precision, device: Device, reason: string): void {
  if (precision === 'float32' || device.kind === 'cuda') return
  const message = `precision "${precision}" is of products on a GPU, the device is ${device.name}: ${reason}`
  throw new PsilonError('ERR_DEVICE', `[fit] ${message}`)
}

/** Of the products of a fit. */
export function precisionOf(dtype: Dtype, asked: Precision): History['device']['precision'] {
  return dtype === 'float64' ? dtype : asked
}

/** The history of a fit that was cancelled before it began. */
export function notBegun(
  { device: { name, instructionSet }, reason, precision }: Pick<PlannedFit, 'device' | 'reason' | 'precision'>,
  threads: number,
): History {
  const device = { name, reason, threads, instructionSet: instructionSet ?? 'none', precision }
  return { epochs: [], stopped: 'cancelled', epoch: 0, seconds: 0, device }
}

/**
 * Starts a fit that was planned. Does nothing where it is to stop already.
 *
 * @param threads to begin with, of those that were planned.
 */
export function startTraining(
  network: NativeNetwork,
  plan: PlannedFit,
  control: RunControl<Epoch>,
  threads: number,
): Training {
  const { train, validation, device, reason, precision } = plan
  const options = { ...plan.options, threads, mostThreads: plan.options.threads, device: device.kind }
  const epochs: Epoch[] = []
  const history = ({ stopped, epoch, seconds, instructionSet }: NativeFitEnd): History => {
    const { threads } = plan.options
    const used = { name: device.name, reason, threads, instructionSet, precision }
    return { epochs, stopped, epoch, seconds, device: used }
  }
  if (control.stop.aborted) {
    const end = Promise.resolve(notBegun(plan, plan.options.threads))
    return { epochs, end, setThreads() {} }
  }
  let handle: NativeFit | undefined
  const ended = new Promise<NativeFitEnd>((resolve, reject) => {
    const add = (finished: Epoch[]) => {
      epochs.push(...finished)
      for (const epoch of finished) control.emit(epoch)
    }
    const settle = (error: Error | null, end: NativeFitEnd | null) => (end === null ? reject(error) : resolve(end))
    handle = network.fit(train.native, validation?.native ?? null, options, add, settle)
  })
  const cancel = () => handle?.cancel()
  control.stop.addEventListener('abort', cancel)
  const end = ended
    .finally(() => control.stop.removeEventListener('abort', cancel))
    .then(history, (error) => {
      throw fromNative(error)
    })
  return { epochs, end, setThreads: (threads) => handle?.setThreads(threads) }
}

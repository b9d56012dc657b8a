import { group, max, sum } from 'd3-array'
import { refuseUnknown, show } from '../checks.js'
import { chooseDevice, type Device, type WorkSeconds } from '../devices.js'
import { PsilonError } from '../errors.js'
import {
  type Dtype,
  type Epoch,
  fromNative,
  guard,
  type NativeFit,
  type NativeFitEnd,
  type NativeFitOptions,
  type NativeFitRequest,
  type NativeNetwork,
  type NetworkConfig,
  native,
  type Precision,
} from '../native.js'
import { isRecord } from '../realms.js'
import type { RequestedDevice, Stopped } from '../words.js'
import { epochsOf, insertEpoch } from './epochs.js'
import { fitPlan } from './fit-options.js'
import type { FitRows, SharedRows } from './fit-rows.js'
import type { Running } from './share-threads.js'
import type { RunControl } from './training-run.js'

/** What a fit did. */
export interface History {
  /**
   * The figures of finished epochs, in order: of each of the first 10,000, then of every second one up to 20,000, of every
   * fourth up to 40,000 and so on; likewise of those with a validation loss, counted on their own; and of the last one and
   * the one that was kept. Fewer than 200,000, however long the fit.
   */
  epochs: Epoch[]
  stopped: Stopped
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
    precision: Dtype | Precision
  }
}

/** A fit that has been checked. */
export interface CheckedFit {
  options: NativeFitOptions
  train: FitRows
  validation: FitRows | null
  requestedDevice: RequestedDevice
  /** About how long so many of the same work take, where there is a GPU. */
  seconds(networks: number): WorkSeconds
  precision: History['device']['precision']
  /** Memory of the host that it needs while it runs on one thread of the CPU, besides the network and the rows. */
  bytes: number
  /** What its other threads need, all of them together. */
  threadBytes: number
  /** Memory of the GPU that it would need there, with its rows. */
  gpuBytes: number
  /** Memory of the host that it would need beside the GPU, besides the network and the rows. */
  gpuHostBytes: number
  /** Equal for fits that may train as one run. */
  work: string
}

/** A fit that has a device and may begin; its `bytes` and `threadBytes` are what it needs of the host there. */
export interface PlannedFit extends CheckedFit {
  device: Device
  /** Why this device. */
  reason: string
}

/** A fit under way. */
export interface Training extends Running<History> {
  /** Grows as epochs finish. */
  epochs: readonly Epoch[]
}

/**
 * Checks a fit, but for memory.
 *
 * @throws PsilonError for what is wrong with data or options.
 */
export function checkFit(
  { config, seed }: { config: NetworkConfig; seed: number },
  given: { data: unknown; options: unknown },
  known: SharedRows,
): CheckedFit {
  const plan = fitPlan(given.options, config, seed)
  if (!isRecord(given.data)) {
    throw new PsilonError('ERR_DATA', `[fit] data must be { x, y }, got ${show(given.data)}`)
  }
  const data = refuseUnknown('fit', given.data, ['x', 'y', 'sampleWeight'], 'data')
  const { loss } = plan.native
  const train = known.rows('', data, loss, config)
  const validation = plan.validation ? known.rows('validation.', plan.validation, loss, config) : null
  const options = { ...plan.native, batchSize: Math.min(plan.native.batchSize, train.rows) }
  const size = {
    rows: train.rows,
    batchSize: options.batchSize,
    prune: options.prune !== null,
  }
  const needed = (threads: number) => guard(checkFit, () => native.memoryNeeded(config, { ...size, threads }), 'fit')
  const bytes = needed(1)
  const threadBytes = needed(options.threads) - bytes
  const gpu = guard(checkFit, () => native.gpuMemoryNeeded(config, size), 'fit')
  const gpuBytes = gpu.device + train.bytes + (validation?.bytes ?? 0)
  const precision = precisionOf(config.dtype, options.precision)
  const work = workOf(config, options, [train, validation])
  const seconds = (networks: number) => {
    const { batchSize, epochs, threads } = options
    const steps = epochs * Math.ceil(train.rows / batchSize)
    return guard(checkFit, () => native.fitSeconds(config, { batchSize, steps, networks, threads }), 'fit')
  }
  const memory = { bytes, threadBytes, gpuBytes, gpuHostBytes: gpu.host }
  return { options, train, validation, requestedDevice: plan.device, seconds, precision, ...memory, work }
}

/**
 * Gives several fits the device that is best for all of them.
 *
 * @throws PsilonError ERR_DEVICE where it cannot be used, or lacks what a fit needs.
 */
export function placeFits(
  operation: string,
  requestedDevice: CheckedFit['requestedDevice'],
  fits: readonly CheckedFit[],
): { device: Device; plans: PlannedFit[] } {
  const { device, reason } = chooseDevice(operation, requestedDevice, {
    seconds() {
      const all = Array.from(group(fits, ({ work }) => work).values(), (same) => same[0].seconds(same.length))
      return { cpu: sum(all, ({ cpu }) => cpu), cuda: sum(all, ({ cuda }) => cuda) }
    },
    gpuBytes: () => max(fits, ({ gpuBytes }) => gpuBytes) ?? 0, // one at a time, where there is no room for more
  })
  for (const { options } of fits) checkPrecision(options.precision, device, reason)
  return { device, plans: fits.map((fit) => ({ ...fit, ...hostBytes(fit, device), device, reason })) }
}

/** What a fit needs of the host. */
function hostBytes({ bytes, threadBytes, gpuHostBytes }: CheckedFit, { kind }: Device) {
  return kind === 'cuda' ? { bytes: gpuHostBytes, threadBytes: 0 } : { bytes, threadBytes }
}

/** Everything but what each network of a run may have of its own. */
function workOf(config: NetworkConfig, options: NativeFitOptions, tables: readonly (FitRows | null)[]): string {
  const rates = { learningRate: undefined, schedule: undefined }
  const own = { ...rates, lambda: undefined, regWeight: undefined, earlyStopping: undefined, seed: undefined }
  const shapes = tables.map((table) => table && [table.rows, table.weighted])
  return JSON.stringify([config, { ...options, ...own }, shapes])
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

/** A fit that was planned and is to begin. */
export interface DueFit {
  network: NativeNetwork
  plan: PlannedFit
  control: RunControl<Epoch>
}

/**
 * Starts fits that were planned, several of the same work as one run. Does nothing for those that are to stop already.
 *
 * @param threads to begin with, of those that were planned.
 */
export function startTraining(fits: readonly DueFit[], threads: number): Training[] {
  const requests: NativeFitRequest[] = []
  const takers: ((handle: NativeFit) => void)[] = []
  const trainings = fits.map((fit): Training => {
    const { plan, control } = fit
    const epochs: Epoch[] = []
    if (control.stop.aborted) {
      return { epochs, end: Promise.resolve(notBegun(plan, plan.options.threads)), setThreads() {} }
    }
    let handle: NativeFit | undefined
    const ended = new Promise<NativeFitEnd>((resolve, reject) => {
      const onEpochs = (figures: Float64Array) => {
        for (const epoch of epochsOf(figures)) {
          epochs.push(epoch)
          control.emit(epoch)
        }
      }
      const onEnd = (error: Error | null, end: NativeFitEnd | null) => (end === null ? reject(error) : resolve(end))
      requests.push(requestOf(fit, threads, { onEpochs, onEnd }))
      takers.push((own) => {
        handle = own
      })
    })
    const cancel = () => handle?.cancel()
    control.stop.addEventListener('abort', cancel)
    const end = ended
      .finally(() => control.stop.removeEventListener('abort', cancel))
      .then(
        (end) => historyOf(plan, epochs, end),
        (error) => {
          throw fromNative('fit', error)
        },
      )
    return { epochs, end, setThreads: (threads) => handle?.setThreads(threads) }
  })
  try {
    const handles = requests.length > 0 ? native.fit(requests) : []
    for (const [k, handle] of handles.entries()) takers[k](handle)
  } catch (error) {
    for (const { onEnd } of requests) onEnd(error as Error, null)
  }
  return trainings
}

function requestOf(
  { network, plan: { train, validation, device, options } }: DueFit,
  threads: number,
  callbacks: Pick<NativeFitRequest, 'onEpochs' | 'onEnd'>,
): NativeFitRequest {
  const rows = { train: train.native, validation: validation?.native ?? null }
  const run = { threads, maxThreads: options.threads, device: device.kind }
  return { network, ...rows, options: { ...options, ...run }, ...callbacks }
}

function historyOf(
  { device, reason, precision, options: { threads } }: PlannedFit,
  epochs: Epoch[],
  { stopped, epoch, kept, seconds, instructionSet }: NativeFitEnd,
): History {
  if (kept !== null) insertEpoch(epochs, epochsOf(kept)[0])
  const used = { name: device.name, reason, threads, instructionSet, precision }
  return { epochs, stopped, epoch, seconds, device: used }
}

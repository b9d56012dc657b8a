import { group, max, sum } from 'd3-array'
import type { CheckedCheckpoint } from '../checkpoint/options.js'
import { show } from '../checks.js'
import { guard, type NativeFitShape, type NetworkConfig, native } from '../core/native.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { chooseDevice, type Device, type WorkSeconds } from '../machine/devices.js'
import { readOptions } from '../options/option.js'
import { isRecord } from '../realms.js'
import type { DeviceKind, RequestedDevice } from '../words.js'
import { trainingData } from './options.js'
import type { FitRows, SharedRows } from './rows.js'
import { fitSettings, type NativeFitOptions } from './settings.js'

/** A checked fit: the network, its data, and the cost. */
export interface FitJob {
  config: NetworkConfig
  options: NativeFitOptions
  train: FitRows
  validation: FitRows | null
  requestedDevice: RequestedDevice
  checkpoint: CheckedCheckpoint | undefined
  /** Estimated time of so many networks of the same work, if there is a GPU. */
  seconds(networks: number): WorkSeconds
  memory: FitMemory
  /** Equal for fits that may train as one run. */
  work: string
}

/** In bytes, besides the network and its rows on the host. */
interface FitMemory {
  /** Of the host for a fit on such a device: on one thread, and of its other threads together. */
  host: Record<DeviceKind, { bytes: number; threadBytes: number }>
  /** Of the GPU for a fit there, its rows included. */
  gpu: number
}

/** The device of one or several fits. */
export interface Placement {
  device: Device
  /** Why this device. */
  reason: string
}

/** Checks a fit, except for memory. @throws Refusal for what is wrong with data or options. */
export function checkFit(
  { config, seed }: { config: NetworkConfig; seed: number },
  given: { data: unknown; options: unknown },
  known: SharedRows,
): FitJob {
  const settings = fitSettings(given.options, config, seed)
  if (!isRecord(given.data)) throw new Refusal('ERR_DATA', `data must be { x, y }, got ${show(given.data)}`)
  const data = readOptions(trainingData, given.data, 'data')
  const { loss } = settings.native
  const train = known.rows('', data, loss, config)
  const validation = settings.validation ? known.rows('validation.', { ...settings.validation }, loss, config) : null
  const options = { ...settings.native, batchSize: Math.min(settings.native.batchSize, train.rows) }
  const job = { config, options, train, validation }
  return {
    ...job,
    requestedDevice: settings.device,
    checkpoint: settings.checkpoint,
    seconds(networks) {
      const { batchSize, epochs, threads } = options
      const steps = epochs * Math.ceil(train.rows / batchSize)
      return guard(() => native.fitSeconds(config, { batchSize, steps, networks, threads }))
    },
    memory: memoryOf(job),
    work: workOf(job),
  }
}

type FitOfRows = Pick<FitJob, 'config' | 'options' | 'train' | 'validation'>

function memoryOf({ config, options, train, validation }: FitOfRows): FitMemory {
  const { rows, targets, weighted } = train
  const fitOn = (threads: number): NativeFitShape => {
    return { options: { ...options, threads }, rows, targets, weighted, validationRows: validation?.rows ?? 0 }
  }
  const needed = (threads: number) => guard(() => native.memoryNeeded(config, fitOn(threads)))
  const gpu = guard(() => native.gpuMemoryNeeded(config, fitOn(1)))
  const bytes = needed(1)
  return {
    host: { cpu: { bytes, threadBytes: needed(options.threads) - bytes }, cuda: { bytes: gpu.host, threadBytes: 0 } },
    gpu: gpu.device + train.bytes + (validation?.bytes ?? 0),
  }
}

/** Everything that must be equal for fits of one run. */
function workOf({ config, options, train, validation }: FitOfRows): string {
  const rates = { learningRate: undefined, schedule: undefined }
  const own = { ...rates, lambda: undefined, regWeight: undefined, earlyStopping: undefined, seed: undefined }
  const shapes = [train, validation].map((table) => table && [table.rows, table.weighted])
  return JSON.stringify([config, { ...options, ...own }, shapes])
}

/** The device that is best for several fits together. @throws Refusal ERR_DEVICE if it lacks what a fit needs. */
export function placeFits(requestedDevice: RequestedDevice, jobs: readonly FitJob[]): Placement {
  const placement = chooseDevice(requestedDevice, {
    seconds() {
      const all = Array.from(group(jobs, ({ work }) => work).values(), (same) => same[0].seconds(same.length))
      return { cpu: sum(all, ({ cpu }) => cpu), cuda: sum(all, ({ cuda }) => cuda) }
    },
    gpuBytes: () => max(jobs, ({ memory }) => memory.gpu) ?? 0, // one at a time, if there is no room for more
  })
  const { device, reason } = placement
  const precision = jobs.map(({ options }) => options.precision).find((each) => each !== 'float32')
  if (precision === undefined || device.kind === 'cuda') return placement
  const found = `"${precision}" needs a GPU, the device is ${device.name}: ${reason}`
  throw new Refusal('ERR_DEVICE', words`${option('precision')} ${found}`)
}

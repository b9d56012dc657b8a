import { getHeapStatistics } from 'node:v8'
import { cumsum, max } from 'd3-array'
import { guard, type NativeDevice, native, ours } from '../core/native.js'
import { runOperation } from '../errors/operation.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { duration, size } from '../print.js'
import type { RequestedDevice } from '../words.js'
import { availableMemory } from './memory.js'

/**
 * A device: `available` says whether it can be used, `reason` why it cannot. `instructionSet` is the set that its CPU
 * kernels use: the highest of `instructionSets`, or the value of the environment variable PSILON_INSTRUCTION_SET.
 */
export type Device = NativeDevice

/** The devices psilon knows on this machine, usable or not. */
export function devices(): Device[] {
  return runOperation('devices', devices, () => ours(guard(() => native.devices())))
}

/** Estimated seconds of some work on the CPU and on the GPU. */
export type WorkSeconds = { cpu: number; cuda: number }

/** Estimates by which 'auto' chooses a device; computed only if there is a choice. */
interface Work {
  seconds(): WorkSeconds
  /** Bytes that it needs to begin on the GPU, besides the reserve. */
  gpuBytes(): number
}

const noWork: Work = { seconds: () => ({ cpu: 0, cuda: 0 }), gpuBytes: () => 0 }

/**
 * The device to use, and why this one. By default for a device that does nothing yet.
 *
 * @throws Refusal ERR_DEVICE if CUDA is asked for and cannot be used.
 */
export function chooseDevice(requested: RequestedDevice, work = noWork): { device: Device; reason: string } {
  const [cpu, ...gpus] = guard(() => native.devices(requested === 'cpu' ? requested : undefined))
  const cuda = gpus.find(({ available }) => available)
  const whyNot = gpus[0]?.reason
  if (requested === 'cuda' && cuda === undefined) {
    throw new Refusal('ERR_DEVICE', words`${option('device')} "cuda" cannot be used: ${String(whyNot)}`)
  }
  if (requested !== 'auto') return { device: cuda ?? cpu, reason: `device "${requested}" was asked for` }
  if (cuda === undefined) return { device: cpu, reason: `CUDA cannot be used: ${whyNot}` }
  const about = work.seconds()
  const reason = `about ${duration(about.cpu)} on the CPU, ${duration(about.cuda)} on the GPU`
  if (about.cuda >= about.cpu) return { device: cpu, reason }
  const refusal = gpuRefusal(work.gpuBytes())
  return refusal === null ? { device: cuda, reason } : { device: cpu, reason: `${reason}, but ${refusal}` }
}

/** Why the GPU cannot be opened, or lacks so many free bytes; null if neither. */
function gpuRefusal(needed: number): string | null {
  try {
    const { free, reserve } = guard(() => native.gpuMemory())
    if (needed + reserve <= free) return null
    return `that needs ${size(needed + reserve)} there, and ${size(free)} is free`
  } catch (error) {
    return `that cannot be opened: ${(error as Error).message}`
  }
}

/**
 * @throws Refusal ERR_MEMORY, with `details.needed` and `details.available` in bytes, if `needed` bytes are not available.
 */
export function checkMemory(needed: number): void {
  const available = availableMemory()
  if (needed <= available) return
  const message = `needs ${size(needed)}, ${size(available)} is available`
  throw new Refusal('ERR_MEMORY', message, { details: { needed, available } })
}

/** Memory that reading needs besides. The heap limit includes space for new objects, from Node.js 24 on 144 MiB more. */
const heapReserve = Number.parseInt(process.versions.node, 10) < 24 ? 2 ** 25 : 2 ** 25 + 144 * 2 ** 20

/**
 * Counts approximate bytes of data that grows in the JavaScript heap. The limit is half of what is free there and in
 * memory, less a reserve for reading.
 *
 * `add` throws Refusal ERR_MEMORY, with `details.needed`, the bytes so far, and `details.available`.
 */
export class MemoryGauge {
  readonly #what: string
  readonly #available: number
  #bytes = 0

  /** @param what needs the memory, for the message. */
  constructor(what: string) {
    const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics()
    this.#what = what
    this.#available = Math.max(0, Math.min(limit - used, availableMemory()) - heapReserve) / 2
  }

  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes <= this.#available) return
    const [needed, available] = [this.#bytes, this.#available]
    const message = `${this.#what} needs more than ${size(needed)}, ${size(available)} is available`
    throw new Refusal('ERR_MEMORY', message, { details: { needed, available } })
  }
}

/**
 * How many works can run at once, whichever they are, each with its own bytes besides the shared ones; at most `most`.
 *
 * @throws Refusal ERR_MEMORY as `checkMemory`, if not even one can.
 */
export function lanesInMemory(shared: number, each: readonly number[], most: number): number {
  checkMemory(shared + (max(each) ?? 0))
  return Math.min(most, lanesWithin(availableMemory() - shared, each))
}

/**
 * How many fits a GPU can run at once, whichever they are, each with so many bytes: they may use half of what is free,
 * because others use the GPU too. Each run compares what it needs with what is free before it begins.
 */
export function lanesOnGpu({ free, reserve }: { free: number; reserve: number }, each: readonly number[]): number {
  return lanesWithin(free / 2 - reserve, each)
}

/** How many of the largest works fit together into so many bytes; at least one. */
export function lanesWithin(bytes: number, each: readonly number[]): number {
  const sums = cumsum(each.toSorted((a, b) => b - a))
  return Math.max(1, sums.filter((sum) => sum <= bytes).length)
}

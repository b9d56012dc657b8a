import type { ErrorCode } from '../errors/errors.js'
import { Refusal } from '../errors/refusal.js'
import { type Floats, inThisRealm } from '../realms.js'
import type {
  Bound,
  DeviceKind,
  Dtype,
  Loss,
  LossTraits,
  NetworkKind,
  Normalization,
  Regularizer,
  Stopped,
} from '../words.js'
import { loadAddon } from './addon.js'

/**
 * The whole surface of the native addon. Everything it receives has already been checked by the callers in this folder.
 */

export type { Floats }

/**
 * What a network is. `hidden[k]` is the width of layer k; `sharedLength[k]` says whether layer k has one length or one
 * per row.
 */
export interface NetworkConfig {
  kind: NetworkKind
  inputs: number
  hidden: number[]
  outputs: number
  normalization: Normalization
  sharedLength: boolean[]
  dtype: Dtype
  /** Whether the zeros of the weights are a support that training keeps. */
  pruned: boolean
}

export interface Tensor {
  shape: number[]
  data: Floats
}

export type Parameters = Record<string, Tensor>

/**
 * Row-major tables in the network's dtype. `y` is [rows, outputs], for softmax [rows] class numbers; `weights` is
 * [rows].
 */
export interface NativeData {
  x: Floats
  y: Floats
  weights: Floats | null
  rows: number
}

export interface NativeObjective {
  loss: Loss
  regularizer: Regularizer
  lambda: number
  regWeight: number
}

/**
 * Rows are scaled to L1 norm `scale` before they are projected; null finds the scale that reaches `sparsity`; both
 * null: rows as they are.
 */
export interface NativePrune {
  sparsity: number | null
  scale: number | null
}

/** Options of a fit under the names of FitOptions in native/training/fit.h; fit/settings.ts has their types. */
interface NativeOptions {
  /** Threads to begin with. */
  threads: number
  /** The most that setThreads may ask for later. Default: `threads`. */
  maxThreads?: number
  /** Default: 'cpu'. */
  device?: NativeDevice['kind']
}

/** A fit, but for the numbers of its rows. */
export interface NativeFitShape {
  options: NativeOptions
  rows: number
  /** Numbers of a row. */
  targets: number
  weighted: boolean
  /** 0: none. */
  validationRows: number
}

declare const nativeRows: unique symbol
/** Rows in native memory, which never change: any number of fits share them. */
export interface NativeRows {
  [nativeRows]: never
}

/** The figures of one finished epoch. */
export interface Epoch {
  /** 1, 2, ... */
  epoch: number
  /** Mean training loss over the epoch's batches, each before its update. */
  loss: number
  /** Mean of (1 - regWeight) loss + regWeight lambda reg over the epoch's batches. */
  objective: number
  /** Loss on the validation rows after the epoch, where they were evaluated. */
  validationLoss?: number
  learningRate: number
  /** Blend between normalised (0) and projected (1) weights. */
  alpha: number
  /** 1-path-norm of the weights in use, improved bound. */
  pathNorm: number
  nearSparsity: number
  exactSparsity: number
  /** Time since the fit began. */
  seconds: number
}

export interface NativeFitEnd {
  stopped: Stopped
  /** The epoch whose parameters the network now has; 0 for those it began with. */
  epoch: number
  /** The figures of that epoch; null of epoch 0. */
  kept: Float64Array | null
  seconds: number
  instructionSet: string
}

export interface NativeFitRequest {
  network: NativeNetwork
  train: NativeRows
  validation: NativeRows | null
  options: NativeOptions
  /**
   * Called some ten times a second and at the end, with the figures of epochs one after the other: of each of the first
   * 10,000, of every second one up to 20,000, of every fourth up to 40,000 and so on, likewise of those with a validation
   * loss, counted on their own, and of the last. What it throws ends the fit, and is the error of that end.
   */
  onEpochs: (figures: Float64Array) => void
  /** Called once, when all fits of the run have ended. */
  onEnd: (error: Error | null, end: NativeFitEnd | null) => void
}

export interface NativeFit {
  /** Ends this fit alone. */
  cancel(): void
  /** Uses so many threads for the run from the next batch on; the bits do not change. */
  setThreads(threads: number): void
}

export interface LayerSparsity {
  near: number
  exact: number
  /** null where rows have no projection (normalization 'none'). */
  projected: number | null
}

/** The first layer of a network, and what its units can do to the outputs. */
export interface FirstLayer {
  units: number
  inputs: number
  /** Weights in use, row-major [units, inputs] (docs/method.md, section 2). */
  weights: Float64Array
  /** What each unit contributes to the path norm, improved bound (section 5): they sum to it. A dead unit has 0. */
  shares: Float64Array
}

export interface NativeNetwork {
  config(): NetworkConfig
  parameters(): Parameters
  setParameters(parameters: Parameters): void
  predict(x: Floats, rows: number, threads: number): Promise<Floats>
  /** Writes to the beginning of `outputs`. */
  predictSync(x: Floats, rows: number, threads: number, outputs: Floats): void
  firstLayer(): FirstLayer
  sparsity(): { near: number; exact: number; projected: number | null; layers: LayerSparsity[]; sparseKernels: boolean }
  prune(options: NativePrune): void
  compact(): void
  dispose(): void
}

export interface NativeDevice {
  name: string
  kind: DeviceKind
  description: string
  instructionSet: string | null
  /** What this processor has of the sets in this build, lowest first; none for a device that has no such sets. */
  instructionSets: string[]
  /** Bytes of memory of its own: null of the CPU and of a GPU that is not known. */
  memory: number | null
  available: boolean
  /** Why the device cannot be used. */
  reason: string | null
}

export interface Native {
  /** With these parameters, which have been checked; else drawn from the seed, by whoever first needs them. */
  Network: new (
    config: NetworkConfig,
    seed: number,
    parameters?: Parameters,
  ) => NativeNetwork
  /** A copy of the data, for fits of such networks with this loss. */
  Rows: new (
    data: NativeData,
    config: NetworkConfig,
    loss: Loss,
  ) => NativeRows
  /**
   * Starts one run of fits that are equal but for values in their data, `lambda`, `regWeight`, `learningRate`, `schedule`,
   * `earlyStopping` and `seed`: a device may do each operation of all of them at once. Device, precision and threads are
   * those of the first.
   *
   * @returns one for each fit.
   */
  fit(requests: readonly NativeFitRequest[]): NativeFit[]
  /**
   * Outputs [rows, outputs] of f = (1/K) sum_k f_k, the mean of K networks with the same dtype, inputs and outputs. The
   * networks share the threads.
   */
  predictMean(networks: readonly NativeNetwork[], x: Floats, rows: number, threads: number): Promise<Float64Array>
  /** Class and radius of each row for the mean f of the networks, and the outputs of f. */
  certify(
    networks: readonly NativeNetwork[],
    x: Floats,
    rows: number,
    bound: Bound,
    threads: number,
  ): Promise<{ classes: Int32Array; radii: Float64Array; outputs: Float64Array }>
  /** Path norms of the mean of the networks: of each output, their sum, and the largest of them. */
  pathNorms(networks: readonly NativeNetwork[], bound: Bound): { outputs: Float64Array; sum: number; max: number }
  /** Influence of each input on one output of the mean of the networks; null: on the sum of all. */
  influence(networks: readonly NativeNetwork[], bound: Bound, output: number | null): Float64Array
  /**
   * Bytes a network of this shape holds; or, given a fit of it on `threads` threads, the most that it holds at once besides
   * the network and its rows.
   */
  memoryNeeded(config: NetworkConfig, fit: NativeFitShape | null): number
  /** Most bytes that drawing the initial weights of such a network needs at once besides it. */
  memoryToDraw(config: NetworkConfig): number
  /**
   * @throws ERR_DATA for parameters, of the shapes and the dtype of the network, that are not finite or have a row that
   * cannot be normalised.
   */
  checkParameters(config: NetworkConfig, parameters: Parameters): void
  /** Most bytes that the same fit holds at once on a GPU, besides its rows, and on the host beside it. */
  gpuMemoryNeeded(config: NetworkConfig, fit: NativeFitShape): { device: number; host: number }
  /**
   * Bytes that are free on the first GPU that can be used, which this opens, and how many of them each run leaves alone.
   *
   * @throws ERR_DEVICE where there is none, or it cannot be opened.
   */
  gpuMemory(): { free: number; reserve: number }
  /**
   * About how long so many steps of networks of one shape take on the CPU and on the first GPU that can be used, which
   * there must be.
   */
  fitSeconds(
    config: NetworkConfig,
    fit: { batchSize: number; steps: number; networks: number; threads: number },
  ): { cpu: number; cuda: number }
  /** 0 .. n-1 in an order drawn from the seed. */
  permutation(n: number, seed: number): Uint32Array
  /** `kind`: the CPU alone, without a question to CUDA. */
  devices(kind?: 'cpu'): NativeDevice[]
  /** The public words as the core has them, in the lists of words.ts; nobody can change them. */
  words: Readonly<Record<string, readonly (string | (LossTraits & { name: string }))[]>>
  version: string
}

/** The addon of this machine, loaded when the package is imported. */
export const native: Native = loadAddon() as Native

const isOfThisRealm = native.permutation(1, 0) instanceof Uint32Array

/**
 * Plain data of the addon, which makes it in the realm of the process, in this one: in a context of node:vm, such as a
 * test file of Jest, others would not be what `instanceof` and strict comparisons expect.
 */
export const ours: <T>(data: T) => T = isOfThisRealm ? (data) => data : inThisRealm

/** What the addon threw, as a refusal with its figures (epoch, step, learningRate, lambda) in `details`. */
export function fromNative(error: unknown): Refusal {
  const { code, message = String(error), ...rest } = Object(error) as Record<string, unknown>
  const figures = Object.entries(rest).filter(([, value]) => typeof value === 'number')
  const known = typeof code === 'string' && code.startsWith('ERR_')
  const options = { cause: known ? undefined : error, details: Object.fromEntries(figures) }
  return new Refusal(known ? (code as ErrorCode) : 'ERR_NATIVE', String(message), options)
}

/** Runs a call of the addon. */
export function guard<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw fromNative(error)
  }
}

/** The same for a call that gives a promise. */
export async function guardAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw fromNative(error)
  }
}

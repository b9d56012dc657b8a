import { types } from 'node:util'
import type { ErrorCode } from '../errors/errors.js'
import { Refusal } from '../errors/refusal.js'
import { type Floats, inThisRealm } from '../realms.js'
import type {
  Bound,
  DeviceKind,
  Dtype,
  Level,
  Loss,
  LossTraits,
  NetworkKind,
  Normalization,
  Stopped,
} from '../words.js'
import { loadAddon } from './addon.js'

/** The whole surface of the native addon. Its callers have checked everything that it receives. */

export type { Floats }

/**
 * Configuration of a network. `hidden[k]` is the width of layer k; `sharedLength[k]` says whether layer k has one
 * length or one per row.
 */
export interface NetworkConfig {
  kind: NetworkKind
  inputs: number
  hidden: number[]
  outputs: number
  normalization: Normalization
  sharedLength: boolean[]
  dtype: Dtype
  /** Whether training keeps the zeros of the weights. */
  pruned: boolean
}

export interface Tensor {
  shape: number[]
  data: Floats
}

export type Parameters = Record<string, Tensor>

/** Row-major, in the network's dtype. `y` is [rows, outputs], for softmax [rows] class numbers; `weights` is [rows]. */
export interface NativeData {
  x: Floats
  y: Floats
  weights: Floats | null
  rows: number
}

/** Rows are scaled to L1 norm `scale` before projection, or so as to reach `sparsity`; both null: not scaled. */
export interface NativePrune {
  sparsity: number | null
  scale: number | null
}

/** Options of a fit under the names of FitOptions in native/training/fit.h; fit/settings.ts has their types. */
interface NativeOptions {
  /** Threads to begin with. */
  threads: number
  /** Largest number for setThreads later. Default: `threads`. */
  maxThreads?: number
  /** Default: 'cpu'. */
  device?: NativeDevice['kind']
}

/** The shape of a fit, without its data. */
export interface NativeFitShape {
  options: NativeOptions
  rows: number
  /** Target numbers per row. */
  targets: number
  weighted: boolean
  /** 0: none. */
  validationRows: number
}

declare const nativeRows: unique symbol
/** Immutable rows in native memory, which any number of fits share. */
export interface NativeRows {
  [nativeRows]: never
}

/** The figures of one finished epoch. */
export interface Epoch {
  /** 1, 2, ... */
  epoch: number
  /** Mean training loss over the epoch's batches, each before its update. */
  loss: number
  /** Mean of (1 - regWeight) loss + regWeight lambda regularizer over the epoch's batches. */
  objective: number
  /** Loss on the validation rows after the epoch, if evaluated. */
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

/** Where a fit stands after an epoch, but for its numbers. */
export interface FitPosition {
  /** Finished epochs, 1 or more. */
  epoch: number
  seconds: number
  /** Of the parameters that the network would now get. */
  keptEpoch: number
  keptAlpha: number
  bestIsKept: boolean
  /** By early stopping. */
  seen: { bestLoss: number | null; bestEpoch: number; last: number }
  reported: Record<'epochs' | 'validated', { count: number; stride: number }>
  last: (Omit<Epoch, 'validationLoss'> & { validationLoss: number | null }) | null
  kept: FitPosition['last']
  lastIsReported: boolean
}

/** Everything with which a fit goes on after an epoch to the bits of one that never stopped. */
export interface NativeSnapshot {
  position: FitPosition
  parameters: Floats
  /** Moments of Adam. */
  m: Floats
  u: Floats
  /** Norm, scale and threshold of each row of the weights. */
  rowValues: Floats
  /** Parameters of the epoch `keptEpoch`. */
  kept: Floats
}

export interface NativeFitEnd {
  stopped: Stopped
  /** The epoch whose parameters the network now has; 0 for those it began with. */
  epoch: number
  /** The figures of that epoch; null for epoch 0. */
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
   * Called some ten times a second and at the end, with the figures of epochs in order: each of the first 10,000, every
   * second one up to 20,000, every fourth up to 40,000 and so on; likewise those with a validation loss, counted
   * separately; and the last. If it throws, the fit ends with that error.
   */
  onEpochs: (figures: Float64Array) => void
  /** Goes on from there. */
  from: NativeSnapshot | null
  /** Seconds to the first snapshot and from one to the next, at the end of an epoch; epochs before it are reported first. */
  snapshots: { first: number; interval: number; onSnapshot(snapshot: NativeSnapshot): void } | null
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
  /** null if rows have no projection (normalization 'none'). */
  projected: number | null
}

/** The first layer of a network, and the effect of its units on the outputs. */
export interface FirstLayer {
  units: number
  inputs: number
  /** Weights in use, row-major [units, inputs] (docs/method.md, section 2). */
  weights: Float64Array
  /** Contribution of each unit to the path norm, improved bound (section 5); 0 for a unit without effect. */
  shares: Float64Array
}

/** f = (1/K) sum_k f_k, the mean of networks with the same dtype and outputs. */
export interface NativeMean {
  networks: readonly NativeNetwork[]
  inputs: number
  /** The inputs that each network takes, ascending; null: all of them. */
  taken: readonly Uint32Array[] | null
}

/** How small can sums of outputs become in boxes, one for each row? */
export interface NativeQuestions {
  rows: number
  /** Row-major [rows, inputs], in the network's dtype. */
  lower: Floats
  upper: Floats
  /** The sums by which this class of each row, of a single output 0 or 1, exceeds every other; null: `objectives`. */
  classes: Float64Array | null
  /** Coefficients of the outputs, [rows, outputs]; null if there are classes. */
  objectives: Float64Array | null
  level: Level
  bound: Bound
  /** At level exact, a row ends when its least value is above this, when it is below that, or known within that. */
  above: number
  below: number
  tolerance: number
  /** Nodes of branch and bound for each row, at most. */
  nodes: Float64Array
}

export interface NativeAnswers {
  /** Predictions in the box give no less; -Infinity if nothing is known. */
  lower: Float64Array
  /** At levels local and linear: what level local knows of it. */
  local: Float64Array
  /** At level exact: about what predictions give at the point; otherwise Infinity, and points are 0. */
  upper: Float64Array
  points: Floats
  nodes: Float64Array
}

/** A call of the core on the JavaScript thread, which waits. */
type Sync<Call> = Call extends (...given: infer Given) => Promise<infer Result> ? (...given: Given) => Result : never

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
  /** Instruction sets of this build that the processor has, lowest first; empty for other devices. */
  instructionSets: string[]
  /** Bytes of its own memory; null for the CPU and for an unknown GPU. */
  memory: number | null
  available: boolean
  /** Why the device cannot be used. */
  reason: string | null
}

export interface Native {
  /** With these checked parameters; otherwise they are drawn from the seed when first needed. */
  Network: { new (config: NetworkConfig, seed: number, parameters?: Parameters): NativeNetwork }
  /** A copy of the data, for fits of such networks with this loss. */
  Rows: { new (data: NativeData, config: NetworkConfig, loss: Loss): NativeRows }
  /**
   * Starts one run of fits that differ only in the values of their data, `lambda`, `regWeight`, `learningRate`,
   * `schedule`, `earlyStopping` and `seed`, and that go on from the same epoch: a device may do each operation for all of
   * them at once. The first gives device, precision and threads.
   *
   * @returns one for each fit.
   */
  fit(requests: readonly NativeFitRequest[]): NativeFit[]
  /** Outputs [rows, outputs] of the mean for rows of its inputs. The networks share the threads. */
  predictMean(mean: NativeMean, x: Floats, rows: number, threads: number): Promise<Float64Array>
  /** Class and radius of each row whose inputs move by multiples of their tolerances [rows, inputs], and the outputs. */
  certify(
    mean: NativeMean,
    x: Floats,
    rows: number,
    tolerances: Float64Array,
    bound: Bound,
    threads: number,
  ): Promise<{ classes: Int32Array; radii: Float64Array; outputs: Float64Array }>
  /** How small sums of outputs can become in boxes. */
  answer(mean: NativeMean, questions: NativeQuestions, threads: number): Promise<NativeAnswers>
  predictMeanSync: Sync<Native['predictMean']>
  certifySync: Sync<Native['certify']>
  answerSync: Sync<Native['answer']>
  /** Between which numbers the slopes of sums of outputs are in boxes, [rows, inputs]. */
  slopes(
    mean: NativeMean,
    boxes: { rows: number; lower: Floats; upper: Floats; objectives: Float64Array },
    threads: number,
  ): { lower: Float64Array; upper: Float64Array }
  /**
   * Path norms of each output, their sum, and the largest of them.
   *
   * @param layers of one network: only its first so many layers, whose units are the outputs.
   */
  pathNorms(mean: NativeMean, bound: Bound, layers?: number): { outputs: Float64Array; sum: number; max: number }
  /** Influence of each input on one output; null: on the sum of all. */
  influence(mean: NativeMean, bound: Bound, output: number | null): Float64Array
  /** Bytes of a network of this shape; given a fit of it, the peak memory of the fit besides network and rows. */
  memoryNeeded(config: NetworkConfig, fit: NativeFitShape | null): number
  /** Peak memory of drawing the initial weights, besides the network, in bytes. */
  memoryToDraw(config: NetworkConfig): number
  /** The largest share of zeros that pruning can give a network of this shape. */
  reachableSparsity(config: NetworkConfig): number
  /** @throws ERR_DATA for parameters that are not finite, or have a row that cannot be normalised. */
  checkParameters(config: NetworkConfig, parameters: Parameters): void
  /** Peak memory of the same fit on a GPU, besides its rows, and on the host, in bytes. */
  gpuMemoryNeeded(config: NetworkConfig, fit: NativeFitShape): { device: number; host: number }
  /**
   * Free bytes on the first usable GPU, which this opens, and how many of them each run leaves free.
   *
   * @throws ERR_DEVICE if there is none, or it cannot be opened.
   */
  gpuMemory(): { free: number; reserve: number }
  /** Estimated seconds of so many steps of networks of one shape on the CPU and on the first usable GPU. */
  fitSeconds(
    config: NetworkConfig,
    fit: { batchSize: number; steps: number; networks: number; threads: number },
  ): { cpu: number; cuda: number }
  /** 0 .. n-1 in an order drawn from the seed. */
  permutation(n: number, seed: number): Uint32Array
  /** `kind`: only the CPU, without asking CUDA. */
  devices(kind?: 'cpu'): NativeDevice[]
  /** The core's public words, frozen, in the lists of words.ts. */
  words: Readonly<Record<string, readonly (string | (LossTraits & { name: string }))[]>>
  version: string
}

/** The addon of this machine, loaded when the package is imported. */
export const native: Native = loadAddon() as Native

const isOfThisRealm = native.permutation(1, 0) instanceof Uint32Array

/**
 * Brings plain data of the addon into this realm. The addon creates it in the main realm, whose objects fail
 * `instanceof` and strict comparisons in a context of node:vm, such as a Jest test file.
 */
export const ours: <T>(data: T) => T = isOfThisRealm ? (data) => data : inThisRealm

/** Throws the addon's error as a refusal, with its figures (epoch, step, learningRate, lambda) in `details`. */
export function refuseNative(error: unknown): never {
  const { code, message = String(error), ...rest } = Object(error) as Record<string, unknown>
  const figures = Object.entries(rest).filter(([, value]) => typeof value === 'number')
  const known = typeof code === 'string' && code.startsWith('ERR_')
  const options = { cause: known ? undefined : error, details: Object.fromEntries(figures) }
  throw new Refusal(known ? (code as ErrorCode) : 'ERR_NATIVE', String(message), options)
}

/** Runs a call of the addon, which may return a promise. */
export function guard<T>(call: () => T): T {
  try {
    const result = call()
    return types.isPromise(result) ? (result.catch(refuseNative) as T) : result
  } catch (error) {
    return refuseNative(error)
  }
}

import type { Floats, Native, NativeData, NativeDevice, NativeNetwork, Parameters } from '#psilon/core/native.js'
import type { Bound, Dtype, Loss, Precision, Projection, Regularizer, Schedule } from '#psilon/words.js'

export interface NativeObjective {
  loss: Loss
  regularizer: Regularizer
  lambda: number
  regWeight: number
}

export interface Evaluation {
  outputs: Floats
  loss: number
  reg: number
  objective: number
  gradsLoss: Parameters
  gradsReg: Parameters
  grads: Parameters
  weights: Parameters
  pathNorm: Record<Bound, number>
  outputPathNorms: Record<Bound, Float64Array>
  nearSparsity: number
  /** Of each row; see `certify`. */
  certifiedRadii: Float64Array
  projection: Parameters | null
  thresholds: Parameters | null
  exactSparsity: number | null
}

/** The trainer under `fit`, one whole-batch step at a time. */
export interface Trainer {
  step(learningRate: number, beta1: number, alpha: number): { loss: number; reg: number; objective: number }
  parameters(): Parameters
}

/** Measurements for `npm run bench`. */
export interface Benchmark {
  /**
   * FLOP per second of multiply-adds in registers, two for each, on all threads together; `besideProducts`: at the clock
   * that the processor has while it multiplies matrices.
   */
  peak(options: { threads: number; dtype: Dtype; besideProducts: boolean }): number
  /**
   * One of the three products with weights v [outputs, inputs]: z = x v^T, dx = dz v, dW = dz^T x. Median seconds of the
   * product without packing its operands, and how much longer it takes with it.
   */
  product(options: {
    use: 'forward' | 'backward-input' | 'backward-weights'
    n: number
    inputs: number
    outputs: number
    threads: number
    dtype: Dtype
    repeats: number
  }): { seconds: number; packing: number }
  /** Seconds in which a cache line goes from one thread to another and back. */
  roundTrip(): number
}

/** The addon with what tests and benchmarks alone call. */
export interface TestNative extends Native {
  /** Every quantity of the method for one batch, with weights blended by `alpha`. */
  evaluate(
    network: NativeNetwork,
    data: NativeData,
    objective: NativeObjective,
    alpha: number,
    threads: number,
    device?: NativeDevice['kind'],
    precision?: Precision,
  ): Evaluation
  Trainer: new (
    network: NativeNetwork,
    data: NativeData,
    objective: NativeObjective,
    projection: Projection,
    threads: number,
    device?: NativeDevice['kind'],
    precision?: Precision,
  ) => Trainer
  /** Bytes the core has allocated for numbers, all threads of the process together; `peak` since the last reset. */
  memoryUsed(): { current: number; peak: number }
  resetMemoryPeak(): void
  schedule(name: Schedule, epoch: number, epochs: number, learningRate: number): { learningRate: number; beta1: number }
  /** alpha at step 1, 2, ... of a homotopy that begins after step `from` and ends at step `to`; 0 without steps. */
  pruningBlend(step: number, from: number, to: number): number
  benchmark: Benchmark
}

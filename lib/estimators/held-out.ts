import { mean, sum } from 'd3-array'
import type { Floats } from '../core/native.js'
import type { TrainingData } from '../fit/options.js'
import { softmaxLogLoss } from '../metrics/classification.js'
import { type Loss, lossTraits } from '../words.js'

/** Rows that judge, as network inputs and targets, and the loss by which they do. */
export interface HeldOut {
  rows: TrainingData
  loss: Loss
}

/** Mean loss of outputs for held-out rows; for a squared error, its root. Sample weights count. */
export function scoreOfOutputs(outputs: Floats, heldOut: HeldOut): number {
  const { losses, weights } = weighted(outputs, heldOut)
  const loss = sum(losses, (value, i) => weights[i] * value)
  return lossTraits[heldOut.loss].squared ? Math.sqrt(loss) : loss
}

/**
 * Standard error of that score, of the mean loss sqrt(n / (n - 1) sum_i w_i^2 (l_i - mean)^2) with weights that sum to 1
 * and n rows with a weight above 0; for a root mean squared error, divided by twice the root. 0 for a single row.
 */
export function standardErrorOfOutputs(outputs: Floats, heldOut: HeldOut): number {
  const { losses, weights } = weighted(outputs, heldOut)
  const mean = sum(losses, (value, i) => weights[i] * value)
  const variance = sum(losses, (value, i) => (weights[i] * (value - mean)) ** 2)
  const counted = weights.filter((weight) => weight > 0).length
  const error = Math.sqrt((variance * counted) / Math.max(1, counted - 1))
  if (!lossTraits[heldOut.loss].squared) return error
  return mean === 0 ? 0 : error / (2 * Math.sqrt(mean))
}

/** The mean over several divisions of the rows. */
export const scoreOfParts = (outputs: readonly Floats[], parts: readonly HeldOut[]): number =>
  mean(parts, (part, k) => scoreOfOutputs(outputs[k], part)) as number

/** Losses of the rows, and weights that sum to 1. */
function weighted(outputs: Floats, { rows: { y, sampleWeight }, loss: name }: HeldOut) {
  const targets = y as ArrayLike<number>
  const width = outputs.length / targets.length
  const loss = rowLoss[name]
  const losses = Float64Array.from({ length: targets.length }, (_, i) => {
    return loss(outputs.subarray(i * width, (i + 1) * width), targets[i])
  })
  const given = losses.map((_, i) => (sampleWeight as ArrayLike<number> | undefined)?.[i] ?? 1)
  const total = sum(given)
  return { losses, weights: given.map((weight) => weight / total) }
}

/** Loss of one row, from its outputs f and target y (docs/method.md, section 6). */
const rowLoss: Record<Loss, (f: ArrayLike<number>, y: number) => number> = {
  mse: (f, y) => (f[0] - y) ** 2,
  huber: (f, y) => huber(Math.abs(f[0] - y)),
  bce: (f, y) => Math.max(f[0], 0) - f[0] * y + Math.log1p(Math.exp(-Math.abs(f[0]))),
  softmax: (f, y) => softmaxLogLoss(f, [y], f.length),
}

const huber = (size: number): number => (size > 1 ? size - 0.5 : size ** 2 / 2)

import { sum } from 'd3-array'
import { logLoss, softmaxLogLoss } from '../metrics.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { type Loss, lossTraits } from '../words.js'
import type { Part } from './data.js'

/**
 * Standard error of the mean loss over the held-out rows, sqrt(n / (n - 1) sum_i w_i^2 (l_i - mean)^2) with weights that
 * sum to 1 and n rows with a weight above 0; for a root mean squared error, divided by twice the root. 0 for a single row.
 *
 * @param score mean loss, or its root
 */
export async function standardErrorOfRows(network: AnyNetwork, { validation }: Part, score: number): Promise<number> {
  const { loss: name } = network
  if (validation === null || name === null) return 0
  const { x, y, sampleWeight } = validation
  const { data, shape } = await network.predict(x)
  const [rows, outputs] = shape
  const loss = rowLoss[name]
  const losses = Float64Array.from({ length: rows }, (_, i) => {
    return loss(data.subarray(i * outputs, (i + 1) * outputs), (y as ArrayLike<number>)[i])
  })
  const weights = losses.map((_, i) => sampleWeight?.[i] ?? 1)
  const total = sum(weights)
  const mean = sum(losses, (value, i) => (weights[i] / total) * value)
  const variance = sum(losses, (value, i) => ((weights[i] / total) * (value - mean)) ** 2)
  const counted = weights.filter((weight) => weight > 0).length
  const error = Math.sqrt((variance * counted) / Math.max(1, counted - 1))
  if (!lossTraits[name].squared) return error
  return score === 0 ? 0 : error / (2 * score)
}

/** Loss of one row, from its outputs f and target y (docs/method.md, section 6). */
const rowLoss: Record<Loss, (f: ArrayLike<number>, y: number) => number> = {
  mse: (f, y) => (f[0] - y) ** 2,
  huber: (f, y) => huber(Math.abs(f[0] - y)),
  bce: (f, y) => logLoss(f, [y]),
  softmax: (f, y) => softmaxLogLoss(f, [y], f.length),
}

const huber = (size: number): number => (size > 1 ? size - 0.5 : size ** 2 / 2)

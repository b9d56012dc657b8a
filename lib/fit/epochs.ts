import { bisector } from 'd3-array'
import type { Epoch } from '../core/native.js'
import { epochFigures } from '../words.js'

/** Epochs from their figures, one after the other. */
export function epochsOf(figures: Float64Array): Epoch[] {
  const count = epochFigures.length
  return Array.from({ length: figures.length / count }, (_, i) => epochOf(figures.subarray(i * count, (i + 1) * count)))
}

/** A literal, because an object built by spreading takes twice as much memory. */
function epochOf(figures: Float64Array): Epoch {
  const [epoch, loss, objective, validationLoss, learningRate, alpha, pathNorm, nearSparsity, exactSparsity, seconds] =
    figures
  return Number.isNaN(validationLoss)
    ? { epoch, loss, objective, learningRate, alpha, pathNorm, nearSparsity, exactSparsity, seconds }
    : { epoch, loss, objective, validationLoss, learningRate, alpha, pathNorm, nearSparsity, exactSparsity, seconds }
}

const byNumber = bisector(({ epoch }: Epoch) => epoch)

/** Inserts an epoch in order, unless it is already there. */
export function insertEpoch(epochs: Epoch[], epoch: Epoch): void {
  const at = byNumber.left(epochs, epoch.epoch)
  if (epochs[at]?.epoch !== epoch.epoch) epochs.splice(at, 0, epoch)
}

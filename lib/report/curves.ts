import type { Epoch } from '../core/native.js'
import type { RunRecord } from './record.js'

/** The figures of an epoch that are drawn. */
export interface CurvePoint {
  epoch: number
  loss: number
  /** Loss on the watched rows, if it was evaluated. */
  validationLoss?: number
  pathNorm: number
  nearSparsity: number
  exactSparsity: number
  learningRate: number
}

export interface Curves {
  /** Evenly spaced among the epochs, the last one included; at most some hundreds. */
  points: CurvePoint[]
  epochs: number
  /** The rows of `validationLoss`, such as 'test rows'. */
  watched: string
  /** The kept epoch, if it is not the last one. */
  kept: number | null
  /** Epochs in which weights went from normalised to projected, if the run pruned. */
  pruning: { from: number; to: number } | null
}

const maxPoints = 250

export function curvesOf({ epochs, epoch, watched }: RunRecord): Curves {
  const evaluated = epochs.filter(({ validationLoss }) => validationLoss !== undefined)
  const shown = new Set([...thinned(epochs), ...thinned(evaluated)])
  const points = epochs
    .filter((each) => shown.has(each))
    .map(({ epoch, loss, validationLoss, pathNorm, nearSparsity, exactSparsity, learningRate }) => ({
      ...{ epoch, loss, pathNorm, nearSparsity, exactSparsity, learningRate },
      ...(validationLoss === undefined ? {} : { validationLoss }),
    }))
  const last = epochs.at(-1)?.epoch ?? 0
  const pruned = epochs.filter(({ alpha }) => alpha > 0 && alpha < 1).map((each) => each.epoch)
  return {
    points,
    epochs: last,
    watched,
    kept: epoch === last ? null : epoch,
    pruning: pruned.length === 0 ? null : { from: pruned[0], to: pruned.at(-1) as number },
  }
}

/** Every k-th one and the last. */
function thinned(epochs: readonly Epoch[]): Epoch[] {
  const every = Math.ceil(epochs.length / maxPoints)
  return epochs.filter((_, i) => i % every === 0 || i === epochs.length - 1)
}

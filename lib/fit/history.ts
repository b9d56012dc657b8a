import { bisector } from 'd3-array'
import type { Epoch, NativeFitEnd } from '../core/native.js'
import { introduced } from '../inspection.js'
import { deviceText, duration } from '../print.js'
import { type Dtype, epochFigures, type Precision } from '../words.js'
import { epochFacts, epochsText } from './history-text.js'
import type { Placement } from './job.js'

/** The history of a fit. */
export interface History {
  /**
   * The figures of finished epochs, in order: each of the first 10,000, then every second one up to 20,000, every
   * fourth up to 40,000 and so on; likewise those with a validation loss, counted separately; and the last and the kept
   * one. Fewer than 200,000, however long the fit.
   */
  epochs: Epoch[]
  stopped: NativeFitEnd['stopped']
  /** The epoch whose parameters the network now has; 0 for those it began with. */
  epoch: number
  /** Duration of the fit. */
  seconds: number
  device: {
    name: string
    /** Why this device was chosen. */
    reason: string
    /** CPU threads of the run, which several fits at once share. */
    threads: number
    /** Instruction set of the CPU's kernels, such as 'avx2', or architecture of a GPU's, such as 'sm_90'. */
    instructionSet: string
    /** Precision of matrix products: the network's dtype, or 'tf32'. */
    precision: Dtype | 'tf32'
  }
}

/** The device of a history: where the products of a network of this dtype were computed, and how. */
export function deviceOf(
  { device, reason }: Placement,
  { dtype, precision, threads }: { dtype: Dtype; precision: Precision; threads: number },
  instructionSet = device.instructionSet ?? 'none',
): History['device'] {
  return { name: device.name, reason, threads, instructionSet, precision: dtype === 'float64' ? dtype : precision }
}

/** The history of a fit that was cancelled before it began. */
export function notBegun(device: History['device']): History {
  return shownHistory({ epochs: [], stopped: 'cancelled', epoch: 0, seconds: 0, device })
}

/** @param epochs reported by the fit; the kept one is inserted in order. */
export function historyOf(epochs: Epoch[], end: NativeFitEnd, device: History['device']): History {
  const { stopped, epoch, kept, seconds } = end
  if (kept !== null) insertEpoch(epochs, epochsOf(kept)[0])
  return shownHistory({ epochs, stopped, epoch, seconds, device })
}

/** The same history, which console.log shows in some lines. */
export function shownHistory(history: History): History {
  return introduced('History', history, ({ seconds, device }) => [
    ['training', epochsText(history)],
    ...epochFacts(history),
    ['device', deviceText(device)],
    ['time', duration(seconds)],
  ])
}

/** Epochs from their figures, one after the other. */
export function epochsOf(figures: Float64Array): Epoch[] {
  const count = epochFigures.length
  return Array.from({ length: figures.length / count }, (_, i) => epochOf(figures.subarray(i * count, (i + 1) * count)))
}

/** The figures of epochs, one after the other. */
export function figuresOf(epochs: readonly Epoch[]): Float64Array {
  const figures = new Float64Array(epochs.length * epochFigures.length)
  epochs.forEach((epoch, i) => {
    epochFigures.forEach((name, k) => {
      figures[i * epochFigures.length + k] = epoch[name] ?? Number.NaN
    })
  })
  return figures
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

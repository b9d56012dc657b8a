import { least } from 'd3-array'
import { count, figure, percent } from '../print.js'
import type { History } from './history.js'

/** Texts that say how a fit went. */

const ends = { completed: '', cancelled: ', cancelled', 'early-stopping': ', stopped early' } as const

/** `1,000 epochs, stopped early, of which epoch 900 is kept` */
export function epochsText({ epochs, epoch, stopped }: Pick<History, 'epochs' | 'epoch' | 'stopped'>): string {
  const last = epochs.at(-1)?.epoch ?? 0
  return `${count(last, 'epoch')}${ends[stopped]}${epoch === last ? '' : `, of which epoch ${epoch} is kept`}`
}

/** The figures of the kept epoch, and the least validation loss; none if no epoch has ended. */
export function epochFacts({ epochs, epoch }: Pick<History, 'epochs' | 'epoch'>): [name: string, text: string][] {
  const kept = epochs.find((each) => each.epoch === epoch) ?? epochs.at(-1)
  if (kept === undefined) return []
  const best = least(epochs, ({ validationLoss = Infinity }) => validationLoss)
  const validation = best?.validationLoss === undefined ? '' : `${figure(best.validationLoss)} in epoch ${best.epoch}`
  return [
    ['loss', `${figure(kept.loss)} in epoch ${kept.epoch}, ${figure(epochs[0].loss)} in epoch ${epochs[0].epoch}`],
    ['least validation loss', validation],
    ['path norm', figure(kept.pathNorm)],
    ['zeros', `${percent(kept.exactSparsity)}, near sparsity ${percent(kept.nearSparsity)}`],
  ]
}

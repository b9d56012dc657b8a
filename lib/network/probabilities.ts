import type { Floats, NetworkConfig } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import { type Link, type Loss, lossesWith, lossTraits } from '../words.js'

type ProbableLink = Exclude<Link, 'none'>

/**
 * How the outputs of a network with this loss become probabilities.
 *
 * @throws Refusal ERR_NOT_FITTED before training, ERR_UNSUPPORTED for a loss that gives no probabilities.
 */
export function probableLink(loss: Loss | null): ProbableLink {
  if (loss === null) {
    throw new Refusal('ERR_NOT_FITTED', `the network has not been trained; probabilities need a fit`)
  }
  const { link } = lossTraits[loss]
  if (link !== 'none') return link
  const message = `the network was trained with the loss "${loss}", probabilities need ${lossesWith('sigmoid', 'softmax')}`
  throw new Refusal('ERR_UNSUPPORTED', message)
}

/** @throws Refusal ERR_UNSUPPORTED if the outputs are not logits of mutually exclusive classes. */
export function refuseNoClasses(loss: Loss | null, { outputs }: NetworkConfig): void {
  if (loss === null) return
  const { link } = lossTraits[loss]
  if (link === 'softmax' || (link === 'sigmoid' && outputs === 1)) return
  const came = `the network was trained with the loss "${loss}" and ${outputs} outputs`
  const expected = `${lossesWith('softmax')}, or ${lossesWith('sigmoid')} with one output`
  throw new Refusal('ERR_UNSUPPORTED', `${came}, expected ${expected}`)
}

/** Turns logits [rows, outputs] into probabilities, each by the sigmoid, or row by row by the softmax. */
export function probabilities(logits: Floats, outputs: number, link: ProbableLink): Floats {
  if (link === 'sigmoid') return logits.map(sigmoid) as Floats
  for (let begin = 0; begin < logits.length; begin += outputs) softmax(logits.subarray(begin, begin + outputs))
  return logits
}

function sigmoid(z: number): number {
  const e = Math.exp(-Math.abs(z))
  return z < 0 ? e / (1 + e) : 1 / (1 + e)
}

function softmax(row: Floats): void {
  const largest = Math.max(...row)
  let sum = 0
  for (const z of row) sum += Math.exp(z - largest)
  row.forEach((z, k) => {
    row[k] = Math.exp(z - largest) / sum
  })
}

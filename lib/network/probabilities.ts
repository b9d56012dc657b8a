import type { Floats, Loss, NetworkConfig } from '../native.js'
import { Refusal } from '../refusal.js'

/** @throws Refusal ERR_NOT_FITTED before training, ERR_UNSUPPORTED for a loss that gives no probabilities. */
export function probableLoss(loss: Loss | null): 'bce' | 'softmax' {
  if (loss === 'bce' || loss === 'softmax') return loss
  if (loss === null) {
    throw new Refusal('ERR_NOT_FITTED', 'the network has not been trained; probabilities need a fit')
  }
  const message = `the network was trained with the loss "${loss}", probabilities need "bce" or "softmax"`
  throw new Refusal('ERR_UNSUPPORTED', message)
}

/** @throws Refusal ERR_UNSUPPORTED where the outputs are no logits of classes that exclude each other. */
export function refuseNoClasses(loss: Loss | null, { outputs }: NetworkConfig): void {
  if (loss !== 'mse' && (loss !== 'bce' || outputs === 1)) return
  const came = `the network was trained with the loss "${loss}" and ${outputs} outputs`
  throw new Refusal('ERR_UNSUPPORTED', `${came}, expected "softmax", or "bce" with one output`)
}

/** Turns logits [rows, outputs] into probabilities, each by the sigmoid for bce, row by row for softmax. */
export function probabilities(logits: Floats, outputs: number, loss: 'bce' | 'softmax'): Floats {
  if (loss === 'bce') return logits.map(sigmoid) as Floats
  for (let begin = 0; begin < logits.length; begin += outputs) softmax(logits.subarray(begin, begin + outputs))
  return logits
}

function sigmoid(z: number): number {
  const e = Math.exp(-Math.abs(z))
  return z < 0 ? e / (1 + e) : 1 / (1 + e)
}

function softmax(row: Floats): void {
  const most = Math.max(...row)
  let sum = 0
  for (const z of row) sum += Math.exp(z - most)
  row.forEach((z, k) => {
    row[k] = Math.exp(z - most) / sum
  })
}

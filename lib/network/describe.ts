import type { NetworkConfig } from '../core/native.js'
import { count } from '../print.js'

/** `mlp, 11 inputs, 3 hidden layers of 100, l1 normalisation, float32` */
export function describeNetwork({ kind, inputs, hidden, normalization, dtype }: NetworkConfig): string {
  const same = hidden.every((width) => width === hidden[0])
  const units = same
    ? `${count(hidden.length, 'hidden layer')} of ${hidden[0]}`
    : `hidden layers of ${hidden.join(', ')}`
  const rows = normalization === 'none' ? 'no normalisation' : `${normalization} normalisation`
  return `${kind}, ${count(inputs, 'input')}, ${units}, ${rows}, ${dtype}`
}

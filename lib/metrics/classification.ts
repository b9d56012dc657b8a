import { Refusal } from '../errors/refusal.js'
import { checkFinite, checkLengths, fail, type Numbers } from './checks.js'

export function accuracy<T>(predicted: ArrayLike<T>, actual: ArrayLike<T>): number {
  checkLengths('predicted', predicted, actual)
  let equal = 0
  for (let i = 0; i < actual.length; i++) if (predicted[i] === actual[i]) equal++
  return equal / actual.length
}

/** Softmax cross-entropy of logits [rows, outputs] and class numbers [rows]: mean of logsumexp(f_i) - f_i[y_i]. */
export function softmaxLogLoss(logits: Numbers, actual: Numbers, outputs: number): number {
  if (!Number.isSafeInteger(outputs) || outputs < 1 || logits.length !== actual.length * outputs) {
    const expected = `expected ${actual.length} rows of ${outputs}`
    throw new Refusal('ERR_SHAPE', `logits has ${logits.length} values, ${expected}`)
  }
  if (actual.length === 0) fail('actual is empty, expected at least one row')
  checkFinite('logits', logits)
  let sum = 0
  for (let i = 0; i < actual.length; i++) {
    const y = actual[i]
    if (!(Number.isInteger(y) && y >= 0 && y < outputs)) {
      fail(`actual[${i}] is ${y}, expected a class number from 0 to ${outputs - 1}`)
    }
    sum += logSumExp(logits, i * outputs, outputs) - logits[i * outputs + y]
  }
  return sum / actual.length
}

export function logSumExp(values: Numbers, from: number, length: number): number {
  let most = -Infinity
  for (let k = 0; k < length; k++) most = Math.max(most, values[from + k])
  let sum = 0
  for (let k = 0; k < length; k++) sum += Math.exp(values[from + k] - most)
  return most + Math.log(sum)
}

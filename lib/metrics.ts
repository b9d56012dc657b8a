import { Refusal } from './errors/refusal.js'
import { areEqual, unitNear } from './rounding.js'

type Numbers = ArrayLike<number>

export function rmse(predicted: Numbers, actual: Numbers): number {
  const unit = unitNear(largestError(predicted, actual))
  return unit * Math.sqrt(meanOf(predicted, actual, (error) => (error / unit) ** 2))
}

export function mae(predicted: Numbers, actual: Numbers): number {
  const unit = unitNear(largestError(predicted, actual))
  return unit * meanOf(predicted, actual, (error) => Math.abs(error / unit))
}

/**
 * Share of the variance that is explained: 1 - sum (predicted - actual)^2 / sum (actual - mean)^2.
 *
 * @param name of the actual values in messages.
 * @throws Refusal ERR_DATA if all actual values are equal, or so nearly that R2 is not a number.
 */
export function r2(predicted: Numbers, actual: Numbers, name = 'actual'): number {
  const share = explained(predicted, actual)
  return share ?? fail(`${name} is constant, expected at least two different values`)
}

/** R2, or undefined if r2 throws for lack of variance. */
export function explained(predicted: Numbers, actual: Numbers): number | undefined {
  let mean = 0
  for (let i = 0; i < actual.length; i++) mean += (actual[i] - mean) / (i + 1)
  let most = 0
  let constant = true
  for (let i = 0; i < actual.length; i++) {
    most = Math.max(most, Math.abs(actual[i] - mean))
    constant &&= areEqual(actual[i], actual[0])
  }
  const unit = unitNear(most)
  const residual = meanOf(predicted, actual, (error) => (error / unit) ** 2)
  let spread = 0
  for (let i = 0; i < actual.length; i++) spread += ((actual[i] - mean) / unit) ** 2 / actual.length
  const share = 1 - residual / spread
  return constant || !Number.isFinite(share) ? undefined : share
}

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

function logSumExp(values: Numbers, from: number, length: number): number {
  let most = -Infinity
  for (let k = 0; k < length; k++) most = Math.max(most, values[from + k])
  let sum = 0
  for (let k = 0; k < length; k++) sum += Math.exp(values[from + k] - most)
  return most + Math.log(sum)
}

/**
 * Area under the ROC curve: the chance that a row of class 1 has a higher score than one of class 0, ties counted half.
 *
 * @throws Refusal ERR_DATA if one of the classes has no row.
 */
export function auc(scores: Numbers, actual: Numbers): number {
  checkLengths('scores', scores, actual)
  checkFinite('scores', scores)
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let positives = 0
  let rankSum = 0
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start]]
    while (end < order.length && scores[order[end]] === score) end++
    const rank = (start + end + 1) / 2
    for (let k = start; k < end; k++) {
      const y = actual[order[k]]
      if (y !== 0 && y !== 1) fail(`actual[${order[k]}] is ${y}, expected 0 or 1`)
      positives += y
      rankSum += y * rank
    }
  }
  const negatives = order.length - positives
  if (positives === 0 || negatives === 0) fail(`actual has only class ${actual[0]}, expected 0 and 1`)
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

function meanOf(predicted: Numbers, actual: Numbers, of: (error: number) => number): number {
  checkLengths('predicted', predicted, actual)
  checkFinite('predicted', predicted)
  checkFinite('actual', actual)
  let sum = 0
  for (let i = 0; i < actual.length; i++) sum += of(predicted[i] - actual[i])
  return sum / actual.length
}

function largestError(predicted: Numbers, actual: Numbers): number {
  let most = 0
  for (let i = 0; i < actual.length; i++) most = Math.max(most, Math.abs(predicted[i] - actual[i]))
  return most
}

function checkLengths(name: string, values: ArrayLike<unknown>, actual: ArrayLike<unknown>): void {
  if (values.length !== actual.length) {
    const found = `${name} has ${values.length} values, actual has ${actual.length}`
    throw new Refusal('ERR_SHAPE', found)
  }
  if (actual.length === 0) fail('actual is empty, expected at least one row')
}

function checkFinite(name: string, values: Numbers): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) fail(`${name}[${i}] is ${values[i]}, expected a finite number`)
  }
}

function fail(message: string): never {
  throw new Refusal('ERR_DATA', message)
}

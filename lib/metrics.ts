import { PsilonError } from './errors.js'
import { areEqual, unitNear } from './rounding.js'

type Numbers = ArrayLike<number>

/** Mean squared error. */
export function mse(predicted: Numbers, actual: Numbers): number {
  return meanOf('mse', predicted, actual, (error) => error * error)
}

/** Root of the mean squared error. */
export function rmse(predicted: Numbers, actual: Numbers): number {
  const unit = unitNear(largestError(predicted, actual))
  return unit * Math.sqrt(meanOf('rmse', predicted, actual, (error) => (error / unit) ** 2))
}

/** Mean absolute error. */
export function mae(predicted: Numbers, actual: Numbers): number {
  const unit = unitNear(largestError(predicted, actual))
  return unit * meanOf('mae', predicted, actual, (error) => Math.abs(error / unit))
}

/**
 * Share of the variance that is explained: 1 - sum (predicted - actual)^2 / sum (actual - mean)^2.
 *
 * @throws PsilonError ERR_DATA where all actual values are equal, or so nearly that R2 is not a number.
 */
export function r2(predicted: Numbers, actual: Numbers): number {
  const share = explained(predicted, actual)
  return share ?? fail('r2', 'actual is constant, expected at least two different values')
}

/** R2, or undefined where r2 throws for lack of variance. */
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
  const residual = meanOf('r2', predicted, actual, (error) => (error / unit) ** 2)
  let spread = 0
  for (let i = 0; i < actual.length; i++) spread += ((actual[i] - mean) / unit) ** 2 / actual.length
  const share = 1 - residual / spread
  return constant || !Number.isFinite(share) ? undefined : share
}

/** Share of labels that are equal. */
export function accuracy<T>(predicted: ArrayLike<T>, actual: ArrayLike<T>): number {
  checkLengths('accuracy', 'predicted', predicted, actual)
  let equal = 0
  for (let i = 0; i < actual.length; i++) if (predicted[i] === actual[i]) equal++
  return equal / actual.length
}

/** Binary cross-entropy of logits: mean of max(f, 0) - f y + log(1 + exp(-|f|)), y within 0..1. */
export function logLoss(logits: Numbers, actual: Numbers): number {
  checkLengths('logLoss', 'logits', logits, actual)
  checkFinite('logLoss', 'logits', logits)
  let sum = 0
  for (let i = 0; i < actual.length; i++) {
    const [f, y] = [logits[i], actual[i]]
    if (!(y >= 0 && y <= 1)) fail('logLoss', `actual[${i}] is ${y}, expected 0 to 1`)
    sum += Math.max(f, 0) - f * y + Math.log1p(Math.exp(-Math.abs(f)))
  }
  return sum / actual.length
}

/** Softmax cross-entropy of logits [rows, outputs] and class numbers [rows]: mean of logsumexp(f_i) - f_i[y_i]. */
export function softmaxLogLoss(logits: Numbers, actual: Numbers, outputs: number): number {
  const operation = 'softmaxLogLoss'
  if (!Number.isSafeInteger(outputs) || outputs < 1 || logits.length !== actual.length * outputs) {
    const expected = `expected ${actual.length} rows of ${outputs}`
    throw new PsilonError('ERR_SHAPE', `[${operation}] logits has ${logits.length} values, ${expected}`)
  }
  if (actual.length === 0) fail(operation, 'actual is empty, expected at least one row')
  checkFinite(operation, 'logits', logits)
  let sum = 0
  for (let i = 0; i < actual.length; i++) {
    const y = actual[i]
    if (!(Number.isInteger(y) && y >= 0 && y < outputs)) {
      fail(operation, `actual[${i}] is ${y}, expected a class number from 0 to ${outputs - 1}`)
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
 * @throws PsilonError ERR_DATA where one of the classes has no row.
 */
export function auc(scores: Numbers, actual: Numbers): number {
  checkLengths('auc', 'scores', scores, actual)
  checkFinite('auc', 'scores', scores)
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let positives = 0
  let rankSum = 0
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start]]
    while (end < order.length && scores[order[end]] === score) end++
    const rank = (start + end + 1) / 2
    for (let k = start; k < end; k++) {
      const y = actual[order[k]]
      if (y !== 0 && y !== 1) fail('auc', `actual[${order[k]}] is ${y}, expected 0 or 1`)
      positives += y
      rankSum += y * rank
    }
  }
  const negatives = order.length - positives
  if (positives === 0 || negatives === 0) fail('auc', `actual has only class ${actual[0]}, expected 0 and 1`)
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

function meanOf(operation: string, predicted: Numbers, actual: Numbers, of: (error: number) => number): number {
  checkLengths(operation, 'predicted', predicted, actual)
  checkFinite(operation, 'predicted', predicted)
  checkFinite(operation, 'actual', actual)
  let sum = 0
  for (let i = 0; i < actual.length; i++) sum += of(predicted[i] - actual[i])
  return sum / actual.length
}

function largestError(predicted: Numbers, actual: Numbers): number {
  let most = 0
  for (let i = 0; i < actual.length; i++) most = Math.max(most, Math.abs(predicted[i] - actual[i]))
  return most
}

function checkLengths(operation: string, name: string, values: ArrayLike<unknown>, actual: ArrayLike<unknown>): void {
  if (values.length !== actual.length) {
    const found = `${name} has ${values.length} values, actual has ${actual.length}`
    throw new PsilonError('ERR_SHAPE', `[${operation}] ${found}`)
  }
  if (actual.length === 0) fail(operation, 'actual is empty, expected at least one row')
}

function checkFinite(operation: string, name: string, values: Numbers): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) fail(operation, `${name}[${i}] is ${values[i]}, expected a finite number`)
  }
}

function fail(operation: string, message: string): never {
  throw new PsilonError('ERR_DATA', `[${operation}] ${message}`)
}

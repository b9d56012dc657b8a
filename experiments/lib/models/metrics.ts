import { PsilonError } from 'psilon'

type Numbers = ArrayLike<number>

/** Root of the mean squared error. */
export const rmse = (predicted: Numbers, y: Numbers): number =>
  Math.sqrt(meanOver(y, (i) => (predicted[i] - y[i]) ** 2))

/** Binary cross-entropy of logits: mean of max(f, 0) - f y + log(1 + exp(-|f|)). */
export const logLoss = (logits: Numbers, y: Numbers): number =>
  meanOver(y, (i) => Math.max(logits[i], 0) - logits[i] * y[i] + Math.log1p(Math.exp(-Math.abs(logits[i]))))

/** Softmax cross-entropy of logits [rows, classes]: mean of logsumexp(f_i) - f_i[y_i]. */
export const softmaxLogLoss = (logits: Numbers, y: Numbers, classes: number): number =>
  meanOver(y, (i) => logSumExp(logits, i * classes, classes) - logits[i * classes + y[i]])

/** Share of classes that are right. */
export const accuracy = (classes: Numbers, y: Numbers): number => meanOver(y, (i) => Number(classes[i] === y[i]))

function logSumExp(values: Numbers, first: number, count: number): number {
  let max = -Infinity
  for (let k = 0; k < count; k++) max = Math.max(max, values[first + k])
  let sum = 0
  for (let k = 0; k < count; k++) sum += Math.exp(values[first + k] - max)
  return max + Math.log(sum)
}

function meanOver({ length }: Numbers, of: (row: number) => number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += of(i)
  if (Number.isFinite(sum)) return sum / length
  throw new PsilonError('ERR_NON_FINITE', '[reproduce] a score of these predictions is not a finite number')
}

import { areEqual, unitNear } from '../rounding.js'
import { checkFinite, checkLengths, fail, type Numbers } from './checks.js'

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

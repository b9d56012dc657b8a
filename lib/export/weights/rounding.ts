import { Refusal } from '../../errors/refusal.js'
import { type Interval, outputDifferences } from '../bounds/output-differences.js'
import { roundedUp } from '../bounds/outward.js'
import type { Answer, ExportedModel } from '../exported-model.js'
import type { RoundedFormat } from './formats.js'

/** What weights of fewer bits change. */
export interface WeightRounding {
  format: RoundedFormat
  /** A bound: of a regressor in units of the target or its logarithm, of a classifier of a probability, of a network of an output. */
  error: number
}

/**
 * A bound on how far predictions of two models can be apart, which differ in weights and biases alone, for inputs in a box; in exact
 * arithmetic, rounded up.
 */
export function predictionDifference(first: ExportedModel, second: ExportedModel, box: readonly Interval[]): number {
  const error = roundedUp(differenceOf(first.answer, outputDifferences(first.members, second.members, box)), 3)
  if (Number.isFinite(error)) return error
  throw new Refusal('ERR_NON_FINITE', 'what rounded weights change exceeds the range of a number')
}

function differenceOf(answer: Answer, outputs: readonly Interval[]): number {
  const largest = Math.max(...outputs.flatMap(({ lower, upper }) => [-lower, upper]))
  if (answer.kind === 'outputs') return largest
  if (answer.kind === 'number') return largest * answer.scale * (1 + 2 ** -50)
  return chanceDifference(outputs.length === 1 ? [{ lower: 0, upper: 0 }, ...outputs] : outputs)
}

/**
 * The log-odds of a class change by at most what its logit changes more, or less, than another. The slope of the logistic function
 * makes tanh(d / 4) of a change d at most.
 */
function chanceDifference(logits: readonly Interval[]): number {
  const most = logits.flatMap(({ lower, upper }, k) => {
    const others = logits.filter((_, other) => other !== k)
    return others.flatMap((other) => [upper - other.lower, other.upper - lower])
  })
  return Math.tanh((Math.max(...most) * (1 + 2 ** -50)) / 4) * (1 + 2 ** -40)
}

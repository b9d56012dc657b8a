import { max, range } from 'd3-array'
import type { ColumnEncoding } from '../../data/column-encoding.js'
import { type LearnedEncoding, valueInputs } from '../../data/encodings/encodings.js'
import type { Dtype } from '../../words.js'
import type { Answer, ExportedModel } from '../exported-model.js'
import type { StoredMember } from '../stored-layers.js'
import { roundedDown, roundedUp } from './outward.js'
import { inputLimit, pathSlopes, roundingSums, upwards } from './path-sums.js'

/**
 * By which exported code proves that a class stays the same in a box of inputs with the center c and the half widths h: one logit
 * stays above another wherever computed logits at c differ by more than
 *
 *     sum_j slopes_j h_j + roundings_0 + sum_j roundings_j max |x_j|
 *
 * and no |x_j| is above the limit.
 */
export interface MarginBounds {
  /** How much the difference of two logits changes at most with each input; of classes a < b at b (b - 1) / 2 + a. */
  slopes: number[][]
  /**
   * [1 + inputs], what rounding changes at most: of that difference at c, of it at any other place, and of the inputs; 0 for an
   * input without effect.
   */
  roundings: number[]
  limit: number
}

/** How many classes a model has; 0 if it has none. */
export function classCount(answer: Answer): number {
  if (answer.kind === 'class') return answer.labels.length
  if (answer.kind === 'number' || answer.link === 'none') return 0
  return answer.outputs === 1 ? 2 : answer.link === 'softmax' ? answer.outputs : 0
}

/** @param precision half the distance between 1 and the next number, of the numbers in which networks are computed. */
export function marginBounds(
  { columns, inputs, dtype, answer }: ExportedModel,
  members: readonly StoredMember[],
  precision: number,
): MarginBounds {
  const up = upwards(members)
  const objectives = objectivesOf(classCount(answer), members[0].layers.at(-1)?.rows as number)
  const slopes = objectives.map((own) => pathSlopes(members, own, inputs).map((slope) => up * slope))
  const steepest = range(inputs).map((j) => max(slopes, (own) => own[j]) as number)
  const logits = objectives[0].length === 1 ? 1 : 2 // that are rounded
  const roundings = roundingSums(members, inputs, precision).map((sum) => 2 * logits * up * sum)
  const errors = columns?.flatMap((column) => inputErrors(column, dtype)) ?? []
  errors.forEach(({ share, offset }, j) => {
    const off = up * (steepest[j] + roundings[1 + j]) * share
    roundings[0] += off * offset
    roundings[1 + j] += off
  })
  const bounds = {
    slopes: slopes.map((own) => own.map((slope) => roundedUp(slope))),
    roundings: roundings.map((sum) => roundedUp(sum)),
    limit: roundedDown(inputLimit(members, dtype)),
  }
  const isKnown = [...bounds.slopes.flat(), ...bounds.roundings].every(Number.isFinite)
  return isKnown ? bounds : nothing(bounds)
}

/** Differences of outputs, one for each pair of classes; a single output is one already. */
function objectivesOf(classes: number, outputs: number): number[][] {
  if (outputs === 1) return [[1]]
  return range(1, classes).flatMap((b) =>
    range(b).map((a) => range(outputs).map((k) => (k === b ? 1 : k === a ? -1 : 0))),
  )
}

/** Where sums overflow, no radius is above 0. */
const nothing = ({ slopes, roundings }: MarginBounds): MarginBounds => ({
  slopes: slopes.map((own) => own.map(() => 0)),
  roundings: roundings.map(() => 1),
  limit: -1,
})

/** An input may be off by share (|x| + offset). */
interface InputError {
  share: number
  offset: number
}

/**
 * (value - mean) / deviation and bins round in order, and so does a number that is rounded to the dtype: their boxes are exact.
 * Other curves are accurate to some units in the last place of what they add up, here to 64.
 */
function inputErrors(column: ColumnEncoding, dtype: Dtype): InputError[] {
  const exact = { share: 0, offset: 0 }
  if (column.kind === 'categorical') return range(column.levels.length + Number(column.missing)).map(() => exact)
  const own = column.encodings.flatMap((learned) => {
    const error = 'mean' in learned && learned.kind !== 'standard' ? curveError(learned, dtype) : exact
    return valueInputs(learned, column.name).map(() => error)
  })
  return column.indicator ? [...own, exact] : own
}

function curveError(learned: Extract<LearnedEncoding, { mean: number }>, dtype: Dtype) {
  const terms = learned.kind === 'rank-normal' ? Math.max(...learned.quantiles.map(Math.abs)) : 1
  const offset = (Math.abs(learned.mean) + terms) / learned.deviation
  return { share: dtype === 'float32' ? 2 ** -22 : 2 ** -46, offset }
}

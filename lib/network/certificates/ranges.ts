import { type Level, levels } from '../../words.js'
import { ask } from './ask.js'
import type { Asking } from './asking.js'
import type { Cases } from './cases.js'
import { floats, type Subject } from './subject.js'

/** A sum of outputs of one case, by its coefficients. */
export interface Sum {
  index: number
  /** [outputs] */
  coefficients: readonly number[]
}

/** Level 'exact' ends where least values are known to this, in units of the outputs. */
const tolerance = 1e-4

/** Between which values each sum stays while its case moves up to scale 1. */
export function* rangesOf(
  subject: Subject,
  cases: Cases,
  sums: readonly Sum[],
  options: { level: Level; nodes: number },
): Asking<{ lower: Float64Array; upper: Float64Array }> {
  const negated = sums.map(({ index, coefficients }): Sum => ({ index, coefficients: coefficients.map((c) => -c) }))
  const least = yield* leastOf(subject, cases, [...sums, ...negated], options)
  return { lower: least.subarray(0, sums.length), upper: least.subarray(sums.length).map((value) => -value) }
}

/** The best bound of this level and those before it. */
function* leastOf(
  subject: Subject,
  cases: Cases,
  sums: readonly Sum[],
  { level, nodes }: { level: Level; nodes: number },
): Asking<Float64Array> {
  const { inputs, outputs } = subject
  const [lower, upper] = [floats(subject, sums.length * inputs), floats(subject, sums.length * inputs)]
  const objectives = new Float64Array(sums.length * outputs)
  sums.forEach(({ index, coefficients }, k) => {
    cases.box(index, 1, lower, upper, k * inputs)
    objectives.set(coefficients, k * outputs)
  })
  const ends = { above: Infinity, below: -Infinity, tolerance }
  const box = { rows: sums.length, lower, upper, classes: null, objectives, ...ends }
  const best = new Float64Array(sums.length).fill(-Infinity)
  for (const each of levels.slice(0, levels.indexOf(level) + 1)) {
    const answers = yield* ask(subject, { ...box, level: each, nodes: new Float64Array(sums.length).fill(nodes) })
    answers.lower.forEach((bound, k) => {
      best[k] = Math.max(best[k], bound)
    })
  }
  return best
}

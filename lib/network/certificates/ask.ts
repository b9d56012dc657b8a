import type { NativeAnswers, NativeQuestions } from '../../core/native.js'
import type { Level } from '../../words.js'
import { type Asking, core } from './asking.js'
import type { Cases } from './cases.js'
import { floats, type Subject } from './subject.js'

/** Some of the cases, each at a scale of its own. */
export interface Probe {
  indices: readonly number[]
  /** By position in `indices`. */
  scales: readonly number[]
}

/** Branch and bound ends when the least value is known to be above or below 0. */
const sign = { above: 0, below: 0, tolerance: 0 }

/** What is known of the margins of the predicted classes, in the boxes of a probe. */
export function* margins(
  subject: Subject,
  cases: Cases,
  level: Level,
  { indices, scales }: Probe,
  nodes = new Float64Array(indices.length),
): Asking<NativeAnswers> {
  const { inputs } = subject
  const [lower, upper] = [floats(subject, indices.length * inputs), floats(subject, indices.length * inputs)]
  indices.forEach((index, k) => {
    cases.box(index, scales[k], lower, upper, k * inputs)
  })
  const classes = Float64Array.from(indices, (index) => cases.classes[index])
  return yield* ask(subject, { rows: indices.length, lower, upper, classes, objectives: null, level, ...sign, nodes })
}

/** By how much the predicted class of each of these cases is ahead, where it is. */
export function* predictedMargins(subject: Subject, cases: Cases, indices: readonly number[]): Asking<Float64Array> {
  const { inputs, outputs } = subject
  const data = floats(subject, indices.length * inputs)
  indices.forEach((index, k) => {
    cases.write(index, cases.place(index), data, k * inputs)
  })
  const f = yield* subject.predict(data, indices.length)
  return Float64Array.from(indices, (index, k) => {
    const [own, of] = [cases.classes[index], f.subarray(k * outputs, (k + 1) * outputs)]
    if (outputs === 1) return own === 1 ? of[0] : -of[0]
    return of[own] - Math.max(...of.filter((_, c) => c !== own))
  })
}

export function* ask({ mean, bound }: Subject, questions: Omit<NativeQuestions, 'bound'>): Asking<NativeAnswers> {
  return yield* core('answer', mean, { ...questions, bound })
}

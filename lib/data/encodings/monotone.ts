import * as json from '../../io/json-reader.js'
import { checkScale, moments } from '../moments.js'
import type { Encoding, Lesson } from './encoding.js'

/** An ascending curve with figures of its own, by which values are bent before they are standardised. */
interface Curve<Figures> {
  /** @param deviation of the values, above 0. */
  learn(lesson: Lesson, deviation: number): Figures
  at(figures: Figures, value: number): number
  /** The smallest change of the value that changes the curve by 1. */
  step(figures: Figures): number
  usualValues(figures: Figures & Moments): string
  readonly read: { [Name in keyof Figures]-?: json.Reader<Figures[Name]> }
  /** Refuses figures of a model file that do not go together. */
  check?(figures: Figures, path: string): void
}

interface Moments {
  mean: number
  /** Population standard deviation, above 0. */
  deviation: number
}

/** Mean and deviation are those of the bent values. */
export type Monotone<Kind extends string, Figures> = { kind: Kind } & Figures & Moments

/** One input: (curve(value) - mean) / deviation. */
export function monotone<Kind extends string, Figures extends object>(
  kind: Kind,
  curve: Curve<Figures>,
): Encoding<Monotone<Kind, Figures>> {
  type Learned = Monotone<Kind, Figures>
  const readFigures = json.object<Learned>({
    kind: json.oneOf(kind),
    ...curve.read,
    mean: json.number,
    deviation: json.positive,
  } as never)
  return {
    supervised: false,
    learn(lesson) {
      const { name, values } = lesson
      const whole = moments(values)
      checkScale(whole.mean, whole.deviation, name)
      const figures = curve.learn(lesson, whole.deviation)
      const { mean, deviation } = moments(values.map((value) => curve.at(figures, value)))
      checkScale(mean, deviation, name)
      return { kind, ...figures, mean, deviation }
    },
    inputs: (learned, name) => [{ name, divisor: learned.deviation * curve.step(learned) }],
    write(learned, value, data, at) {
      data[at] = (curve.at(learned, value) - learned.mean) / learned.deviation
    },
    usualValues: (learned) => curve.usualValues(learned),
    read(value, path) {
      const learned = readFigures(value, path)
      curve.check?.(learned, path)
      return learned
    },
  }
}

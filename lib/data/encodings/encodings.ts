import type { Floats } from '../../core/native.js'
import * as json from '../../io/json-reader.js'
import { asinh } from './asinh.js'
import type { Encoding, Lesson, ValueInput } from './encoding.js'
import { piecewiseLinear } from './piecewise-linear.js'
import { rankNormal } from './rank-normal.js'
import { robust } from './robust.js'
import { standard } from './standard.js'

export const encodingNames = ['standard', 'asinh', 'robust', 'rank-normal', 'piecewise-linear'] as const
/** How the numbers of a column become inputs. */
export type EncodingName = (typeof encodingNames)[number]

const encodings = {
  standard,
  asinh,
  robust,
  'rank-normal': rankNormal,
  'piecewise-linear': piecewiseLinear,
} satisfies Record<EncodingName, unknown>

/** What an encoding has learned from a column, in the form that a model file has. */
export type LearnedEncoding = {
  [Name in EncodingName]: (typeof encodings)[Name] extends Encoding<infer Learned> ? Learned : never
}[EncodingName]

/** The encoding of this name, for what encodings of this name have learned. */
export const encodingNamed = (name: EncodingName) => encodings[name] as Encoding<LearnedEncoding>

/** Two different values are standardised by any encoding: every other gives the same, but for a factor. */
export function learnEncoding(name: EncodingName, lesson: Lesson): LearnedEncoding {
  const { sorted } = lesson
  const [least, most] = [sorted[0], sorted[sorted.length - 1]]
  const two = sorted.every((value) => value === least || value === most)
  return encodingNamed(two ? 'standard' : name).learn(lesson)
}

/** The inputs of a column of this name, in order. */
export const valueInputs = (learned: LearnedEncoding, name: string): ValueInput[] =>
  encodingNamed(learned.kind).inputs(learned, name)

/** Writes the inputs of a value from `at` on. */
export function writeInputs(learned: LearnedEncoding, value: number, data: Floats, at: number): void {
  encodingNamed(learned.kind).write(learned, value, data, at)
}

/** Describes the values from which an encoding was learned. */
export const usualValues = (learned: LearnedEncoding): string => encodingNamed(learned.kind).usualValues(learned)

/** From a model file. */
export const readLearned = json.oneKindOf<LearnedEncoding>(
  'kind',
  Object.fromEntries(encodingNames.map((name) => [name, encodingNamed(name).read])),
)

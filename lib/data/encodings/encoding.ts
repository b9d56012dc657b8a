import type { Floats } from '../../core/native.js'
import type { Reader } from '../../io/json-reader.js'

/** What an encoding learns a column from. */
export interface Lesson {
  /** The column, for messages. */
  name: string
  /** The values of the training rows without missing cells; not all the same. */
  values: Float64Array
  /** The same in ascending order. */
  sorted: Float64Array
  /** What these rows have as target; undefined if that is not known. */
  outcome?: Outcome | undefined
}

/** Targets of rows. */
export interface Outcome {
  /** Numbers, or class numbers from 0; [rows]. */
  values: ArrayLike<number>
  classes: boolean
}

/** An input that a value of a column becomes. */
export interface ValueInput {
  name: string
  /** The smallest change of the value that changes this input by 1. */
  divisor: number
}

/**
 * A way to turn the numbers of a column into inputs. As a value moves, its inputs move in one direction and one at a time,
 * so the slope of a prediction in units of the column is at most the largest q_t / divisor_t of its inputs t, where q_t
 * bounds the slope with respect to input t.
 *
 * `Learned` is what it learns from the training rows, in the form that a model file has.
 */
export interface Encoding<Learned> {
  /** Whether it learns from the outcome too. */
  readonly supervised: boolean
  /** @throws Refusal ERR_DATA for values too far apart or too close together. */
  learn(lesson: Lesson): Learned
  /** The inputs of a column of this name, in order. */
  inputs(learned: Learned, name: string): ValueInput[]
  /** Writes the inputs of a value from `at` on. */
  write(learned: Learned, value: number, data: Floats, at: number): void
  /** Describes the values it was learned from. */
  usualValues(learned: Learned): string
  readonly read: Reader<Learned>
}

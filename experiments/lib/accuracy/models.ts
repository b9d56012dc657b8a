import type { Problem } from './problem.js'
import type { Answers } from './score.js'

/** What a model that is fitted to a problem says of its test rows, and what that cost. */
export interface Fitted {
  answers: Answers
  /** Processor time of the whole fit, with everything that it chooses by. */
  seconds: number
  /** Of the saved model. */
  bytes: number
  /** What was chosen, as JSON. */
  setting: unknown
}

/** A model that takes part. */
export interface Model {
  name: string
  /** What determines it besides its name, as JSON; null: nothing. */
  options: unknown
  fit(problem: Problem, signal: AbortSignal): Promise<Fitted>
}

/** A model that does not, and why. */
export interface Absent {
  model: string
  reason: string
}

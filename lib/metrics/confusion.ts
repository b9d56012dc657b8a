import { mean, sum } from 'd3-array'

/** Rows by actual (first index) and predicted class. */
export function confusionMatrix(predicted: ArrayLike<number>, actual: ArrayLike<number>, classes: number): number[][] {
  const rows = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < actual.length; i++) rows[actual[i]][predicted[i]]++
  return rows
}

/** Each 0 where it would be 0 / 0, as scikit-learn has it. */
export interface ClassScores {
  /** Share of the rows predicted as the class that have it. */
  precision: number
  /** Share of the rows of the class that are predicted as it. */
  recall: number
  /** Harmonic mean of the two. */
  f1: number
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** For each class its scores, and how many rows have it and are predicted as it. */
export function classScores(confusion: readonly (readonly number[])[]) {
  return confusion.map((own, k) => {
    const [right, rows, predicted] = [own[k], sum(own), sum(confusion, (each) => each[k])]
    return {
      ...{ rows, predicted, precision: share(right, predicted), recall: share(right, rows) },
      f1: share(2 * right, rows + predicted),
    }
  })
}

type Counted = ReturnType<typeof classScores>[number]

const names = ['precision', 'recall', 'f1'] as const

/** Means over the classes that have a row or are predicted, as in scikit-learn's classification_report. */
export function macroAverage(classes: readonly Counted[]): ClassScores {
  const present = classes.filter(({ rows, predicted }) => rows + predicted > 0)
  return average((name) => mean(present, (each) => each[name]) as number)
}

/** Means over the classes, each weighted by its rows. */
export function weightedAverage(classes: readonly Counted[]): ClassScores {
  const total = sum(classes, ({ rows }) => rows)
  return average((name) => sum(classes, (each) => each.rows * each[name]) / total)
}

const average = (of: (name: keyof ClassScores) => number): ClassScores =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as unknown as ClassScores

import { mean, range, sum } from 'd3-array'

/** Rows whose probability is above `from` and at most `to`; the first bin has those of 0 too. */
export interface CalibrationBin {
  from: number
  to: number
  rows: number
  /** Mean probability that was predicted. */
  predicted: number
  /** Share of the rows for which it came true. */
  actual: number
}

export interface Calibration {
  /** Expected calibration error: mean of |predicted - actual| over the bins, weighted by their rows. */
  error: number
  /** Bins of equal width that have rows, ascending. */
  bins: CalibrationBin[]
}

const bins = 10

/**
 * Compares probabilities with what came true (0 or 1), in ten bins of equal width: the reliability curve, with the edges of
 * scikit-learn's calibration_curve, and the expected calibration error (Guo et al. 2017, equation 3).
 */
export function calibrationOf(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): Calibration {
  const members = range(bins).map((): number[] => [])
  for (let i = 0; i < probabilities.length; i++) members[binOf(probabilities[i])].push(i)
  const filled = members.flatMap((rows, k): CalibrationBin[] => {
    if (rows.length === 0) return []
    const [predicted, actual] = [probabilities, outcomes].map((values) => mean(rows, (i) => values[i]) as number)
    return [{ from: k / bins, to: (k + 1) / bins, rows: rows.length, predicted, actual }]
  })
  const error = sum(filled, ({ rows, predicted, actual }) => rows * Math.abs(predicted - actual)) / probabilities.length
  return { error, bins: filled }
}

/** A probability at an edge is in the bin below it. */
function binOf(probability: number): number {
  let bin = 0
  while (bin < bins - 1 && probability > (bin + 1) / bins) bin++
  return bin
}

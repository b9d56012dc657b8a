import { checkFinite, checkLengths, fail, type Numbers } from './checks.js'

/**
 * Area under the ROC curve: the chance that a row of class 1 has a higher score than one of class 0, ties counted half.
 *
 * @throws Refusal ERR_DATA if one of the classes has no row.
 */
export function auc(scores: Numbers, actual: Numbers): number {
  checkLengths('scores', scores, actual)
  checkFinite('scores', scores)
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let positives = 0
  let rankSum = 0
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start]]
    while (end < order.length && scores[order[end]] === score) end++
    const rank = (start + end + 1) / 2
    for (let k = start; k < end; k++) {
      const y = actual[order[k]]
      if (y !== 0 && y !== 1) fail(`actual[${order[k]}] is ${y}, expected 0 or 1`)
      positives += y
      rankSum += y * rank
    }
  }
  const negatives = order.length - positives
  if (positives === 0 || negatives === 0) fail(`actual has only class ${actual[0]}, expected 0 and 1`)
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** The rates at which rows of class 0 and of class 1 have a score of at least each threshold. */
export interface Roc {
  falsePositiveRate: number[]
  truePositiveRate: number[]
  /** Descending; the first, above all scores, is Infinity. */
  thresholds: number[]
}

/** A curve of more corners is thinned. */
const maxSteps = 200

/**
 * The ROC curve from (0, 0) to (1, 1). As in scikit-learn's roc_curve, rows of equal score make one step, and points
 * after the first step that are in line with their neighbours are left out. Beyond 200 steps the curve has the points that first reach each 200th of
 * the way, which is the sum of both rates.
 *
 * @throws Refusal ERR_DATA as auc.
 */
export function rocCurve(scores: Numbers, actual: Numbers): Roc {
  auc(scores, actual)
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a])
  const points = [{ falses: 0, trues: 0, threshold: Infinity }]
  let [falses, trues] = [0, 0]
  order.forEach((row, k) => {
    if (actual[row] === 1) trues++
    else falses++
    if (scores[order[k + 1]] !== scores[row]) points.push({ falses, trues, threshold: scores[row] })
  })
  const corners = points.filter(({ falses, trues }, k) => {
    if (k <= 1 || k === points.length - 1) return true
    const [before, after] = [points[k - 1], points[k + 1]]
    return falses - before.falses !== after.falses - falses || trues - before.trues !== after.trues - trues
  })
  const shown = thinned(corners, (point) => point.falses / falses + point.trues / trues)
  return {
    falsePositiveRate: shown.map((point) => point.falses / falses),
    truePositiveRate: shown.map((point) => point.trues / trues),
    thresholds: shown.map(({ threshold }) => threshold),
  }
}

/** The points that first reach each step of the way from 0 to 2, and the last. */
function thinned<Point>(points: readonly Point[], way: (point: Point) => number): readonly Point[] {
  if (points.length <= maxSteps + 1) return points
  const stepOf = (point: Point) => Math.floor((way(point) * maxSteps) / 2)
  return points.filter((point, k) => {
    return k === 0 || k === points.length - 1 || stepOf(point) > stepOf(points[k - 1])
  })
}

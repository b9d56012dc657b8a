import { range } from 'd3-array'
import type { Label } from '../data/target.js'
import { type Calibration, calibrationOf } from '../metrics/calibration.js'
import { accuracy, logSumExp, softmaxLogLoss } from '../metrics/classification.js'
import { type ClassScores, classScores, confusionMatrix, macroAverage, weightedAverage } from '../metrics/confusion.js'
import { type Quantiles, quantilesOf } from '../metrics/quantiles.js'
import { explained, mae, rmse } from '../metrics/regression.js'
import { auc, type Roc, rocCurve } from '../metrics/roc.js'
import { probabilities } from '../network/probabilities.js'
import type { Outputs } from '../network/results.js'
import { shownClassifierMetrics, shownRegressorMetrics } from './result-texts.js'

/** Errors in the units of the target; docs/evaluation.md defines each. */
export interface RegressorMetrics {
  rows: number
  /** Root of the mean squared error. */
  rmse: number
  /** Mean absolute error. */
  mae: number
  /** Share of the variance that is explained; absent if the target is constant or nearly so. */
  r2?: number
  /** rmse in scaled units: divided by half the inter-quartile range of the training rows' target. */
  scaledRmse: number
  /** Quantiles of the residuals, actual - predicted. */
  residuals: Quantiles
  /** Quantiles of |actual - predicted|. */
  absoluteErrors: Quantiles
  /** Predicted and actual values of up to 500 rows, at equal steps in the order of their residuals, both ends included. */
  points: { predicted: number[]; actual: number[] }
}

/** Of one class against all others. */
export interface ClassMetrics extends ClassScores {
  label: Label
  /** Rows that have the class. */
  rows: number
  /** Rows that are predicted as it. */
  predicted: number
}

/** Of one class against all others; thresholds are probabilities, but for the first, which is Infinity. */
export interface ClassRoc extends Roc {
  label: Label
  /** Area under the curve. */
  auc: number
}

/** docs/evaluation.md defines each. */
export interface ClassifierMetrics {
  rows: number
  /** Mean cross-entropy, in nats. */
  logLoss: number
  /** Share of rows whose label is right. */
  accuracy: number
  /**
   * Area under the ROC curve of the second of two classes; of several classes, the mean of the areas of each against the
   * others. Absent if a class has no row.
   */
  auc?: number
  /** In the order of `classes` of the model. */
  classes: ClassMetrics[]
  /** Means over the classes. */
  macro: ClassScores
  /** Means over the classes, each weighted by its rows. */
  weighted: ClassScores
  /** Rows by actual (first index) and predicted class, in the order of `classes`. */
  confusion: number[][]
  /** Of the second of two classes; of several, of each one that some rows have and others have not. */
  roc: ClassRoc[]
  /** Of the probability of the second of two classes; of several, of the probability of the predicted one. */
  calibration: Calibration
}

/** @param scale of the target. */
export function regressorMetrics(predicted: Float64Array, actual: Float64Array, scale: number): RegressorMetrics {
  const error = rmse(predicted, actual)
  const share = explained(predicted, actual)
  const residuals = actual.map((value, i) => value - predicted[i])
  return shownRegressorMetrics({
    rows: actual.length,
    rmse: error,
    mae: mae(predicted, actual),
    ...(share !== undefined && { r2: share }),
    scaledRmse: error / scale,
    residuals: quantilesOf(residuals),
    absoluteErrors: quantilesOf(residuals.map(Math.abs)),
    points: pointsOf(predicted, actual, residuals),
  })
}

const maxPoints = 500

function pointsOf(predicted: Float64Array, actual: Float64Array, residuals: Float64Array): RegressorMetrics['points'] {
  const order = Array.from(residuals.keys()).sort((a, b) => residuals[a] - residuals[b] || a - b)
  const step = (order.length - 1) / (maxPoints - 1)
  const shown = order.length <= maxPoints ? order : range(maxPoints).map((k) => order[Math.round(k * step)])
  shown.sort((a, b) => a - b)
  return { predicted: shown.map((i) => predicted[i]), actual: shown.map((i) => actual[i]) }
}

/** @param logits one per class, row-major [rows, classes]. @param actual class numbers, as `predicted`. */
export function classifierMetrics(
  { logits, predicted, actual }: { logits: Float64Array; predicted: Uint32Array; actual: Uint32Array },
  labels: readonly Label[],
): ClassifierMetrics {
  const classes = labels.length
  const confusion = confusionMatrix(predicted, actual, classes)
  const counted = classScores(confusion)
  const roc = rocOf(logits, actual, labels)
  const whole = counted.every(({ rows }) => rows > 0)
  return shownClassifierMetrics({
    rows: actual.length,
    logLoss: softmaxLogLoss(logits, actual, classes),
    accuracy: accuracy(predicted, actual),
    ...(whole && { auc: roc.reduce((sum, each) => sum + each.auc, 0) / roc.length }),
    classes: counted.map((each, k) => ({ label: labels[k], ...each })),
    macro: macroAverage(counted),
    weighted: weightedAverage(counted),
    confusion,
    roc,
    calibration: reliability(logits, predicted, actual, classes),
  })
}

function rocOf(logits: Float64Array, actual: Uint32Array, labels: readonly Label[]): ClassRoc[] {
  const classes = labels.length
  return range(classes === 2 ? 1 : 0, classes).flatMap((k): ClassRoc[] => {
    const own = Uint32Array.from(actual, (y) => (y === k ? 1 : 0))
    if (own.every((value) => value === own[0])) return []
    const scores = logOdds(logits, k, classes)
    const { thresholds, ...rates } = rocCurve(scores, own)
    const chances = thresholds.map((odds) => (odds === Infinity ? odds : 1 / (1 + Math.exp(-odds))))
    return [{ label: labels[k], auc: auc(scores, own), ...rates, thresholds: chances }]
  })
}

/** Logarithm of the odds of a class, which, unlike its probability, never rounds to that of 1. */
function logOdds(logits: Float64Array, k: number, classes: number): Float64Array {
  return Float64Array.from({ length: logits.length / classes }, (_, i) => {
    const row = logits.slice(i * classes, (i + 1) * classes)
    const own = row[k]
    row[k] = -Infinity
    // in order, so that rows with the same logits tie whatever the sum rounds
    return own - logSumExp(row.sort(), 0, classes)
  })
}

function reliability(logits: Float64Array, predicted: Uint32Array, actual: Uint32Array, classes: number): Calibration {
  const chances = probabilities(logits.slice(), classes, 'softmax') as Float64Array
  const judged = classes === 2 ? predicted.map(() => 1) : predicted
  const stated = Float64Array.from(judged, (k, i) => chances[i * classes + k])
  return calibrationOf(
    stated,
    judged.map((k, i) => (actual[i] === k ? 1 : 0)),
  )
}

/** One logit per class; a single output is the logit of the second class, and the first class has 0. */
export function classLogits({ data, shape: [rows, outputs] }: Outputs) {
  const shape: [rows: number, classes: number] = [rows, Math.max(2, outputs)]
  if (outputs > 1) return { data: Float64Array.from(data), shape }
  return { data: Float64Array.from({ length: 2 * rows }, (_, k) => (k % 2 === 0 ? 0 : data[(k - 1) / 2])), shape }
}

/** Class of the first largest logit of each row. */
export function mostLikely(logits: Float64Array, [rows, classes]: readonly [number, number]): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    return row.indexOf(Math.max(...row))
  })
}

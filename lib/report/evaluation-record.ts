import { readLabel } from '../data/target.js'
import type { ClassifierMetrics, ClassMetrics, ClassRoc, RegressorMetrics } from '../estimators/evaluation.js'
import { metricNames } from '../estimators/metric.js'
import { array, number, object, odd, optional, type Reader } from '../io/json-reader.js'
import type { Calibration, CalibrationBin } from '../metrics/calibration.js'
import type { ClassScores } from '../metrics/confusion.js'
import { type Quantiles, quantileShares } from '../metrics/quantiles.js'
import type { Scores } from './scores.js'

/** JSON has null for numbers that are not finite. */
export const finiteOr =
  <T>(otherwise: T): Reader<number | T> =>
  (value, path) =>
    value === null ? otherwise : number(value, path)

/** A metric that was not finite is absent. */
const metric = optional(finiteOr(undefined))
const metricReaders = Object.fromEntries(metricNames.map((name) => [name, metric]))
const metricValues = object(metricReaders) as Reader<Scores['baseline']>

const quantiles = object(
  Object.fromEntries(Object.keys(quantileShares).map((name) => [name, number])),
) as unknown as Reader<Quantiles>
const classScores = { precision: number, recall: number, f1: number }
const average = object<ClassScores>(classScores)

/** An object whose arrays have one length. */
function even<T extends object>(read: Reader<T>): Reader<T> {
  return (value, path) => {
    const found = read(value, path)
    const lengths = Object.values(found).flatMap((each) => (Array.isArray(each) ? [each.length] : []))
    return new Set(lengths).size > 1 ? odd(`${path} has arrays of ${lengths.join(', ')} entries`) : found
  }
}

const points = even(object<RegressorMetrics['points']>({ predicted: array(number), actual: array(number) }))
const roc = even(
  object<ClassRoc>({
    label: readLabel,
    auc: number,
    falsePositiveRate: array(number),
    truePositiveRate: array(number),
    thresholds: array(finiteOr(Number.POSITIVE_INFINITY)),
  }),
)
const bin = object<CalibrationBin>({ from: number, to: number, rows: number, predicted: number, actual: number })
const classMetrics = object<ClassMetrics>({ label: readLabel, rows: number, predicted: number, ...classScores })

const readers = object({
  ...metricReaders,
  rows: number,
  baseline: metricValues,
  linear: optional(metricValues),
  residuals: optional(quantiles),
  absoluteErrors: optional(quantiles),
  points: optional(points),
  classes: optional(array(classMetrics)),
  macro: optional(average),
  weighted: optional(average),
  confusion: optional(array(array(number))),
  roc: optional(array(roc)),
  calibration: optional(object<Calibration>({ error: number, bins: array(bin) })),
}) as unknown as Reader<Scores>

/** What `evaluate` gave for a part of the rows, and the baselines. Records before 0.2 have the scores alone. */
export const readScores: Reader<Scores> = (value, path) => {
  const scores = readers(value, path)
  const { classes, confusion }: Partial<ClassifierMetrics> = scores
  if ((classes === undefined) !== (confusion === undefined)) odd(`${path} needs both classes and confusion, or neither`)
  if (classes === undefined || confusion === undefined) return scores
  const square = confusion.length === classes.length && confusion.every((row) => row.length === classes.length)
  return square ? scores : odd(`${path}.confusion must be ${classes.length} rows of ${classes.length} numbers`)
}

import { deviation, mean } from 'd3-array'
import { type ClassLabels, type Label, numericTarget } from '../data/target.js'
import type { TargetScaler } from '../data/target-scaler.js'
import { probabilities } from '../network/probabilities.js'
import type { Table } from '../tables/table.js'
import type { Stopped } from '../words.js'
import { PsilonClassifier } from './classifier.js'
import {
  type ClassifierMetrics,
  classifierMetrics,
  mostLikely,
  type RegressorMetrics,
  regressorMetrics,
} from './evaluation.js'
import { type MetricValues, metricNames } from './metric.js'
import type { Model } from './models.js'
import { shownValidation } from './result-texts.js'
import type { FitSummary } from './training.js'

/** What came of a fold. */
export interface FoldResult extends Pick<FitSummary, 'lambda' | 'encoding' | 'hidden' | 'sparsity' | 'seconds'> {
  /** Which division into folds, and which of its folds; both from 0. */
  repeat: number
  fold: number
  rows: { train: number; test: number }
  /** Scores of `evaluate` on the rows of the fold. */
  scores: MetricValues
  /** Scores of always predicting the mean, or the base rates, of the rows that trained. */
  baseline: MetricValues
  /** Scores of ridge or logistic regression on these rows; absent for a table that is too large. */
  linear?: MetricValues
  /** Path norm of the model (improved bound). */
  pathNorm: number
}

interface Shared {
  target: string
  /** Whether all folds have ended. */
  stopped: Exclude<Stopped, 'early-stopping'>
  folds: FoldResult[]
  /** Means over the folds that have the score. */
  mean: MetricValues
  /** Standard deviations over these folds, with n - 1; absent for a single one. */
  deviation: MetricValues
  /** Means of the baselines. */
  baseline: MetricValues
  linear: MetricValues
}

/**
 * What cross-validation found. `predictions` are of the rows that were held out, `rows` (ascending), by models that never saw
 * them; with several repeats, means of their values or logits. `evaluation` is what `evaluate` would give for these
 * predictions; null if there are none.
 */
export type CrossValidation =
  | (Shared & {
      task: 'regression'
      predictions: { rows: Uint32Array; values: Float64Array }
      evaluation: RegressorMetrics | null
    })
  | (Shared & {
      task: 'classification'
      predictions: {
        rows: Uint32Array
        labels: Label[]
        /** Row-major [rows, classes]. */
        probabilities: { data: Float64Array; shape: [rows: number, classes: number] }
        classes: readonly Label[]
      }
      evaluation: ClassifierMetrics | null
    })

/** Sums of out-of-fold outputs: values, or logits. */
export class OutOfFold {
  readonly #sums: Float64Array
  readonly #times: Uint32Array
  /** Values or class numbers. */
  readonly #actual: Float64Array
  readonly #width: number

  /** @param rows of the whole table. */
  constructor(
    readonly coding: TargetScaler | ClassLabels,
    rows: number,
  ) {
    this.#width = 'labels' in coding ? coding.labels.length : 1
    this.#sums = new Float64Array(rows * this.#width)
    this.#times = new Uint32Array(rows)
    this.#actual = new Float64Array(rows)
  }

  /** Adds the outputs of a model for rows of the whole table. */
  async add(model: Model, test: Table, rows: Uint32Array): Promise<void> {
    const isClassifier = model instanceof PsilonClassifier
    const outputs = isClassifier ? await model.logits(test) : (await model.predict(test)).values
    const actual = 'labels' in this.coding ? this.coding.encode(test, model.target) : numericTarget(test, model.target)
    rows.forEach((row, i) => {
      for (let k = 0; k < this.#width; k++) this.#sums[row * this.#width + k] += outputs[i * this.#width + k]
      this.#times[row]++
      this.#actual[row] = actual[i]
    })
  }

  /** Means of the outputs of the rows that were held out. */
  means() {
    const rows = Uint32Array.from(this.#times.keys()).filter((row) => this.#times[row] > 0)
    const width = this.#width
    const outputs = Float64Array.from({ length: rows.length * width }, (_, at) => {
      const row = rows[Math.floor(at / width)]
      return this.#sums[row * width + (at % width)] / this.#times[row]
    })
    return { rows, outputs, actual: Float64Array.from(rows, (row) => this.#actual[row]) }
  }
}

export function summaryOfFolds(
  folds: FoldResult[],
  known: OutOfFold,
  { target, planned }: { target: string; planned: number },
): CrossValidation {
  const shared: Shared = {
    target,
    stopped: folds.length === planned ? 'completed' : 'cancelled',
    folds,
    mean: overFolds(folds, ({ scores }) => scores, mean),
    deviation: overFolds(folds, ({ scores }) => scores, deviation),
    baseline: overFolds(folds, ({ baseline }) => baseline, mean),
    linear: overFolds(folds, ({ linear = {} }) => linear, mean),
  }
  const { rows, outputs, actual } = known.means()
  const none = rows.length === 0
  const { coding } = known
  if (!('labels' in coding)) {
    const evaluation = none ? null : regressorMetrics(outputs, actual, coding.spread)
    return shownValidation({ task: 'regression', ...shared, predictions: { rows, values: outputs }, evaluation })
  }
  const classes = coding.labels
  const shape: [number, number] = [rows.length, classes.length]
  const predicted = mostLikely(outputs, shape)
  const evaluation = none
    ? null
    : classifierMetrics({ logits: outputs, predicted, actual: Uint32Array.from(actual) }, classes)
  const data = probabilities(outputs.slice(), classes.length, 'softmax') as Float64Array
  const predictions = { rows, labels: coding.decode(predicted), probabilities: { data, shape }, classes }
  return shownValidation({ task: 'classification', ...shared, predictions, evaluation })
}

/** A statistic of each score over the folds that have it. */
function overFolds(
  folds: readonly FoldResult[],
  of: (fold: FoldResult) => MetricValues,
  statistic: (values: number[]) => number | undefined,
): MetricValues {
  const given = metricNames.map((name) => [name, statistic(folds.flatMap((fold) => of(fold)[name] ?? []))] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

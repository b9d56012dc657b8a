import type { ClassLabels } from '../../data/target.js'
import { numericTarget } from '../../data/target.js'
import type { TargetScaler } from '../../data/target-scaler.js'
import type { Table } from '../../tables/table.js'
import { classification, PsilonClassifier } from '../classifier.js'
import { learnTable, type TargetEncoder } from '../data.js'
import { classifierMetrics, classLogits, mostLikely, regressorMetrics } from '../evaluation.js'
import { type MetricValues, metricValues } from '../metric.js'
import type { Model } from '../models.js'
import { type PsilonRegressor, regression } from '../regressor.js'
import { applyLinear, fitLinear } from './linear-model.js'

/** Scores of a baseline on a table; undefined if a prediction exceeds the range of a number. */
export type Baseline = (table: Table) => MetricValues | undefined

/** More numbers (rows times inputs times outputs) than this take too long. */
const maxNumbers = 1e8

/**
 * Ridge regression of the target as the model learns it, or logistic regression of the classes, on the standardised inputs of the training
 * rows.
 *
 * @returns null if the table is too large.
 */
export function linearBaseline(model: Model, train: Table): Baseline | null {
  return model instanceof PsilonClassifier ? ofClasses(model, train) : ofValues(model, train)
}

function ofValues(model: PsilonRegressor, train: Table): Baseline | null {
  const fitted = fit<TargetScaler>(model, train, regression({ targetTransform: model.options.targetTransform }))
  if (fitted === null) return null
  const { coding, outputsOf } = fitted
  return (table) => {
    const predicted = coding.targetsOf(outputsOf(table))
    if (!predicted.every(Number.isFinite)) return undefined
    return metricValues(regressorMetrics(predicted, numericTarget(table, model.target), coding.spread))
  }
}

function ofClasses(model: PsilonClassifier, train: Table): Baseline | null {
  const fitted = fit<ClassLabels>(model, train, classification(undefined))
  if (fitted === null) return null
  const { coding, outputs, outputsOf } = fitted
  return (table) => {
    const { data: logits, shape } = classLogits({ data: outputsOf(table), shape: [table.rows, outputs] })
    const actual = coding.encode(table, model.target)
    return metricValues(classifierMetrics({ logits, predicted: mostLikely(logits, shape), actual }, coding.labels))
  }
}

function fit<Coding>({ target, options }: Model, train: Table, encoder: TargetEncoder<Coding>) {
  const { ignore = [], categorical = [] } = options
  const { coding, preprocessor } = learnTable(train, encoder, { target, ignore, categorical, encoding: 'standard' })
  const { loss, outputs } = encoder.shape(coding)
  if (train.rows * preprocessor.features.length * outputs > maxNumbers) return null
  const inputsOf = (table: Table) => preprocessor.transform(table, 'float64').x
  const { y } = encoder.encode(coding, train, target)
  const model = fitLinear(inputsOf(train), y, loss === 'mse' ? 'values' : 'classes', outputs)
  return { coding, outputs, outputsOf: (table: Table) => applyLinear(model, inputsOf(table)) }
}

import { PsilonClassifier } from '../estimators/classifier.js'
import { type AnyModel, isEstimator } from '../estimators/models.js'

/** How far one column can move the prediction. */
export interface InfluenceRow {
  name: string
  /** For a standard deviation of the column; of a category from any level to any other; of a bare input, for 1. */
  standardized: number
  /** For a unit of a numeric column; null for a category. */
  perUnit: number | null
  /** Standard deviation in the training rows; null for a category. */
  deviation: number | null
}

export interface InfluenceFigure {
  /** Most influential first. */
  rows: InfluenceRow[]
  /** What moves: `price`, `log-odds`. */
  unit: string
  /** Whether the rows are inputs of a bare network, which knows of no columns. */
  bare: boolean
}

export function influenceFigure(model: AnyModel): InfluenceFigure {
  if (!isEstimator(model)) {
    const rows = Array.from(model.influence(), (bound, j) => {
      return { name: `input ${j}`, standardized: bound, perUnit: bound, deviation: null }
    })
    return { rows: rows.sort((a, b) => b.standardized - a.standardized), unit: 'sum of the outputs', bare: true }
  }
  const rows = model.influence().map(({ column, kind, bound, standardized }) => {
    const value = model.features.find((feature) => feature.column === column && feature.kind === 'value')
    const perUnit = kind === 'numeric' ? bound : null
    return { name: column, standardized, perUnit, deviation: value?.divisor ?? null }
  })
  return { rows, unit: unitOf(model), bare: false }
}

function unitOf(model: Exclude<AnyModel, { predictSync: unknown }>): string {
  if (!(model instanceof PsilonClassifier)) return model.target
  return model.classes.length === 2 ? 'log-odds' : 'logit of any class'
}

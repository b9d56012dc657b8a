import type { ScalingKind } from '../data/scaling.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import { type AnyModel, isEstimator } from '../estimators/models.js'

/** How far one column can move the prediction. */
interface InfluenceRow {
  name: string
  /** Per `divisor` of the column; for a category, from any level to any other; for a bare input, per 1. */
  standardized: number
  /** Per unit of a numeric column; null for a category. */
  perUnit: number | null
  /** Divisor of the column's feature; null for a category. */
  divisor: number | null
}

export interface InfluenceFigure {
  /** Most influential first. */
  rows: InfluenceRow[]
  /** What moves: `price`, `log-odds`. */
  unit: string
  /** How columns became inputs; null for a bare network, which has no columns. */
  scaling: ScalingKind | null
}

export function influenceFigure(model: AnyModel): InfluenceFigure {
  if (!isEstimator(model)) {
    const rows = Array.from(model.influence(), (bound, j) => {
      return { name: `input ${j}`, standardized: bound, perUnit: bound, divisor: null }
    })
    return { rows: rows.sort((a, b) => b.standardized - a.standardized), unit: 'sum of the outputs', scaling: null }
  }
  const rows = model.influence().map(({ column, kind, bound, standardized }) => {
    const value = model.features.find((feature) => feature.column === column && feature.kind === 'value')
    const perUnit = kind === 'numeric' ? bound : null
    return { name: column, standardized, perUnit, divisor: value?.divisor ?? null }
  })
  return { rows, unit: unitOf(model), scaling: model.options.scaling ?? 'standard' }
}

function unitOf(model: Exclude<AnyModel, { predictSync: unknown }>): string {
  if (!(model instanceof PsilonClassifier)) return model.target
  return model.classes.length === 2 ? 'log-odds' : 'logit of any class'
}

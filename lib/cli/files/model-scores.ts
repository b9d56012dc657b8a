import { constantBaseline } from '../../estimators/baselines/constant.js'
import type { Baseline } from '../../estimators/baselines/linear.js'
import type { Model } from '../../estimators/models.js'
import type { Scores } from '../../report/scores.js'
import type { Table } from '../../tables/table.js'

/**
 * @param known training rows, from which the baseline takes the mean or the base rates.
 * @param linear another baseline, fitted on them.
 */
export async function scoresOf(model: Model, table: Table, known: Table, linear?: Baseline | null): Promise<Scores> {
  const evaluated = await model.evaluate(table)
  const baseline = constantBaseline(model, table, known, evaluated)
  const other = linear?.(table)
  return { ...evaluated, baseline, ...(other && { linear: other }) }
}

import { PsilonError } from '../errors.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import { PsilonRegressor } from '../estimators/regressor.js'
import { fileName } from '../io/file-error.js'
import { load } from '../load.js'
import type { PsilonNet, PsilonResNet } from '../network/network.js'
import { warn } from './output.js'
import { listed } from './print.js'

export type Model = PsilonRegressor | PsilonClassifier
export type AnyModel = Model | PsilonNet | PsilonResNet

export const isEstimator = (model: AnyModel): model is Model =>
  model instanceof PsilonRegressor || model instanceof PsilonClassifier

/** Those whose mean the model is; mostly one. */
export const networksOf = (model: AnyModel): readonly (PsilonNet | PsilonResNet)[] =>
  isEstimator(model) ? model.members : [model]

/** @throws PsilonError ERR_UNSUPPORTED for the file of a bare network, which knows nothing of tables. */
export async function loadEstimator(path: string, operation: string): Promise<Model> {
  const model = await load(path)
  if (isEstimator(model)) return model
  const expected = 'expected a model that was trained on a table, by psilon train or an estimator'
  throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] ${fileName(path)} holds a bare network, ${expected}`)
}

/** Warns of what a table holds that training did not know. */
export function warnOfNotes(notes: { unseen: Record<string, string[]>; missing: Record<string, number> }): void {
  for (const [column, levels] of Object.entries(notes.unseen)) {
    warn(`column "${column}" holds what training never saw: ${listed(levels.map((level) => JSON.stringify(level)))}`)
  }
  for (const [column, cells] of Object.entries(notes.missing)) {
    warn(`column "${column}" has ${cells} missing ${cells === 1 ? 'cell' : 'cells'}`)
  }
}

import type { PsilonNet, PsilonResNet } from '../network/network.js'
import { PsilonClassifier } from './classifier.js'
import { PsilonRegressor } from './regressor.js'

export type Model = PsilonRegressor | PsilonClassifier
export type AnyModel = Model | PsilonNet | PsilonResNet

export const isEstimator = (model: AnyModel): model is Model =>
  model instanceof PsilonRegressor || model instanceof PsilonClassifier

/** The networks whose mean is the model; usually one. */
export const networksOf = (model: AnyModel): readonly (PsilonNet | PsilonResNet)[] =>
  isEstimator(model) ? model.members : [model]

export {
  type ClassifierCertificate,
  type ClassifierMetrics,
  type ClassifierOptions,
  type ClassifierPrediction,
  PsilonClassifier,
} from './classifier.js'
export type { Feature } from './data/column-plan.js'
export type { MatrixInput } from './data/matrix.js'
export type { Table, TableInput } from './data/table.js'
export type { ClassWeight, Label } from './data/target.js'
export { type Device, devices } from './devices.js'
export { type ErrorCode, PsilonError } from './errors.js'
export type { EstimatorFitOptions, EstimatorRun, TableNotes } from './estimator.js'
export type { FitEvent } from './estimator-fits.js'
export type { Influence } from './estimator-influence.js'
export type { EstimatorOptions, Selection } from './estimator-options.js'
export type { Candidate } from './estimator-search.js'
export type { FitSummary } from './estimator-training.js'
export type {
  EarlyStopping,
  FitOptions,
  PruneAmount,
  PruneSchedule,
  TrainingData,
  ValidationData,
} from './fit-options.js'
export { load } from './load.js'
export type {
  Bound,
  Dtype,
  Epoch,
  Floats,
  LayerSparsity,
  Loss,
  NetworkConfig,
  Normalization,
  Parameters,
  Projection,
  Regularizer,
  Schedule,
  Tensor,
} from './native.js'
export { PsilonNet, PsilonResNet } from './network.js'
export type { Certificate, Compaction, Outputs, Sparsity } from './network-results.js'
export type { BoundOptions, NetworkOptions, PsilonNetOptions, PsilonResNetOptions } from './options.js'
export {
  PsilonRegressor,
  type RegressorMetrics,
  type RegressorOptions,
  type RegressorPrediction,
} from './regressor.js'
export type { History } from './training.js'
export type { TrainingRun } from './training-run.js'
export { version } from './version.js'

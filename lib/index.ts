/// <reference lib="esnext.disposable" preserve="true" />
export type { Cell } from './data/cells.js'
export type { Feature } from './data/column-plan.js'
export type { MatrixInput } from './data/matrix.js'
export type { Reading, ReadOptions } from './data/read-options.js'
export type { Table, TableInput } from './data/table.js'
export type { ClassWeight, Label } from './data/target.js'
export { type Device, devices } from './devices.js'
export { type ErrorCode, PsilonError } from './errors.js'
export {
  type ClassifierCertificate,
  type ClassifierMetrics,
  type ClassifierPrediction,
  PsilonClassifier,
} from './estimators/classifier.js'
export type { EstimatorFitOptions, EstimatorRun, RowsInput, TableNotes } from './estimators/estimator.js'
export type {
  ClassifierOptions,
  EstimatorOptions,
  LambdaRule,
  RegressorOptions,
  Selection,
} from './estimators/estimator-options.js'
export type { FitEvent } from './estimators/fits.js'
export type { Influence } from './estimators/influence.js'
export {
  PsilonRegressor,
  type RegressorMetrics,
  type RegressorPrediction,
} from './estimators/regressor.js'
export type { Candidate } from './estimators/search.js'
export type { FitSummary } from './estimators/training.js'
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
  Precision,
  Projection,
  Regularizer,
  Schedule,
  Tensor,
} from './native.js'
export { type EpochOfMany, type FitManyOptions, type FitOfMany, fitMany } from './network/fit-many.js'
export type {
  EarlyStopping,
  FitOptions,
  PruneAmount,
  PruneSchedule,
  TrainingData,
  ValidationData,
} from './network/fit-options.js'
export type { History } from './network/history.js'
export { PsilonNet, PsilonResNet } from './network/network.js'
export type { BoundOptions, NetworkOptions, PsilonNetOptions, PsilonResNetOptions } from './network/network-options.js'
export type { PredictOptions } from './network/predict-options.js'
export type { Certificate, Compaction, Outputs, Sparsity } from './network/results.js'
export type { TrainingRun } from './network/training-run.js'
export { readTable } from './read-table.js'
export { version } from './version.js'

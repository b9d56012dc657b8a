/// <reference lib="esnext.disposable" preserve="true" />

export type { Epoch, Floats, LayerSparsity, NetworkConfig, Parameters, Tensor } from './core/native.js'
export type { Feature } from './data/column-encoding.js'
export type { EncodingName } from './data/encodings/encodings.js'
export type { MatrixInput } from './data/matrix.js'
export type { TableNotes } from './data/preprocess.js'
export type { ClassWeight, Label } from './data/target.js'
export { type ErrorCode, PsilonError } from './errors/errors.js'
export type { Monotonicity, Pair } from './estimators/certificates/monotone.js'
export type {
  ClassifierCertifyOptions,
  ClassifierMonotoneOptions,
  ClassifierRangeOptions,
  EstimatorRangeOptions,
  MonotoneOptions,
} from './estimators/certificates/options.js'
export type { Tolerance, Within } from './estimators/certificates/within.js'
export {
  type ClassifierCertificate,
  type ClassifierPrediction,
  PsilonClassifier,
} from './estimators/classifier.js'
export { crossValidate } from './estimators/cross-validate.js'
export type { CrossValidationOptions } from './estimators/cross-validation-options.js'
export type { CrossValidation, FoldResult } from './estimators/cross-validation-summary.js'
export type { EstimatorFitOptions } from './estimators/data.js'
export type { Diverged } from './estimators/divergence.js'
export type { EstimatorRun } from './estimators/estimator.js'
export type {
  ClassifierOptions,
  EstimatorOptions,
  LambdaRule,
  RegressorOptions,
  Selection,
} from './estimators/estimator-options.js'
export type { ClassifierMetrics, ClassMetrics, ClassRoc, RegressorMetrics } from './estimators/evaluation.js'
export type { FitEvent } from './estimators/fits.js'
export type { EstimatorInfluenceOptions, Influence } from './estimators/influence.js'
export type { MetricName } from './estimators/metric.js'
export {
  PsilonRegressor,
  type RegressorPrediction,
} from './estimators/regressor.js'
export type { RowsInput } from './estimators/rows.js'
export type { Candidate } from './estimators/search.js'
export type { FitSummary } from './estimators/training.js'
export type { CExportOptions, JavaScriptOptions, OnnxOptions } from './export/options.js'
export type { WeightFormat } from './export/weights/formats.js'
export type { History } from './fit/history.js'
export type {
  EarlyStopping,
  FitOptions,
  PruneAmount,
  PruneSchedule,
  TrainingData,
  ValidationData,
} from './fit/options.js'
export type { TrainingRun } from './fit/run.js'
export type { FileOrBytes } from './io/random-access.js'
export { load } from './load.js'
export { type Device, devices } from './machine/devices.js'
export type { Calibration, CalibrationBin } from './metrics/calibration.js'
export type { ClassScores } from './metrics/confusion.js'
export type { Quantiles } from './metrics/quantiles.js'
export { type EpochOfMany, type FitManyOptions, type FitOfMany, fitMany } from './network/fit-many.js'
export { fromParameters, type ImportOptions, importNetwork } from './network/from-parameters.js'
export { PsilonNet, PsilonResNet } from './network/network.js'
export type {
  BoundOptions,
  CertifyOptions,
  NetworkCertifyOptions,
  NetworkOptions,
  NetworkRangeOptions,
  PathNormOptions,
  PredictOptions,
  PsilonNetOptions,
  PsilonResNetOptions,
  RangeOptions,
} from './network/options.js'
export type { Certificate, Compaction, Outputs, Range, Sparsity } from './network/results.js'
export { readTable } from './read-table.js'
export { sweepCsv } from './sweep/csv.js'
export type { SweepGrid, SweepOptions, SweepRandom, SweepRange, TrialOptions } from './sweep/options.js'
export { type SweepWorkerOptions, sweepWorker, type WorkerSummary } from './sweep/redis/sweep-worker.js'
export type { MeasuredTrial, TrialResult } from './sweep/run-trial.js'
export type { SettingSummary, SweepSummary } from './sweep/summary.js'
export { type SweepEvent, sweep } from './sweep/sweep.js'
export type { Cell } from './tables/cells.js'
export type { Reading, ReadOptions } from './tables/read-options.js'
export type { Table, TableInput } from './tables/table.js'
export { version } from './version.js'
export type { Bound, Dtype, Level, Loss, Normalization, Precision, Projection, Regularizer, Schedule } from './words.js'

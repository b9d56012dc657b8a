export type { MatrixInput } from './data/matrix.js'
export { type Device, devices } from './devices.js'
export { type ErrorCode, PsilonError } from './errors.js'
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
export type { History } from './training.js'
export type { TrainingRun } from './training-run.js'
export { version } from './version.js'

/**
 * The words that options take and results have. The core declares the same, with the same traits: a test compares them.
 */

/** Kinds of networks: PsilonNet and PsilonResNet. */
export const kinds = ['mlp', 'resnet'] as const
export type NetworkKind = (typeof kinds)[number]

export const normalizations = ['l1', 'l2', 'none'] as const
export type Normalization = (typeof normalizations)[number]

export const dtypes = ['float32', 'float64'] as const
export type Dtype = (typeof dtypes)[number]

export const bounds = ['original', 'improved', 'tight'] as const
export type Bound = (typeof bounds)[number]

/** How certificates find bounds, each at least as good as the one before. */
export const levels = ['global', 'local', 'linear', 'exact'] as const
export type Level = (typeof levels)[number]

/** The target of a row: a number for each output, a probability for each output, or one class number, 0 .. outputs - 1. */
export const targets = ['numbers', 'probabilities', 'class'] as const
export type Targets = (typeof targets)[number]

/**
 * How outputs become probabilities: not at all, as they are the predicted values; each by itself; or all of a row
 * together.
 */
export const links = ['none', 'sigmoid', 'softmax'] as const
export type Link = (typeof links)[number]

export interface LossTraits {
  targets: Targets
  link: Link
  /** Whether the root of the mean loss is in the unit of the targets. */
  squared: boolean
}
export const lossTraits = {
  mse: { targets: 'numbers', link: 'none', squared: true },
  huber: { targets: 'numbers', link: 'none', squared: false },
  bce: { targets: 'probabilities', link: 'sigmoid', squared: false },
  softmax: { targets: 'class', link: 'softmax', squared: false },
} as const satisfies Record<string, LossTraits>
export type Loss = keyof typeof lossTraits
export const losses = Object.keys(lossTraits) as readonly Loss[]

/** The losses of networks whose outputs are the predicted values. */
export type RegressionLoss = { [L in Loss]: (typeof lossTraits)[L]['link'] extends 'none' ? L : never }[Loss]
export const regressionLosses = losses.filter((loss) => lossTraits[loss].link === 'none') as readonly RegressionLoss[]

export const regularizers = ['path', 'path-improved', 'l2', 'none'] as const
export type Regularizer = (typeof regularizers)[number]

export const schedules = ['one-cycle', 'constant', 'cosine'] as const
export type Schedule = (typeof schedules)[number]

export const projections = ['none', 'every-step'] as const
export type Projection = (typeof projections)[number]

export const devices = ['cpu', 'cuda'] as const
export type DeviceKind = (typeof devices)[number]
export const requestedDevices = ['auto', ...devices] as const
export type RequestedDevice = (typeof requestedDevices)[number]

/** Precisions of float32 products on a GPU. */
export const precisions = ['float32', 'tf32'] as const
export type Precision = (typeof precisions)[number]

export const stops = ['completed', 'cancelled', 'early-stopping'] as const
export type Stopped = (typeof stops)[number]

/**
 * The figures of an epoch in the order in which the addon passes them; `validationLoss` is NaN if it was not evaluated.
 */
export const epochFigures = [
  ...(['epoch', 'loss', 'objective', 'validationLoss', 'learningRate', 'alpha'] as const),
  ...(['pathNorm', 'nearSparsity', 'exactSparsity', 'seconds'] as const),
]

/** The losses with such a link, as a refusal names them: `"bce" or "softmax"`. */
export function lossesWith(...wanted: readonly Link[]): string {
  const named = losses.filter((loss) => wanted.includes(lossTraits[loss].link))
  return named.map((loss) => `"${loss}"`).join(' or ')
}

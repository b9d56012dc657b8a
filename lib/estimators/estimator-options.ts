import { checkNumber, checkOneOf, isObject, type Renamed, refuse, show } from '../checks.js'
import { type EncodingName, encodingNames } from '../data/encodings/encodings.js'
import type { ClassWeight } from '../data/target.js'
import { type FitOptions, fitOptions } from '../fit/options.js'
import { maxMembers, networkOptions, type PsilonNetOptions } from '../network/options.js'
import { integer, number, numberOr, numbers, oneOf, texts } from '../options/kinds.js'
import { type Declarations, object, omit, type ValueKind } from '../options/option.js'
import { kinds, type NetworkKind, type RegressionLoss, regressionLosses } from '../words.js'

export const lambdaRules = ['best', 'one-standard-error'] as const
/** How lambda is chosen among those tried. */
export type LambdaRule = (typeof lambdaRules)[number]

/** Which rows are held out: a share of them, or each of k folds in turn. */
export type Selection = { readonly validation: number } | { readonly folds: number }

/** The table gives the numbers of inputs and outputs. */
const givenByTable = ['inputs', 'outputs'] as const
/** Options of a fit that an estimator decides or declares itself. */
const decidedHere = ['loss', 'lambda', 'validation', 'earlyStopping', 'signal', 'seed'] as const

/**
 * Options of an estimator: of its network and its training, as in PsilonNetOptions and FitOptions, and of the columns
 * of the table.
 */
export interface EstimatorOptions
  extends Omit<PsilonNetOptions, (typeof givenByTable)[number]>,
    Omit<FitOptions, (typeof decidedHere)[number]> {
  /** Kind of network: a PsilonNet ('mlp') or a PsilonResNet ('resnet'). Default 'mlp'. */
  kind?: NetworkKind | undefined
  /**
   * Strength of the regularizer; larger is smoother, and 'auto' tries several on held-out rows and chooses one. At
   * least 0, or 'auto'. Default 1e-3.
   */
  lambda?: number | 'auto' | undefined
  /** Values that lambda 'auto' tries. Numbers at least 0. Default the 13 of the paper, 5e-5 to 5e-1. */
  lambdas?: readonly number[] | undefined
  /**
   * How lambda 'auto' chooses: 'best' takes the lambda with the lowest score, 'one-standard-error' the largest whose
   * score is within one standard error of the lowest, for the smoothest network that may be as good. Default 'best'.
   */
  lambdaRule?: LambdaRule | undefined
  /**
   * Number of networks, trained from different seeds, whose outputs are averaged; path norm, influence and radii are
   * bounds of the average. 1 to 1,000. Default 1.
   */
  ensemble?: number | undefined
  /**
   * Rows held out for lambda 'auto' and for early stopping: { validation } is a share of the rows, { folds } a number
   * of folds; a validation table given to fit replaces them. Default { validation: 0.2 }.
   */
  selection?: Selection | undefined
  /** Stops a fit when the loss on the held-out rows no longer falls, and keeps the parameters of the best epoch. */
  earlyStopping?: FitOptions['earlyStopping']
  /** Columns that are not inputs. */
  ignore?: readonly string[] | undefined
  /** Columns that hold categories although they look like numbers. */
  categorical?: readonly string[] | undefined
  /**
   * How numeric columns become inputs: 'standard' is (value - mean) / standard deviation; 'asinh', 'robust' and
   * 'rank-normal' draw in values far from most others, such as large amounts; 'piecewise-linear' gives up to 8 intervals
   * of a column one input each. Default 'standard'.
   */
  encoding?: EncodingName | undefined
}

export interface RegressorOptions extends EstimatorOptions {
  /**
   * Loss of the scaled target; 'huber' grows linearly for errors above half the inter-quartile range, so that outliers
   * count less. Default 'mse'.
   */
  loss?: RegressionLoss | undefined
}

export interface ClassifierOptions extends EstimatorOptions {
  /**
   * Weights of the classes: 'balanced' gives all classes the same total weight, and an object gives weights by label,
   * at least 0. Default 1 for every row.
   */
  classWeight?: ClassWeight | undefined
}

function checkClassWeight(name: string, weight: unknown): ClassWeight {
  if (typeof weight === 'string') return checkOneOf(name, weight, ['balanced'] as const)
  if (!isObject(weight)) return refuse(name, '"balanced" or an object of weights by label', weight)
  for (const [label, value] of Object.entries(weight)) checkNumber(`${name} of ${show(label)}`, value, { from: 0 })
  return { ...weight } as Record<string, number>
}

/** arXiv 2404.19112, tabular experiments (docs/method.md, section 11). */
export const paperLambdas: readonly number[] = [
  5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1, 5e-1,
]

/** The options of the network inside. */
export const ownNetworkOptions = omit(networkOptions, givenByTable)
/** The options of its fits. */
export const ownFitOptions = omit(fitOptions, decidedHere)

const selection = {
  validation: {
    kind: number({ above: 0, below: 1 }),
    sentence: 'Share of the rows held out to choose lambda and to stop early.',
  },
  folds: {
    kind: integer(2),
    sentence: 'Number of folds by which lambda is chosen, instead of one held-out share.',
    flag: '--folds <k>',
  },
}

export const estimatorOptions = {
  kind: {
    kind: oneOf(kinds),
    default: 'mlp',
    sentence: "Kind of network: a PsilonNet ('mlp') or a PsilonResNet ('resnet').",
    flag: '--kind <kind>',
  },
  ...ownNetworkOptions,
  lambda: {
    kind: numberOr('auto', { from: 0 }),
    default: 1e-3,
    sentence:
      "Strength of the regularizer; larger is smoother, and 'auto' tries several on held-out rows and chooses one.",
    flag: '--lambda <strength>',
  },
  lambdas: {
    kind: numbers({ from: 0 }),
    otherwise: 'the 13 of the paper, 5e-5 to 5e-1',
    sentence: "Values that lambda 'auto' tries.",
    flag: '--lambdas <list>',
  },
  lambdaRule: {
    kind: oneOf(lambdaRules),
    default: 'best',
    sentence:
      "How lambda 'auto' chooses: 'best' takes the lambda with the lowest score, 'one-standard-error' the largest " +
      'whose score is within one standard error of the lowest, for the smoothest network that may be as good.',
    flag: '--lambda-rule <rule>',
  },
  ensemble: {
    kind: integer(1, maxMembers),
    default: 1,
    sentence:
      'Number of networks, trained from different seeds, whose outputs are averaged; path norm, influence and radii are ' +
      'bounds of the average.',
    flag: '--ensemble <k>',
  },
  selection: {
    kind: object('selection', selection, '{ validation: 0.2 }') as ValueKind<Selection>,
    otherwise: '{ validation: 0.2 }',
    sentence:
      "Rows held out for lambda 'auto' and for early stopping: { validation } is a share of the rows, { folds } a number " +
      'of folds; a validation table given to fit replaces them.',
  },
  ...ownFitOptions,
  earlyStopping: {
    ...fitOptions.earlyStopping,
    sentence:
      'Stops a fit when the loss on the held-out rows no longer falls, and keeps the parameters of the best epoch.',
  },
  ignore: { kind: texts, sentence: 'Columns that are not inputs.', flag: '--ignore <columns>' },
  categorical: {
    kind: texts,
    sentence: 'Columns that hold categories although they look like numbers.',
    flag: '--categorical <columns>',
  },
  encoding: {
    kind: oneOf(encodingNames),
    default: 'standard',
    sentence:
      "How numeric columns become inputs: 'standard' is (value - mean) / standard deviation; 'asinh', 'robust' and " +
      "'rank-normal' draw in values far from most others, such as large amounts; 'piecewise-linear' gives up to 8 " +
      'intervals of a column one input each.',
    flag: '--encoding <name>',
  },
} satisfies Declarations<EstimatorOptions>

/** Names that options had, and what they are called now. */
export const renamedOptions: Renamed = { scaling: 'encoding' }

export const regressorOptions = {
  ...estimatorOptions,
  loss: {
    kind: oneOf(regressionLosses),
    default: 'mse',
    sentence:
      "Loss of the scaled target; 'huber' grows linearly for errors above half the inter-quartile range, so that outliers " +
      'count less.',
    flag: '--loss <name>',
  },
} satisfies Declarations<RegressorOptions>

export const classifierOptions = {
  ...estimatorOptions,
  classWeight: {
    kind: { type: 'choice', choices: ['balanced'], values: "'balanced', or weights by label", check: checkClassWeight },
    otherwise: '1 for every row',
    sentence:
      "Weights of the classes: 'balanced' gives all classes the same total weight, and an object gives weights by " +
      'label, at least 0.',
    flag: {
      usage: '--class-weight <how>',
      sentence: 'Weights of the classes; balanced gives all classes the same total weight. Default 1 for every row.',
    },
  },
} satisfies Declarations<ClassifierOptions>

/** The options of both estimators; each refuses those that only the other has. */
export const allEstimatorOptions = { ...regressorOptions, ...classifierOptions }

import { checkNumber, checkOneOf, isObject, refuse, show } from '../checks.js'
import { type ScalingKind, scalingKinds } from '../data/scaling.js'
import type { ClassWeight } from '../data/target.js'
import { earlyStopping, type FitOptions, fitOptions } from '../fit/options.js'
import { maxMembers, networkOptions, type PsilonNetOptions } from '../network/options.js'
import { integer, number, numberOr, numbers, oneOf, texts } from '../options/kinds.js'
import { type Declarations, object, omit, type ValueKind } from '../options/option.js'
import { kinds, type NetworkKind, type RegressionLoss, regressionLosses } from '../words.js'

export const lambdaRules = ['best', 'one-standard-error'] as const
/** Which of the lambdas that were tried is used. */
export type LambdaRule = (typeof lambdaRules)[number]

/** Which rows are held out: a share of them, or each of k folds in turn. */
export type Selection = { readonly validation: number } | { readonly folds: number }

/** The table gives the numbers of inputs and outputs. */
const givenByTable = ['inputs', 'outputs'] as const
/** The options of a fit that an estimator decides itself, or has of its own. */
const decidedHere = ['loss', 'lambda', 'validation', 'earlyStopping', 'signal', 'seed'] as const

/**
 * What the network of an estimator is and how it is trained, as for PsilonNetOptions and FitOptions, and what the columns of
 * the table are.
 */
export interface EstimatorOptions
  extends Omit<PsilonNetOptions, (typeof givenByTable)[number]>,
    Omit<FitOptions, (typeof decidedHere)[number]> {
  /** Kind of network: a PsilonNet ('mlp') or a PsilonResNet ('resnet'). Default 'mlp'. */
  kind?: NetworkKind | undefined
  /**
   * Strength of the regularizer; a larger one gives a smoother network, and 'auto' tries each of lambdas on rows held out
   * and uses the best. At least 0, or 'auto'. Default 1e-3.
   */
  lambda?: number | 'auto' | undefined
  /** Strengths that lambda 'auto' tries. Numbers at least 0. Default the 13 of the paper, 5e-5 to 5e-1. */
  lambdas?: readonly number[] | undefined
  /**
   * Which of the lambdas tried is used: 'best' is the one with the lowest score, 'one-standard-error' the largest whose score
   * is within one standard error of the lowest, so the smoothest network that may well be as good. Default 'best'.
   */
  lambdaRule?: LambdaRule | undefined
  /**
   * Number of networks, each trained from its own seed, whose outputs are averaged; path norm, influence and radii are bounds
   * of the average. 1 to 1,000. Default 1.
   */
  ensemble?: number | undefined
  /**
   * Rows held out for lambda 'auto' and for early stopping: { validation } is a share of the rows, { folds } a number of
   * folds; a validation table given to fit takes their place. Default { validation: 0.2 }.
   */
  selection?: Selection | undefined
  /** Stops a fit when the loss on the rows held out no longer falls, and keeps the parameters of the best epoch. */
  earlyStopping?: FitOptions['earlyStopping']
  /** Columns that are not inputs. */
  ignore?: readonly string[] | undefined
  /** Columns that hold categories, though they look like numbers. */
  categorical?: readonly string[] | undefined
  /**
   * Scaling of numeric columns: 'standard' is (value - mean) / standard deviation, 'asinh' the same of
   * asinh((value - median) / spread), which suits columns with values far from most others, such as amounts and counts.
   * Default 'standard'.
   */
  scaling?: ScalingKind | undefined
}

export interface RegressorOptions extends EstimatorOptions {
  /**
   * Loss of the scaled target; 'huber' grows linearly for errors above half the inter-quartile range, so that outliers count
   * less. Default 'mse'.
   */
  loss?: RegressionLoss | undefined
}

export interface ClassifierOptions extends EstimatorOptions {
  /**
   * How much the rows of each class count: 'balanced' makes all classes count the same, and an object gives weights of at
   * least 0 by label. Default every row counts 1.
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
  validation: { kind: number({ above: 0, below: 1 }), sentence: 'Share of the rows that is held out.' },
  folds: {
    kind: integer(2),
    sentence: 'Choose lambda by so many folds of the rows instead of one part held out.',
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
      "Strength of the regularizer; a larger one gives a smoother network, and 'auto' tries each of lambdas on rows held " +
      'out and uses the best.',
    flag: '--lambda <strength>',
  },
  lambdas: {
    kind: numbers({ from: 0 }),
    otherwise: 'the 13 of the paper, 5e-5 to 5e-1',
    sentence: "Strengths that lambda 'auto' tries.",
    flag: '--lambdas <list>',
  },
  lambdaRule: {
    kind: oneOf(lambdaRules),
    default: 'best',
    sentence:
      "Which of the lambdas tried is used: 'best' is the one with the lowest score, 'one-standard-error' the largest whose " +
      'score is within one standard error of the lowest, so the smoothest network that may well be as good.',
    flag: '--lambda-rule <rule>',
  },
  ensemble: {
    kind: integer(1, maxMembers),
    default: 1,
    sentence:
      'Number of networks, each trained from its own seed, whose outputs are averaged; path norm, influence and radii are ' +
      'bounds of the average.',
    flag: '--ensemble <k>',
  },
  selection: {
    kind: object('selection', selection, '{ validation: 0.2 }') as ValueKind<Selection>,
    otherwise: '{ validation: 0.2 }',
    sentence:
      "Rows held out for lambda 'auto' and for early stopping: { validation } is a share of the rows, { folds } a number " +
      'of folds; a validation table given to fit takes their place.',
  },
  ...ownFitOptions,
  earlyStopping: {
    kind: object('earlyStopping', earlyStopping, '{ patience: 20 }'),
    sentence:
      'Stops a fit when the loss on the rows held out no longer falls, and keeps the parameters of the best epoch.',
  },
  ignore: { kind: texts, sentence: 'Columns that are not inputs.', flag: '--ignore <columns>' },
  categorical: {
    kind: texts,
    sentence: 'Columns that hold categories, though they look like numbers.',
    flag: '--categorical <columns>',
  },
  scaling: {
    kind: oneOf(scalingKinds),
    default: 'standard',
    sentence:
      "Scaling of numeric columns: 'standard' is (value - mean) / standard deviation, 'asinh' the same of " +
      'asinh((value - median) / spread), which suits columns with values far from most others, such as amounts and counts.',
    flag: '--scaling <name>',
  },
} satisfies Declarations<EstimatorOptions>

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
    otherwise: 'every row counts 1',
    sentence:
      "How much the rows of each class count: 'balanced' makes all classes count the same, and an object gives weights of " +
      'at least 0 by label.',
    flag: '--class-weight <how>',
  },
} satisfies Declarations<ClassifierOptions>

/** The options of both estimators, each of which refuses those that are the other's alone. */
export const allEstimatorOptions = { ...regressorOptions, ...classifierOptions }

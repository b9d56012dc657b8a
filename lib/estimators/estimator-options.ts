import { checkNumber, checkOneOf, isObject, type Renamed, refuse, show } from '../checks.js'
import { type EncodingName, encodingNames } from '../data/encodings/encodings.js'
import type { ClassWeight } from '../data/target.js'
import { type TargetTransform, targetTransforms } from '../data/target-transform.js'
import { type FitOptions, fitOptions, pruneSchedule } from '../fit/options.js'
import { maxMembers, networkOptions, type PsilonNetOptions } from '../network/options.js'
import { integer, number, numberOr, numbers, oneOf, texts } from '../options/kinds.js'
import { type Declarations, type Option, object, omit, type ValueKind } from '../options/option.js'
import { kinds, type NetworkKind, type RegressionLoss, regressionLosses } from '../words.js'
import { type PresetName, presetNames } from './presets.js'

export const lambdaRules = ['best', 'one-standard-error'] as const
/** How lambda is chosen among those tried. */
export type LambdaRule = (typeof lambdaRules)[number]

/** Which rows are held out: a share of them, or each of k folds in turn, for several ways to divide the rows. */
export type Selection =
  | { readonly validation: number }
  | { readonly folds: number; readonly repeats?: number | undefined }

/** The table gives the numbers of inputs and outputs. */
const givenByTable = ['inputs', 'outputs'] as const
/** Options of a fit that an estimator decides or declares itself. */
const decidedHere = ['loss', 'lambda', 'validation', 'earlyStopping', 'checkpoint', 'signal', 'seed'] as const

/**
 * Options of an estimator: of its network and its training, as in PsilonNetOptions and FitOptions, and of the columns
 * of the table.
 */
export interface EstimatorOptions
  extends Omit<PsilonNetOptions, (typeof givenByTable)[number]>,
    Omit<FitOptions, (typeof decidedHere)[number]> {
  /**
   * How much work goes into a model: 'fast' compares a few settings and trains one small network, 'balanced' chooses
   * encodings and lambda by cross-validation and averages eight, 'best' tries more and averages twenty, 'paper' trains one
   * network as published. An option that is given decides instead of the preset. Default 'balanced'.
   */
  preset?: PresetName | undefined
  /** Kind of network: a PsilonNet ('mlp') or a PsilonResNet ('resnet'). Default 'mlp'. */
  kind?: NetworkKind | undefined
  /**
   * Units in each hidden layer, or a width for each layer, first to last, which also sets the depth. Default that of the
   * preset.
   */
  hidden?: PsilonNetOptions['hidden']
  /** Number of hidden layers D; the network has D + 1 layers. Section 4. 1 to 1,000. Default that of the preset. */
  depth?: PsilonNetOptions['depth']
  /**
   * Strength of the regularizer; larger is smoother, and 'auto' tries several on held-out rows and chooses one. At
   * least 0, or 'auto'. Default that of the preset.
   */
  lambda?: number | 'auto' | undefined
  /** Values that lambda 'auto' tries. Numbers at least 0. Default those of the preset. */
  lambdas?: readonly number[] | undefined
  /**
   * How lambda 'auto' chooses: 'best' takes the lambda with the lowest score, 'one-standard-error' the largest whose
   * score is within one standard error of the lowest, for the smoothest network that may be as good. Default 'best'.
   */
  lambdaRule?: LambdaRule | undefined
  /**
   * Number of networks, trained from different seeds, whose outputs are averaged; path norm, influence and radii are
   * bounds of the average. 1 to 1,000. Default that of the preset.
   */
  ensemble?: number | undefined
  /**
   * Rows held out to choose and to stop early: { validation } is a share of the rows, { folds } a number of folds, and
   * { folds, repeats } so many in each of several divisions; a validation table given to fit replaces them. Default that
   * of the preset; with earlyStopping { validation: 0.2 }.
   */
  selection?: Selection | undefined
  /** Passes over the rows. At least 1. Default that of the preset. */
  epochs?: FitOptions['epochs']
  /** Rows in a step; all rows if there are fewer. At least 1. Default that of the preset. */
  batchSize?: FitOptions['batchSize']
  /**
   * Peak learning rate of Adam; 'one-cycle' ends at 1e-7 divided by it and is meant for peaks above 3.2e-4. Section 9.
   * Above 0. Default that of the preset.
   */
  learningRate?: FitOptions['learningRate']
  /** Prunes each network during its fit. Sections 7 and 14. Default that of the preset. */
  prune?: FitOptions['prune']
  /** Stops a fit when the loss on the held-out rows no longer falls, and keeps the parameters of the best epoch. */
  earlyStopping?: FitOptions['earlyStopping']
  /** Columns that are not inputs. */
  ignore?: readonly string[] | undefined
  /** Columns that hold categories although they look like numbers. */
  categorical?: readonly string[] | undefined
  /**
   * How numeric columns become inputs: 'standard' is (value - mean) / standard deviation; 'asinh', 'robust' and
   * 'rank-normal' draw in values far from most others, such as large amounts; 'piecewise-linear' gives up to 8 intervals
   * of a column one input each; 'auto' tries several on held-out rows, and chooses one or, for an ensemble, several. Default
   * that of the preset.
   */
  encoding?: EncodingName | 'auto' | undefined
}

export interface RegressorOptions extends EstimatorOptions {
  /**
   * Loss of the scaled target; 'huber' grows linearly for errors above half the inter-quartile range, so that outliers
   * count less. Default 'mse'.
   */
  loss?: RegressionLoss | undefined
  /**
   * What is learned of the target: 'log' is ln(target), for targets above 0 whose errors grow with them, such as prices;
   * 'log1p' is ln(1 + target), for counts and amounts that may be 0. Predictions, ranges and scores are in the units of
   * the target all the same; influence is in those of the logarithm. Default 'none'.
   */
  targetTransform?: TargetTransform | undefined
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

/** The options of the network inside. */
export const ownNetworkOptions = omit(networkOptions, givenByTable)
/** The options of its fits. */
export const ownFitOptions = omit(fitOptions, decidedHere)

const selection = {
  validation: {
    kind: number({ above: 0, below: 1 }),
    sentence: 'Share of the rows held out to choose and to stop early.',
  },
  folds: {
    kind: integer(2),
    sentence: 'Number of folds by which is chosen, instead of one held-out share.',
    flag: {
      usage: '--folds <k>',
      sentence: 'Number of folds by which settings are chosen. Default that of the preset.',
    },
  },
  repeats: {
    kind: integer(1, 100),
    default: 1,
    sentence: 'Number of divisions into folds.',
    flag: '--fold-repeats <n>',
  },
}

const ofPreset = 'that of the preset'

/** A preset decides where no option does. */
const { hidden, depth, ...otherNetworkOptions } = ownNetworkOptions
const presetNetworkOptions = {
  hidden: { ...decidedByPreset(hidden) },
  depth: { ...decidedByPreset(depth) },
  ...otherNetworkOptions,
}
const { epochs, batchSize, learningRate, prune, ...otherFitOptions } = ownFitOptions
const shareOfZeros = 'Share of the weights that become exactly zero, the mean over all rows; 0 prunes nothing.'
const estimatorPrune = {
  ...pruneSchedule,
  sparsity: {
    ...pruneSchedule.sparsity,
    kind: number({ from: 0, below: 1 }),
    sentence: shareOfZeros,
    flag: { usage: '--prune <sparsity>', sentence: `${shareOfZeros} Default ${ofPreset}.` },
  },
}
const presetFitOptions = {
  epochs: decidedByPreset(epochs),
  batchSize: decidedByPreset(batchSize),
  learningRate: decidedByPreset(learningRate),
  prune: {
    kind: object('prune', estimatorPrune, '{ sparsity: 0.9 }'),
    otherwise: ofPreset,
    sentence: 'Prunes each network during its fit.',
    sections: prune.sections,
  },
  ...otherFitOptions,
}

function decidedByPreset<T>({ kind, sentence, sections, flag }: Option<T>) {
  return { kind, sentence, otherwise: ofPreset, ...(sections && { sections }), ...(flag !== undefined && { flag }) }
}

export const estimatorOptions = {
  preset: {
    kind: oneOf(presetNames),
    default: 'balanced',
    sentence:
      "How much work goes into a model: 'fast' compares a few settings and trains one small network, 'balanced' chooses " +
      "encodings and lambda by cross-validation and averages eight, 'best' tries more and averages twenty, 'paper' trains " +
      'one network as published. An option that is given decides instead of the preset.',
    flag: '--preset <name>',
  },
  kind: {
    kind: oneOf(kinds),
    default: 'mlp',
    sentence: "Kind of network: a PsilonNet ('mlp') or a PsilonResNet ('resnet').",
    flag: '--kind <kind>',
  },
  ...presetNetworkOptions,
  lambda: {
    kind: numberOr('auto', { from: 0 }),
    otherwise: ofPreset,
    sentence:
      "Strength of the regularizer; larger is smoother, and 'auto' tries several on held-out rows and chooses one.",
    flag: '--lambda <strength>',
  },
  lambdas: {
    kind: numbers({ from: 0 }),
    otherwise: 'those of the preset',
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
    otherwise: ofPreset,
    sentence:
      'Number of networks, trained from different seeds, whose outputs are averaged; path norm, influence and radii are ' +
      'bounds of the average.',
    flag: '--ensemble <k>',
  },
  selection: {
    kind: object('selection', selection, '{ validation: 0.2 }') as ValueKind<Selection>,
    otherwise: `${ofPreset}; with earlyStopping { validation: 0.2 }`,
    sentence:
      'Rows held out to choose and to stop early: { validation } is a share of the rows, { folds } a number of folds, and ' +
      '{ folds, repeats } so many in each of several divisions; a validation table given to fit replaces them.',
  },
  ...presetFitOptions,
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
    kind: oneOf([...encodingNames, 'auto']),
    otherwise: ofPreset,
    sentence:
      "How numeric columns become inputs: 'standard' is (value - mean) / standard deviation; 'asinh', 'robust' and " +
      "'rank-normal' draw in values far from most others, such as large amounts; 'piecewise-linear' gives up to 8 " +
      "intervals of a column one input each; 'auto' tries several on held-out rows, and chooses one or, for an ensemble, " +
      'several.',
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
  targetTransform: {
    kind: oneOf(targetTransforms),
    default: 'none',
    sentence:
      "What is learned of the target: 'log' is ln(target), for targets above 0 whose errors grow with them, such as " +
      "prices; 'log1p' is ln(1 + target), for counts and amounts that may be 0. Predictions, ranges and scores are in the " +
      'units of the target all the same; influence is in those of the logarithm.',
    flag: '--target-transform <name>',
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

import { deserialize, serialize } from 'node:v8'
import { checkInteger, checkNumber, checkOneOf, checkStrings, isObject, refuseUnknown, show } from '../checks.js'
import { type ScalingKind, scalingKinds } from '../data/scaling.js'
import { PsilonError, reworded } from '../errors.js'
import type { Dtype, NetworkKind } from '../native.js'
import { type FitOptions, fitPlan } from '../network/fit-options.js'
import { mostMembers, networkBlueprint, type PsilonNetOptions } from '../network/options.js'
import { kinds } from '../words.js'

/** Which rows are held out: a share of them, above 0 and below 1, or each of k folds in turn. */
export type Selection = { readonly validation: number } | { readonly folds: number }

export type LambdaRule = 'best' | 'one-standard-error'

/**
 * What the network of an estimator is and how it is trained, with the meaning and the defaults of PsilonNetOptions and
 * FitOptions, and what the columns of the table are.
 */
export interface EstimatorOptions
  extends Omit<PsilonNetOptions, 'inputs' | 'outputs'>,
    Omit<FitOptions, 'loss' | 'lambda' | 'validation' | 'earlyStopping' | 'signal' | 'seed'> {
  /** PsilonNet or PsilonResNet. Default 'mlp'. */
  kind?: NetworkKind | undefined
  /**
   * Strength of the regulariser, at least 0; or 'auto': each of `lambdas` is tried on rows that are held out, and the
   * best one is used. Default 1e-3.
   */
  lambda?: number | 'auto' | undefined
  /** What 'auto' tries. Default: the 13 strengths of the paper, 5e-5 to 5e-1 (docs/method.md, section 11). */
  lambdas?: readonly number[] | undefined
  /**
   * Of the lambdas tried: 'best', the one with the least score, or 'one-standard-error', the largest whose score is within
   * one standard error of the least: the smoothest network that may well be as good. Default 'best'.
   */
  lambdaRule?: LambdaRule | undefined
  /**
   * Number of networks, from seeds of their own, whose outputs are averaged: those of a classifier before they become
   * probabilities. Path norm, influence and radii are bounds of the average. 1 to 1,000. Default 1.
   */
  ensemble?: number | undefined
  /**
   * Rows held out for lambda 'auto' and for early stopping; a validation table given to `fit` takes their place. Default
   * { validation: 0.2 }.
   */
  selection?: Selection | undefined
  /**
   * Ends a fit when the loss on the held-out share, or on the validation table, no longer falls, and keeps the best
   * epoch's parameters.
   */
  earlyStopping?: FitOptions['earlyStopping']
  /** Columns that are no inputs. */
  ignore?: readonly string[] | undefined
  /** Columns that hold categories though they look like numbers. */
  categorical?: readonly string[] | undefined
  /**
   * Of columns of numbers: 'standard', (value - mean) / standard deviation; or 'asinh', the same of
   * asinh((value - median) / spread), which suits columns with values far from most others, such as amounts and counts.
   * Default 'standard'.
   */
  scaling?: ScalingKind | undefined
}

/** Checked options: what a network takes, what its fit takes, and the rest. */
export interface Settings {
  kind: NetworkKind
  network: Omit<PsilonNetOptions, 'inputs' | 'outputs'>
  training: Omit<FitOptions, 'lambda'>
  epochs: number
  batchSize: number
  dtype: Dtype
  seed: number
  /** Whether one of the lambdas is to be chosen; otherwise there is one. */
  search: boolean
  lambdas: readonly number[]
  lambdaRule: LambdaRule
  ensemble: number
  selection: Selection
  ignore: readonly string[]
  categorical: readonly string[]
  scaling: ScalingKind
}

/** arXiv 2404.19112, tabular experiments (docs/method.md, section 11). */
export const paperLambdas: readonly number[] = [
  5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1, 5e-1,
]

const networkNames = ['hidden', 'depth', 'normalization', 'sharedLength', 'dtype', 'seed']
const trainingNames = [
  ...['epochs', 'batchSize', 'learningRate', 'schedule', 'regularizer', 'regWeight', 'projection', 'prune'],
  ...['earlyStopping', 'device', 'precision', 'threads'],
]
const ownNames = [
  ...['kind', 'lambda', 'lambdas', 'lambdaRule', 'ensemble', 'selection'],
  ...['ignore', 'categorical', 'scaling'],
]

/**
 * @param more names of further options, which the caller checks.
 * @throws PsilonError ERR_OPTION for an unknown name, a value out of its range or options that contradict each other,
 * ERR_UNSUPPORTED for what such a network cannot do.
 */
export function estimatorSettings(operation: string, options: unknown, more: readonly string[] = []): Settings {
  const given = copiedOptions(operation, options, more)
  const { kind = 'mlp', ensemble = 1, ignore = [], categorical = [], scaling = 'standard' } = given
  const network = pick(given, networkNames)
  const training = pick(given, trainingNames)
  const known = checkOneOf(operation, 'kind', kind, kinds)
  const { config, seed } = networkBlueprint(operation, known, { ...network, inputs: 1, outputs: 1 })
  const { lambdas, search } = checkLambdas(operation, given)
  const validation = training.earlyStopping === undefined ? undefined : {}
  const plan = () => fitPlan({ ...training, lambda: lambdas[0], validation }, config, seed)
  const { epochs, batchSize } = reworded('[fit]', `[${operation}]`, plan).native
  return {
    kind: known,
    network,
    training,
    epochs,
    batchSize,
    dtype: config.dtype,
    seed,
    search,
    lambdas,
    lambdaRule: checkLambdaRule(operation, given),
    ensemble: checkInteger(operation, 'ensemble', ensemble, 1, mostMembers),
    selection: checkSelection(operation, given),
    ignore: [...checkStrings(operation, 'ignore', ignore)],
    categorical: [...checkStrings(operation, 'categorical', categorical)],
    scaling: checkOneOf(operation, 'scaling', scaling, scalingKinds),
  }
}

/**
 * A copy that nobody else can change, of options whose names are known; each is read once.
 *
 * @throws PsilonError ERR_OPTION
 */
export function copiedOptions(
  operation: string,
  options: unknown,
  more: readonly string[] = [],
): Record<string, unknown> {
  const given = refuseUnknown(operation, options, [...networkNames, ...trainingNames, ...ownNames, ...more])
  try {
    return Object.assign(Object.create(null), deserialize(serialize({ ...given })))
  } catch (cause) {
    const message = 'options must be plain values, got one that cannot be copied'
    throw new PsilonError('ERR_OPTION', `[${operation}] ${message}`, { cause })
  }
}

function pick(given: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]))
}

function checkLambdas(operation: string, { lambda = 1e-3, lambdas }: Record<string, unknown>) {
  if (lambda !== 'auto') {
    if (typeof lambda === 'string') checkOneOf(operation, 'lambda', lambda, ['auto'])
    if (lambdas !== undefined) refuse(operation, `lambdas is given, but lambda is ${show(lambda)}, expected "auto"`)
    return { lambdas: [checkNumber(operation, 'lambda', lambda, { from: 0 })], search: false }
  }
  if (lambdas === undefined) return { lambdas: paperLambdas, search: true }
  if (!Array.isArray(lambdas) || lambdas.length === 0) {
    refuse(operation, `lambdas must be an array of numbers that is not empty, got ${show(lambdas)}`)
  }
  lambdas.forEach((value, k) => {
    checkNumber(operation, `lambdas[${k}]`, value, { from: 0 })
    if (lambdas.indexOf(value) < k) refuse(operation, `lambdas has ${value} twice`)
  })
  return { lambdas: [...lambdas] as number[], search: true }
}

function checkLambdaRule(operation: string, { lambda, lambdaRule = 'best' }: Record<string, unknown>): LambdaRule {
  const rule = checkOneOf(operation, 'lambdaRule', lambdaRule, ['best', 'one-standard-error'])
  if (lambda === 'auto' || rule === 'best') return rule
  return refuse(operation, `lambdaRule is given, but lambda is ${show(lambda)}, expected "auto"`)
}

function checkSelection(operation: string, options: Record<string, unknown>): Selection {
  const { lambda, selection, earlyStopping } = options
  if (selection === undefined) return { validation: 0.2 }
  if (!isObject(selection))
    refuse(operation, `selection must be an object, as in selection: { validation: 0.2 }, got ${show(selection)}`)
  const { validation, folds } = refuseUnknown(operation, selection, ['validation', 'folds'])
  if ((validation === undefined) === (folds === undefined)) {
    refuse(operation, `selection takes either validation or folds, got ${folds === undefined ? 'neither' : 'both'}`)
  }
  if (lambda !== 'auto' && earlyStopping === undefined) {
    refuse(operation, 'selection is given without lambda "auto" or earlyStopping, for which it holds out rows')
  }
  if (folds === undefined) {
    return { validation: checkNumber(operation, 'selection.validation', validation, { above: 0, below: 1 }) }
  }
  if (earlyStopping !== undefined) {
    refuse(operation, 'earlyStopping decides on a held-out share, selection has folds; give { validation: 0.2 }')
  }
  if (typeof folds === 'number' && Number.isSafeInteger(folds) && folds >= 2) return { folds }
  return refuse(operation, `selection.folds must be an integer of at least 2, got ${show(folds)}`)
}

function refuse(operation: string, message: string): never {
  throw new PsilonError('ERR_OPTION', `[${operation}] ${message}`)
}

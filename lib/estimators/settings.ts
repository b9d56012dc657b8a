import { deserialize, serialize } from 'node:v8'
import { show } from '../checks.js'
import { option, Refusal, setting, words } from '../errors/refusal.js'
import type { FitOptions } from '../fit/options.js'
import { fitSettings } from '../fit/settings.js'
import { networkBlueprint } from '../network/blueprint.js'
import type { PsilonNetOptions } from '../network/options.js'
import { checkOptions, readOptions, type Values } from '../options/option.js'
import {
  allEstimatorOptions,
  type ClassifierOptions,
  type EstimatorOptions,
  estimatorOptions,
  ownFitOptions,
  ownNetworkOptions,
  paperLambdas,
  type RegressorOptions,
  renamedOptions,
  type Selection,
} from './estimator-options.js'

type CheckedOptions = Values<typeof estimatorOptions>

/** The options of an estimator, checked. */
export interface Settings extends CheckedOptions {
  /** Those that are given for its network, and for its fits. */
  network: Omit<PsilonNetOptions, 'inputs' | 'outputs'>
  training: Omit<FitOptions, 'lambda'>
  /** Whether to search for lambda; otherwise there is one. */
  search: boolean
  lambdas: readonly number[]
  selection: Selection
  ignore: readonly string[]
  categorical: readonly string[]
}

/**
 * @throws Refusal ERR_OPTION for an unknown name, a value out of its range or options that contradict each other,
 * ERR_UNSUPPORTED for what such a network cannot do.
 */
export function estimatorSettings(options: EstimatorOptions): Settings {
  const checked = checkOptions(estimatorOptions, options, { renamed: renamedOptions })
  const { kind, ignore = [], categorical = [], earlyStopping } = checked
  const network = given(options, ownNetworkOptions)
  const training = given(options, { ...ownFitOptions, earlyStopping: estimatorOptions.earlyStopping })
  const { config, seed } = networkBlueprint(kind, { ...network, inputs: 1, outputs: 1 })
  const search = checked.lambda === 'auto'
  const lambdas = lambdasOf(checked)
  const validation = earlyStopping === undefined ? undefined : { x: [], y: [] }
  fitSettings({ ...training, lambda: lambdas[0], validation }, config, seed)
  return { ...checked, network, training, search, lambdas, selection: selectionOf(checked), ignore, categorical }
}

/** A private copy of options with known names; each is read once. @throws Refusal ERR_OPTION */
export function copiedOptions(options: unknown): RegressorOptions & ClassifierOptions {
  const given = readOptions(allEstimatorOptions, options, 'options', renamedOptions)
  try {
    return Object.assign(Object.create(null), deserialize(serialize({ ...given })))
  } catch (cause) {
    throw new Refusal('ERR_OPTION', 'options must be plain values, got one that cannot be copied', { cause })
  }
}

function given<Options extends object>(options: Options, declarations: object): Partial<Options> {
  const names = Object.keys(declarations) as (keyof Options)[]
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Partial<Options>
}

function lambdasOf({ lambda, lambdas, lambdaRule }: CheckedOptions): readonly number[] {
  if (lambda !== 'auto') {
    const given = lambdas !== undefined ? 'lambdas' : lambdaRule !== 'best' ? 'lambdaRule' : undefined
    if (given === undefined) return [lambda]
    const expected = words`${option('lambda')} is ${show(lambda)}, expected "auto"`
    throw refused(words`${option(given)} is given, but ${expected}`)
  }
  const twice = lambdas?.find((value, k) => lambdas.indexOf(value) < k)
  if (twice !== undefined) throw refused(words`${option('lambdas')} has ${twice} twice`)
  return lambdas ?? paperLambdas
}

function selectionOf({ lambda, selection, earlyStopping }: CheckedOptions): Selection {
  if (selection === undefined) return { validation: 0.2 }
  const { validation, folds } = selection as { validation?: number; folds?: number }
  if ((validation === undefined) === (folds === undefined)) {
    const came = folds === undefined ? 'neither' : 'both'
    throw refused(words`${option('selection')} takes either validation or folds, got ${came}`)
  }
  if (folds === undefined) {
    if (lambda === 'auto' || earlyStopping !== undefined) return { validation: validation as number }
    const reasons = words`${setting('lambda', 'auto')} or ${option('earlyStopping.patience')}`
    throw refused(words`${option('selection')} is given without ${reasons}, for which it holds out rows`)
  }
  if (earlyStopping !== undefined) {
    const share = words`which ${option('selection.folds')} does not give`
    throw refused(words`${option('earlyStopping.patience')} needs a held-out share of the rows, ${share}`)
  }
  if (lambda === 'auto') return { folds }
  throw refused(
    words`${option('selection.folds')} is given without ${setting('lambda', 'auto')}, for which it holds out rows`,
  )
}

const refused = (message: ReturnType<typeof words>) => new Refusal('ERR_OPTION', message)

import { deserialize, serialize } from 'node:v8'
import { show } from '../checks.js'
import { guard, native } from '../core/native.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import { option, Refusal, setting, words } from '../errors/refusal.js'
import { type FitOptions, fitOptions } from '../fit/options.js'
import { fitSettings } from '../fit/settings.js'
import { networkBlueprint } from '../network/blueprint.js'
import type { PsilonNetOptions } from '../network/options.js'
import { checkOptions, omit, readOptions, type Values } from '../options/option.js'
import { isArray } from '../realms.js'
import {
  allEstimatorOptions,
  type ClassifierOptions,
  estimatorOptions,
  ownFitOptions,
  ownNetworkOptions,
  type RegressorOptions,
  renamedOptions,
  type Selection,
} from './estimator-options.js'
import { batchOf, epochsOf, type Pace } from './pace.js'
import { autoEncodings, type Preset, presets } from './presets.js'

/** Columns with a single value in a part have no input there: what can be reached is not exactly the same in all. */
const roomToPrune = 0.05

type CheckedOptions = Values<typeof estimatorOptions>

/** What the search chooses. */
export interface Setting {
  /** Of the numeric columns. */
  encoding: EncodingName
  /** Units in each hidden layer, or a width for each layer. */
  hidden: number | readonly number[]
  lambda: number
  /** Share of zeros to which the search prunes; null if it does not. */
  sparsity: number | null
}

/** The setting alone, of what has more. */
export const settingOf = ({ encoding, hidden, lambda, sparsity }: Setting): Setting => {
  return { encoding, hidden, lambda, sparsity }
}

/** What it chooses from; one of each is nothing to choose. */
export interface SearchSpace {
  encodings: readonly Setting['encoding'][]
  hidden: readonly Setting['hidden'][]
  lambdas: readonly number[]
}

/** The options of an estimator, checked, and what its preset decides. */
export interface Settings extends CheckedOptions {
  /** Options of its network, and of its fits. */
  network: Omit<PsilonNetOptions, 'inputs' | 'outputs' | 'hidden'>
  training: Omit<FitOptions, keyof Pace | 'lambda'>
  space: SearchSpace
  /** Whether there is something to choose. */
  search: boolean
  /** How many settings are tried with all steps, if there are more to try with a part of them first. */
  finalists: number
  /** Share of zeros to which finalists are pruned as well; null: nothing is pruned unless an option says so. */
  sparsity: number | null
  selection: Selection
  /** Number of networks that are averaged. */
  members: number
  ignore: readonly string[]
  categorical: readonly string[]
  /**
   * The pace of a fit on so many rows.
   *
   * @param share of the steps, above 0 and at most 1; unless an option gives the learning rate, it rises as they fall.
   */
  paceOf(rows: number, share: number): Pace
}

/**
 * What the options of an estimator of any task decide; those that only one task has decide nothing here.
 *
 * @throws Refusal ERR_OPTION for an unknown name, a value out of its range or options that contradict each other,
 * ERR_UNSUPPORTED for what such a network cannot do.
 */
export function estimatorSettings(all: RegressorOptions & ClassifierOptions): Settings {
  const { loss, targetTransform, classWeight, ...options } = all
  const checked = checkOptions(estimatorOptions, options, { renamed: renamedOptions })
  const preset = presets[checked.preset]
  const { kind, ignore = [], categorical = [], earlyStopping, ensemble: members = preset.ensemble } = checked
  const { hidden, ...network } = given(options, ownNetworkOptions)
  const own = { ...(preset.depth !== null && !isArray(hidden) && { depth: preset.depth }), ...network }
  const { prune, ...others } = given(options, { ...ownFitOptions, earlyStopping: estimatorOptions.earlyStopping })
  const fit = { ...others, ...(checked.prune?.sparsity !== 0 && prune && { prune }) }
  const training = omit(fit, ['epochs', 'batchSize', 'learningRate'])
  const space = spaceOf(checked, preset)
  const search = hasChoices(space)
  const { config, seed } = networkBlueprint(kind, { ...own, hidden: space.hidden[0], inputs: 1, outputs: 1 })
  const validation = earlyStopping === undefined ? undefined : { x: [], y: [] }
  fitSettings({ ...fit, lambda: space.lambdas[0], validation }, config, seed)
  const selection = selectionOf(checked, preset, search)
  const { finalists } = preset
  const sparsity = search && isPrunable(checked) ? preset.sparsity : null
  const paceOf = pacesOf(checked, preset)
  return {
    ...checked,
    network: own,
    training,
    space,
    search,
    finalists,
    sparsity,
    selection,
    members,
    ignore,
    categorical,
    paceOf,
  }
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

const hasChoices = ({ encodings, hidden, lambdas }: SearchSpace): boolean =>
  Math.max(encodings.length, hidden.length, lambdas.length) > 1

/** The part of the steps with which more settings than finalists are tried. */
const firstShare = 1 / 5

/** The share of the steps with which settings are tried first; 1 if all of them are tried to the end. */
export function shareOfFirst({ finalists, epochs, space: { encodings, hidden, lambdas } }: Settings): number {
  return epochs !== 1 && encodings.length * lambdas.length + hidden.length - 1 > finalists ? firstShare : 1
}

/** Without numeric columns all encodings are the same. */
export function withOneEncoding(settings: Settings): Settings {
  const space = { ...settings.space, encodings: settings.space.encodings.slice(0, 1) }
  return { ...settings, space, search: hasChoices(space) }
}

/** Pruning so far that some networks could not be pruned at all is left out. @param inputs of the smallest of them. */
export function withReachableSparsity(settings: Settings, inputs: number, outputs: number): Settings {
  const { sparsity, kind, network, space } = settings
  if (sparsity === null) return settings
  const reachable = space.hidden.every((hidden) => {
    const { config } = networkBlueprint(kind, { ...network, hidden, inputs, outputs })
    return guard(() => native.reachableSparsity(config)) >= sparsity + roomToPrune
  })
  return reachable ? settings : { ...settings, sparsity: null }
}

function spaceOf(checked: CheckedOptions, preset: Preset): SearchSpace {
  const { encoding, hidden } = checked
  const encodings = preset.encodings.length > 1 ? preset.encodings : autoEncodings
  return {
    encodings: encoding === undefined ? preset.encodings : encoding === 'auto' ? encodings : [encoding],
    hidden: hidden === undefined ? preset.hidden : [frozen(hidden)],
    lambdas: lambdasOf(checked, preset),
  }
}

/** It goes into summaries, and what users do to these must not change the estimator. */
const frozen = (hidden: unknown) => (isArray(hidden) ? Object.freeze(hidden) : hidden) as Setting['hidden']

function lambdasOf({ lambda: given, lambdas, lambdaRule }: CheckedOptions, preset: Preset): readonly number[] {
  const lambda = given ?? preset.lambda
  if (lambda !== 'auto') {
    const other = lambdas !== undefined ? 'lambdas' : lambdaRule !== 'best' ? 'lambdaRule' : undefined
    if (other === undefined) return [lambda]
    const expected = words`${option('lambda')} is ${show(lambda)}, expected "auto"`
    throw refused(words`${option(other)} is given, but ${expected}`)
  }
  const twice = lambdas?.find((value, k) => lambdas.indexOf(value) < k)
  if (twice !== undefined) throw refused(words`${option('lambdas')} has ${twice} twice`)
  return lambdas ?? preset.lambdas
}

function selectionOf({ selection, earlyStopping }: CheckedOptions, preset: Preset, search: boolean): Selection {
  if (selection === undefined) return earlyStopping === undefined ? preset.selection : { validation: 0.2 }
  const { validation, folds, repeats } = selection as { validation?: number; folds?: number; repeats: number }
  if (folds === undefined && repeats > 1) {
    throw refused(words`${option('selection.repeats')} needs ${option('selection.folds')}, which is not given`)
  }
  if ((validation === undefined) === (folds === undefined)) {
    const came = folds === undefined ? 'neither' : 'both'
    throw refused(words`${option('selection')} takes either validation or folds, got ${came}`)
  }
  if (folds !== undefined && earlyStopping !== undefined) {
    const share = words`which ${option('selection.folds')} does not give`
    throw refused(words`${option('earlyStopping.patience')} needs a held-out share of the rows, ${share}`)
  }
  if (search || earlyStopping !== undefined) {
    return folds === undefined ? { validation: validation as number } : { folds, repeats }
  }
  const name = folds === undefined ? option('selection') : option('selection.folds')
  const reasons = words`${setting('lambda', 'auto')} or ${option('earlyStopping.patience')}`
  throw refused(words`${name} is given, but there is nothing to choose: it holds out rows for ${reasons}`)
}

/** What an option gives stays; otherwise the preset fixes the number of steps. */
function pacesOf({ kind, epochs, batchSize, learningRate }: CheckedOptions, preset: Preset): Settings['paceOf'] {
  const { steps } = preset
  return (rows, share) => {
    const batch = batchSize ?? (steps === null ? fitOptions.batchSize.default : batchOf(rows))
    const whole = epochs ?? (steps === null ? fitOptions.epochs.default : undefined)
    return {
      epochs:
        whole === undefined ? epochsOf(share * (steps as number), rows, batch) : Math.max(1, Math.round(share * whole)),
      batchSize: batch,
      learningRate: learningRate ?? preset.learningRate[kind] / share,
    }
  }
}

/** Whether a search may prune: no option says how far, and the networks can be pruned. */
const isPrunable = ({ prune, normalization, projection }: CheckedOptions): boolean =>
  prune === undefined && normalization !== 'none' && projection === 'none'

const refused = (message: ReturnType<typeof words>) => new Refusal('ERR_OPTION', message)

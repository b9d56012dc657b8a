import { isObject, show } from '../checks.js'
import { type EncodingName, encodingNames } from '../data/encodings/encodings.js'
import { Preprocessor } from '../data/preprocess.js'
import { ClassLabels } from '../data/target.js'
import { TargetScaler } from '../data/target-scaler.js'
import { unspoken } from '../errors/refusal.js'
import { array, name, number, object, odd, oneOf, optional, type Reader } from '../io/json-reader.js'
import type { FileOrBytes } from '../io/random-access.js'
import { type AnyNetwork, type Ensemble, membersOf } from '../network/ensemble.js'
import { inFile, readModel, type SavedModel } from '../network/model-file.js'
import { networkFrom } from '../network/network.js'
import { maxMembers } from '../network/options.js'
import { count } from '../print.js'
import { defaultReading, isDefault, readReading } from '../tables/read-options.js'
import { type Link, lossesWith, lossTraits } from '../words.js'
import { type Ensembled, ensembled } from './ensembled.js'
import {
  type ClassifierOptions,
  type EstimatorOptions,
  type RegressorOptions,
  renamedOptions,
} from './estimator-options.js'
import type { Fitted } from './fits.js'
import { type PresetName, presets } from './presets.js'

const unread: Reader<unknown> = (value) => value

const readEstimator = object({
  type: oneOf('regressor' as const, 'classifier' as const),
  target: name,
  lambda: number,
  coding: unread,
  options: unread, // the constructors check them
  encodings: optional(array(oneOf(...encodingNames))), // absent if the networks take all inputs
  reading: optional(readReading), // absent if it was the default
})

/** What a model file has of an estimator. */
export function savedEstimator(
  type: RestoredEstimator['type'],
  options: object,
  { network, preprocessor, encodings, coding, target, lambda, reading }: Fitted<unknown>,
): SavedModel {
  const different = preprocessor.encodings.length > 1 ? encodings : undefined
  const read = isDefault(reading) ? undefined : reading
  const estimator = { type, target, lambda, encodings: different, coding, reading: read, options }
  return { networks: membersOf(network), preprocessing: preprocessor, estimator }
}

/** What the constructor of an estimator takes. */
export type RestoredEstimator =
  | { type: 'regressor'; options: RegressorOptions; fitted: Fitted<TargetScaler> }
  | { type: 'classifier'; options: ClassifierOptions; fitted: Fitted<ClassLabels> }

type Restored<Type> = Extract<RestoredEstimator, { type: Type }>

/**
 * Reads the model file of an estimator of this type, and makes it.
 *
 * @throws Refusal ERR_FILE if it cannot be read, ERR_MODEL_FILE if it is not valid or holds something else, ERR_MEMORY.
 */
export async function loadEstimator<Type extends RestoredEstimator['type'], Made>(
  source: FileOrBytes,
  wanted: Type,
  make: (restored: Restored<Type>) => Made,
): Promise<Made> {
  const { name, blueprints, preprocessing, estimator } = await readModel(source)
  return inFile(name, () => {
    if (estimator === undefined && preprocessing === undefined) odd(`holds a network, expected a ${wanted}`)
    const networks = blueprints.map((blueprint) => unspoken(() => networkFrom(blueprint)))
    const restored = restoredEstimator(networks, estimator, preprocessing)
    if (restored.type !== wanted) odd(`holds a ${restored.type}, expected a ${wanted}`)
    return unspoken(() => make(restored as Restored<Type>))
  })
}

/**
 * The estimator that a model file describes, around its networks.
 *
 * @param estimator @param preprocessing the file's JSON of that name.
 * @throws Refusal ERR_MODEL_FILE or, for its options, ERR_OPTION if they are odd, or do not fit the network.
 */
export function restoredEstimator(
  networks: readonly AnyNetwork[],
  estimator: unknown,
  preprocessing: unknown,
): RestoredEstimator {
  const preprocessor = Preprocessor.fromJSON(preprocessing, Math.max(...networks.map(({ config }) => config.inputs)))
  const { reading = defaultReading, encodings, ...fields } = readEstimator(estimator, 'estimator')
  const own = ensembledIn(networks, preprocessor, encodings)
  const { network } = own
  const { type, target, lambda } = fields
  if (preprocessor.columns.some(({ name }) => name === target)) odd(`the target ${show(target)} is an input too`)
  if (lambda < 0) odd(`estimator.lambda must be at least 0, got ${lambda}`)
  const learned = { ...own, target, lambda, reading }
  const options = presentOptions(fields.options) as object
  refuseMore(networks.length, options)
  if (type === 'regressor') {
    checkOutputs(network, 'none', 1)
    const coding = TargetScaler.fromJSON(fields.coding)
    const { targetTransform = 'none' } = Object(options) as RegressorOptions
    if (coding.transform !== targetTransform) {
      odd(
        `estimator.coding.transform is ${show(coding.transform)}, the option targetTransform ${show(targetTransform)}`,
      )
    }
    return { type, options, fitted: { ...learned, coding } }
  }
  const coding = ClassLabels.fromJSON(fields.coding)
  const classes = coding.labels.length
  checkOutputs(network, classes === 2 ? 'sigmoid' : 'softmax', classes === 2 ? 1 : classes)
  return { type, options, fitted: { ...learned, coding } }
}

/** A cancelled fit has fewer networks than its options say, but none has more. */
function refuseMore(members: number, given: object): void {
  const { preset = 'paper', ensemble = mostMembers(preset) } = Object(given) as EstimatorOptions
  if (Number.isInteger(ensemble) && members > ensemble) {
    odd(`the file has ${members} networks, the option ensemble is ${ensemble}`)
  }
}

/** @param encodings as the file has them. */
function ensembledIn(
  networks: readonly AnyNetwork[],
  preprocessor: Preprocessor,
  encodings: readonly EncodingName[] | undefined,
): Ensembled {
  const { encodings: all, features } = preprocessor
  if ((encodings === undefined) !== (all.length === 1)) {
    odd(`estimator.encodings is ${show(encodings)}, preprocessing has the encodings ${all.join(', ')}`)
  }
  const wanted = encodings ?? networks.map(() => all[0])
  if (wanted.length !== networks.length) {
    odd(
      `estimator.encodings has ${count(wanted.length, 'encoding')}, the file has ${count(networks.length, 'network')}`,
    )
  }
  networks.forEach(({ config }, m) => {
    const encoding = wanted[m]
    if (!all.includes(encoding)) odd(`estimator.encodings[${m}] is "${encoding}", preprocessing does not have it`)
    const inputs = all.length === 1 ? features.length : preprocessor.inputsOf(encoding).length
    if (config.inputs !== inputs) odd(`preprocessing gives ${inputs} inputs, the network has ${config.inputs}`)
  })
  return ensembled(networks, preprocessor, wanted)
}

/** Presets may average another number in another version; 'paper' is what it was. */
const mostMembers = (preset: PresetName) => (preset === 'paper' ? presets.paper.ensemble : maxMembers)

/** Options under the names that they have now. Before there were presets, what is 'paper' now was the default. */
function presentOptions(options: unknown): unknown {
  if (!isObject(options)) return options
  const entries = Object.entries(options).map(([name, value]) => {
    const now = Object.hasOwn(renamedOptions, name) ? renamedOptions[name] : name
    // the former name of an option that is given too is refused as in any options
    return [now !== name && Object.hasOwn(options, now) ? name : now, value]
  })
  return { preset: 'paper' satisfies PresetName, ...Object.fromEntries(entries) }
}

function checkOutputs({ config, loss }: AnyNetwork | Ensemble, link: Link, expected: number): void {
  if (loss !== null && lossTraits[loss].link === link && config.outputs === expected) return
  const found = `the network has ${config.outputs} outputs and the loss ${JSON.stringify(loss)}`
  odd(`${found}, the estimator needs ${expected} and ${lossesWith(link)}`)
}

import { isObject, show } from '../checks.js'
import { type EncodingName, encodingNames } from '../data/encodings/encodings.js'
import { Preprocessor } from '../data/preprocess.js'
import { ClassLabels, TargetScaler } from '../data/target.js'
import { array, name, number, object, odd, oneOf, optional, type Reader } from '../io/json-reader.js'
import type { AnyNetwork, Ensemble } from '../network/ensemble.js'
import { maxMembers } from '../network/options.js'
import { count } from '../print.js'
import { defaultReading, readReading } from '../tables/read-options.js'
import { type Link, lossesWith, lossTraits } from '../words.js'
import { PsilonClassifier } from './classifier.js'
import { type Ensembled, ensembled } from './ensembled.js'
import { renamedOptions } from './estimator-options.js'
import { type PresetName, presets } from './presets.js'
import { PsilonRegressor } from './regressor.js'

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

/**
 * The estimator that a model file describes, around its networks.
 *
 * @param estimator @param preprocessing the file's JSON of that name.
 * @throws Refusal ERR_MODEL_FILE or, for its options, ERR_OPTION if they are odd, or do not fit the network.
 */
export function restoreEstimator(
  networks: readonly AnyNetwork[],
  estimator: unknown,
  preprocessing: unknown,
): PsilonRegressor | PsilonClassifier {
  const preprocessor = Preprocessor.fromJSON(preprocessing, Math.max(...networks.map(({ config }) => config.inputs)))
  const { reading = defaultReading, encodings, ...fields } = readEstimator(estimator, 'estimator')
  const own = ensembledIn(networks, preprocessor, encodings)
  const { network } = own
  const { type, target, lambda } = fields
  if (preprocessor.columns.some(({ name }) => name === target)) odd(`the target ${show(target)} is an input too`)
  if (lambda < 0) odd(`estimator.lambda must be at least 0, got ${lambda}`)
  const learned = { ...own, target, lambda, reading }
  const options = presentOptions(fields.options) as object
  let model: PsilonRegressor | PsilonClassifier
  if (type === 'regressor') {
    checkOutputs(network, 'none', 1)
    model = new PsilonRegressor(options, { ...learned, coding: TargetScaler.fromJSON(fields.coding) })
  } else {
    const coding = ClassLabels.fromJSON(fields.coding)
    const classes = coding.labels.length
    checkOutputs(network, classes === 2 ? 'sigmoid' : 'softmax', classes === 2 ? 1 : classes)
    model = new PsilonClassifier(options, { ...learned, coding })
  }
  const { preset, ensemble = mostMembers(preset) } = model.options
  if (model.members.length <= ensemble) return model // fewer if the fit was cancelled
  return odd(`the file has ${model.members.length} networks, the option ensemble is ${ensemble}`)
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

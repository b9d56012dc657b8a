import { sum } from 'd3-array'
import { checkString, show } from '../checks.js'
import { type Floats, guard, type NetworkConfig, native, type Parameters } from '../core/native.js'
import { refusalOf } from '../errors/refusal.js'
import { parseJson } from '../io/json.js'
import { array, boolean, number, object, odd, oneOf, type Reader, text } from '../io/json-reader.js'
import type { FileOrBytes } from '../io/random-access.js'
import {
  type CheckMetadata,
  encodeSafetensors,
  openSafetensors,
  type SafeTensor,
  type SafetensorsHeader,
} from '../io/safetensors.js'
import { writeFile } from '../io/write-file.js'
import { checkMemory } from '../machine/devices.js'
import { version } from '../version.js'
import { kinds, type Loss, losses, lossTraits } from '../words.js'
import { Blueprint, networkBlueprint } from './blueprint.js'
import { maxMembers } from './options.js'
import { checkParameters, checkShapes, parameterShapes } from './parameters.js'

/**
 * A model file is a safetensors file. Its tensors are the parameters under their names; its metadata are `format` =
 * 'psilon', `version` of psilon, `config` (JSON of NetworkConfig and the seed), `loss` once the network has been
 * trained, and `preprocessing` and `estimator` (JSON) if an estimator wrote it. For several networks `config` is a
 * list, and the parameters of member m have the prefix `members.m.`.
 */

type SavedNetwork = Pick<Blueprint, 'config' | 'seed' | 'loss'> & { readonly parameters: Parameters }

export interface SavedModel {
  /** One, or the members of an ensemble. */
  networks: readonly SavedNetwork[]
  preprocessing?: unknown
  estimator?: unknown
}

const dtypeNames = { float32: 'F32', float64: 'F64' } as const
const metadataNames = ['format', 'version', 'config', 'loss', 'preprocessing', 'estimator']

const anything: Reader<unknown> = (value) => value

/** `networkBlueprint` checks the values of unread entries. */
const readConfigEntries = object({
  kind: oneOf(...kinds),
  inputs: anything,
  hidden: array(number),
  outputs: anything,
  normalization: anything,
  sharedLength: array(boolean),
  dtype: anything,
  pruned: boolean,
  seed: anything,
})

/**
 * Writes the file in full or not at all. What is written can be loaded.
 *
 * @throws Refusal ERR_FILE if the file cannot be written, ERR_DATA for parameters that a network cannot take, ERR_MEMORY.
 */
export async function writeModel(path: string, model: SavedModel): Promise<void> {
  checkString('path', path)
  await writeFile(path, encodeModel(model))
}

/**
 * The bytes of a model file, in pieces.
 *
 * @throws Refusal ERR_FILE if its header is too long, ERR_DATA for parameters that a network cannot take, ERR_MEMORY.
 */
export function encodeModel({ networks, preprocessing, estimator }: SavedModel): Uint8Array[] {
  checkMemory(sum(networks, ({ config }) => guard(() => native.memoryNeeded(config, null))))
  const tensors = new Map<string, SafeTensor>()
  const configs = networks.map(({ config, seed, parameters }, m) => {
    const prefix = networks.length === 1 ? '' : `members.${m}.`
    const checked = checkParameters(parameters, config)
    for (const [name, shape] of parameterShapes(config)) {
      tensors.set(prefix + name, { dtype: dtypeNames[config.dtype], shape, data: checked[name].data })
    }
    return { ...config, seed }
  })
  const config = JSON.stringify(configs.length === 1 ? configs[0] : configs)
  const metadata: Record<string, string> = { format: 'psilon', version, config }
  const { loss } = networks[0]
  if (loss !== null) metadata.loss = loss
  if (preprocessing !== undefined) metadata.preprocessing = JSON.stringify(preprocessing)
  if (estimator !== undefined) metadata.estimator = JSON.stringify(estimator)
  return encodeSafetensors(tensors, metadata)
}

/**
 * Reads an untrusted model file: everything in its header is checked before its numbers are read.
 *
 * @returns its name in messages; one blueprint, or those of the members of an ensemble; parsed but unchecked JSON, undefined in the file of a
 * bare network.
 * @throws Refusal ERR_FILE if it cannot be read, ERR_MODEL_FILE if it is not valid, ERR_MEMORY if it is too large.
 */
export async function readModel(source: FileOrBytes) {
  const file = await openSafetensors(source, checkFormat)
  const { name } = file
  try {
    const { networks, loss, ...others } = inFile(name, () => readHeader(file.header))
    const needed = networks.map(({ config }) => guard(() => native.memoryNeeded(config, null)))
    checkMemory(sum([bytesOf(file.header), ...needed]))
    const tensors = byMember(await file.read(), networks.length)
    const blueprints = networks.map(({ config, seed }, m) => {
      const parameters = inFile(name, () => checkParameters(Object.fromEntries(tensors[m]), config))
      return new Blueprint(config, seed, loss, parameters)
    })
    return { name, blueprints, ...others }
  } finally {
    await file.close()
  }
}

const faultsOfFiles = ['ERR_OPTION', 'ERR_SHAPE', 'ERR_DATA', 'ERR_MODEL_FILE']

/** Turns refusals of options, parameters and JSON into faults of the file, with its name. */
export function inFile<T>(name: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined || !faultsOfFiles.includes(refusal.code)) throw error
    throw refusal.with({ code: 'ERR_MODEL_FILE', place: [name, ...refusal.place] })
  }
}

const checkFormat: CheckMetadata = (metadata, fail) => {
  const format = metadata.get('format')
  if (format === 'psilon') return
  throw fail(`is a safetensors file of another program: its metadata "format" is ${show(format)}, expected "psilon"`)
}

function readHeader({ metadata, tensors }: SafetensorsHeader) {
  const unknown = [...metadata.keys()].find((name) => !metadataNames.includes(name))
  if (unknown !== undefined) odd(`unknown metadata ${show(unknown)}`)
  text(metadata.get('version'), 'metadata "version"')
  const networks = readConfigs(jsonOf(metadata, 'config'))
  const [{ config }] = networks
  checkMembers(networks, tensors)
  for (const [name, { dtype }] of tensors) {
    if (dtype !== dtypeNames[config.dtype]) odd(`tensor "${name}" is ${dtype}, the network is ${config.dtype}`)
  }
  const optional = (name: string) => (metadata.has(name) ? jsonOf(metadata, name) : undefined)
  const [preprocessing, estimator] = [optional('preprocessing'), optional('estimator')]
  return { networks, loss: readLoss(metadata.get('loss'), config), preprocessing, estimator }
}

/** A network without its parameters, as JSON. */
export const networkFacts = ({ config, seed, loss }: Pick<Blueprint, 'config' | 'seed' | 'loss'>) => {
  return { config: { ...config, seed }, loss }
}

export const readNetworkFacts = object({ config: anything, loss: anything })

/** The network of facts and parameters by name. @throws Refusal unless these make a network. */
export function blueprintOf(facts: ReturnType<typeof readNetworkFacts>, numbers: Readonly<Record<string, Floats>>) {
  const { config, seed } = readConfig(facts.config)
  const loss = facts.loss === null ? null : readLoss(text(facts.loss, 'loss'), config)
  const tensors = [...parameterShapes(config)].map(([name, shape]) => [name, { shape, data: numbers[name] }])
  return new Blueprint(config, seed, loss, checkParameters(Object.fromEntries(tensors), config))
}

type SeededConfig = Pick<Blueprint, 'config' | 'seed'>

function readConfigs(json: unknown): SeededConfig[] {
  if (!Array.isArray(json)) return [readConfig(json)]
  if (json.length < 2 || json.length > maxMembers) {
    odd(`config must be an object or a list of 2 to ${maxMembers}, got ${json.length}`)
  }
  return json.map(readConfig)
}

/** Checks that all members have the same outputs, and that every tensor belongs to one. */
function checkMembers(networks: readonly SeededConfig[], tensors: SafetensorsHeader['tensors']): void {
  const own = byMember(tensors, networks.length)
  networks.forEach(({ config }, m) => {
    checkShapes(own[m], config)
    const common = ['kind', 'outputs', 'normalization', 'dtype'] as const
    const differs = common.find((name) => config[name] !== networks[0].config[name])
    if (differs !== undefined) odd(`config[${m}].${differs} differs from config[0]`)
  })
}

/** The tensors of each member, by the names that its network gives them. */
function byMember<T>(tensors: ReadonlyMap<string, T>, count: number): Map<string, T>[] {
  if (count === 1) return [new Map(tensors)]
  const members = Array.from({ length: count }, () => new Map<string, T>())
  for (const [name, tensor] of tensors) {
    const [, m, own] = /^members\.(0|[1-9]\d{0,2})\.(.*)$/s.exec(name) ?? []
    if (own === undefined || members[Number(m)] === undefined) odd(`unknown parameter ${show(name)}`)
    members[Number(m)].set(own, tensor)
  }
  return members
}

function readConfig(json: unknown): SeededConfig {
  const { kind, pruned, hidden, ...rest } = readConfigEntries(json, 'config')
  if (kind === 'resnet' && hidden.some((width) => width !== hidden[0])) {
    odd('config.hidden must have the same width for every layer of a resnet')
  }
  const sizes = kind === 'resnet' ? { hidden: hidden[0], depth: hidden.length } : { hidden }
  const { config, seed } = networkBlueprint(kind, { ...rest, ...sizes })
  if (pruned && config.normalization === 'none') {
    odd('config.pruned is true, but a network with normalization "none" cannot be pruned')
  }
  return { config: { ...config, pruned }, seed }
}

function readLoss(value: string | undefined, { outputs }: NetworkConfig): Loss | null {
  if (value === undefined) return null
  const loss = oneOf(...losses)(value, 'metadata "loss"')
  if (lossTraits[loss].targets === 'class' && outputs < 2)
    odd(`metadata "loss" is "${loss}", the network has one output`)
  return loss
}

function jsonOf(metadata: ReadonlyMap<string, string>, name: string): unknown {
  const place = `metadata "${name}"`
  return parseJson(text(metadata.get(name), place), (reason) => odd(`${place} ${reason}`))
}

const bytesOf = ({ tensors }: SafetensorsHeader) => sum(tensors.values(), ({ begin, end }) => end - begin)

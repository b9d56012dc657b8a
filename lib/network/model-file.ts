import writeFileAtomic from 'write-file-atomic'
import { checkString, show } from '../checks.js'
import { checkMemory } from '../devices.js'
import { PsilonError } from '../errors.js'
import { fileError, fileName } from '../io/file-error.js'
import { readArray, readBoolean, readNumber, readObject, readOneOf, readString } from '../io/json-reader.js'
import { encodeSafetensors, openSafetensors, type SafeTensor } from '../io/safetensors.js'
import type { SafetensorsHeader } from '../io/safetensors-header.js'
import { checkTargetFile } from '../io/target-file.js'
import { guard, type Loss, type NetworkConfig, native, type Parameters } from '../native.js'
import { version } from '../version.js'
import { Blueprint, kinds, losses, networkBlueprint } from './options.js'
import { checkParameters, checkShapes, parameterShapes } from './parameters.js'

/**
 * A model file is a safetensors file. Its tensors are the parameters under their names; its metadata are `format` =
 * 'psilon', `version` of psilon, `config` (JSON of NetworkConfig and the seed), `loss` once the network has been
 * trained, and `preprocessing` and `estimator` (JSON) where an estimator wrote it.
 */

export interface SavedNetwork {
  readonly config: NetworkConfig
  readonly seed: number
  readonly loss: Loss | null
  readonly parameters: Parameters
}

export interface ModelFile {
  blueprint: Blueprint
  /** Parsed but unchecked JSON, as is `estimator`; undefined in the file of a bare network. */
  preprocessing: unknown
  estimator: unknown
}

const dtypeNames = { float32: 'F32', float64: 'F64' } as const
const metadataNames = ['format', 'version', 'config', 'loss', 'preprocessing', 'estimator']
const configNames = [
  ...(['kind', 'inputs', 'hidden', 'outputs', 'normalization', 'sharedLength'] as const),
  ...(['dtype', 'pruned', 'seed'] as const),
]

/**
 * Writes a temporary file, syncs it and renames it to `path`. What is written can be loaded.
 *
 * @throws PsilonError ERR_FILE where the file cannot be written, ERR_DATA for parameters that a network cannot take.
 */
export async function writeModel(
  path: string,
  network: SavedNetwork,
  preprocessing?: unknown,
  estimator?: unknown,
): Promise<void> {
  checkString('save', 'path', path)
  const { config, seed, loss } = network
  const parameters = checkParameters('save', network.parameters, config)
  const metadata: Record<string, string> = { format: 'psilon', version, config: JSON.stringify({ ...config, seed }) }
  if (loss !== null) metadata.loss = loss
  if (preprocessing !== undefined) metadata.preprocessing = JSON.stringify(preprocessing)
  if (estimator !== undefined) metadata.estimator = JSON.stringify(estimator)
  const tensors = new Map<string, SafeTensor>()
  for (const [name, shape] of parameterShapes(config)) {
    tensors.set(name, { dtype: dtypeNames[config.dtype], shape, data: (parameters[name] as Parameters[string]).data })
  }
  const bytes = encodeSafetensors(tensors, metadata)
  await checkTargetFile('save', path)
  try {
    await writeFileAtomic(path, bytes)
  } catch (cause) {
    throw fileError('save', 'write', path, cause)
  }
}

/**
 * Reads a model file that may be hostile: everything in its header is checked before its numbers are read.
 *
 * @throws PsilonError ERR_FILE where it cannot be read, ERR_MODEL_FILE for anything odd in it, ERR_MEMORY where it is
 * too large.
 */
export async function readModel(path: string): Promise<ModelFile> {
  const file = await openSafetensors(checkString('load', 'path', path))
  try {
    const { config, seed, loss, ...others } = inFile(path, () => readHeader(file.header))
    checkMemory('load', bytesOf(file.header) + guard(readModel, () => native.memoryNeeded(config, null)))
    const tensors = Object.fromEntries(await file.read())
    const parameters = inFile(path, () => checkParameters('load', tensors, config))
    return { blueprint: new Blueprint(config, seed, loss, parameters), ...others }
  } finally {
    await file.close()
  }
}

/** Names the file in what the checks of options, parameters and JSON find: it is a fault of the file here. */
export function inFile<T>(path: string, check: () => T): T {
  try {
    return check()
  } catch (cause) {
    if (!(cause instanceof PsilonError)) throw cause
    const message = cause.message.replace('[load] ', `[load] ${fileName(path)}: `)
    throw new PsilonError('ERR_MODEL_FILE', message, { cause })
  }
}

function readHeader({ metadata, tensors }: SafetensorsHeader) {
  for (const name of metadata.keys()) {
    if (!metadataNames.includes(name)) throw odd(`unknown metadata ${show(name)}`)
  }
  readOneOf(metadata.get('format'), 'metadata "format"', ['psilon'])
  readString(metadata.get('version'), 'metadata "version"')
  const { config, seed } = readConfig(parseJson(metadata, 'config'))
  checkShapes('load', tensors, config)
  for (const [name, { dtype }] of tensors) {
    if (dtype !== dtypeNames[config.dtype]) throw odd(`tensor "${name}" is ${dtype}, the network is ${config.dtype}`)
  }
  const optional = (name: string) => (metadata.has(name) ? parseJson(metadata, name) : undefined)
  const others = { preprocessing: optional('preprocessing'), estimator: optional('estimator') }
  return { config, seed, loss: readLoss(metadata.get('loss'), config), ...others }
}

function readConfig(json: unknown): { config: NetworkConfig; seed: number } {
  const { kind, pruned, hidden, sharedLength, ...rest } = readObject(json, 'config', configNames)
  const widths = readArray(hidden, 'config.hidden', readNumber)
  const known = readOneOf(kind, 'config.kind', kinds)
  if (known === 'resnet' && widths.some((width) => width !== widths[0])) {
    throw odd('config.hidden must have the same width for every layer of a resnet')
  }
  const sizes = known === 'resnet' ? { hidden: widths[0], depth: widths.length } : { hidden: widths }
  const shared = readArray(sharedLength, 'config.sharedLength', readBoolean)
  const { config, seed } = networkBlueprint('load', known, { ...rest, ...sizes, sharedLength: shared })
  if (readBoolean(pruned, 'config.pruned') && config.normalization === 'none') {
    throw odd('config.pruned is true, but a network with normalization "none" cannot be pruned')
  }
  return { config: { ...config, pruned: pruned as boolean }, seed }
}

function readLoss(value: string | undefined, { outputs }: NetworkConfig): Loss | null {
  if (value === undefined) return null
  const loss = readOneOf(value, 'metadata "loss"', losses)
  if (loss === 'softmax' && outputs < 2) throw odd('metadata "loss" is "softmax", the network has one output')
  return loss
}

function parseJson(metadata: ReadonlyMap<string, string>, name: string): unknown {
  try {
    return JSON.parse(readString(metadata.get(name), `metadata "${name}"`))
  } catch (error) {
    throw error instanceof PsilonError ? error : odd(`metadata "${name}" is not JSON`)
  }
}

function bytesOf({ tensors }: SafetensorsHeader): number {
  let bytes = 0
  for (const { begin, end } of tensors.values()) bytes += end - begin
  return bytes
}

const odd = (what: string) => new PsilonError('ERR_MODEL_FILE', `[load] ${what}`)

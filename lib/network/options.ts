import { checkBoolean, checkInteger, checkOneOf, reading, refuseUnknown, show } from '../checks.js'
import { PsilonError } from '../errors.js'
import type { Bound, Dtype, Loss, NetworkConfig, NetworkKind, Normalization, Parameters } from '../native.js'
import { isArray } from '../realms.js'
import { bounds, dtypes, normalizations } from '../words.js'

/** What a network is. Section numbers are those of docs/method.md, which follows arXiv 2404.19112. */
export interface NetworkOptions {
  /** Number of inputs p, columns of x. 1 to 1,000,000. */
  inputs: number
  /** Units in each hidden layer. Default 500. */
  hidden?: number | undefined
  /**
   * Number of hidden layers D; the network has D + 1 layers (section 4). 1 to 1,000. Default 3 (PsilonNet), 10
   * (PsilonResNet).
   */
  depth?: number | undefined
  /** Number of outputs C; classes, for the loss softmax. Default 1. */
  outputs?: number | undefined
  /**
   * How the rows of the weights are normalised: W_i = g_i v_i / |v_i| (sections 2 and 3). 'none': W = v. Default 'l1'.
   */
  normalization?: Normalization | undefined
  /**
   * Whether a layer has one length g, or one for each row; one answer for all layers or one for each of the layers 0 ..
   * depth - 1. The last layer always has one for each row. Default true; without normalisation there are no lengths.
   */
  sharedLength?: boolean | readonly boolean[] | undefined
  /** The type of parameters, computation and outputs. Default 'float32'. */
  dtype?: Dtype | undefined
  /** From which everything random is drawn: initial weights, and the order of rows in fit. 0 to 2^53 - 1. Default 0. */
  seed?: number | undefined
}

export interface PsilonNetOptions extends Omit<NetworkOptions, 'hidden'> {
  /** Units in each hidden layer, or one width for each, first to last, which also gives the depth. Default 500. */
  hidden?: number | readonly number[] | undefined
}

export type PsilonResNetOptions = NetworkOptions

/** Which path norm (docs/method.md, sections 5 and 14), and of what. */
export interface BoundOptions {
  /** 'tight' is never above the others; for a PsilonNet all three are the same. Default 'improved'. */
  bound?: Bound | undefined
  /** One output, from 0. Default: the sum of all. */
  output?: number | undefined
}

/** Everything a network is made from, checked: a fresh one draws its parameters from the seed and has no loss yet. */
export class Blueprint {
  readonly #isOne = true

  /** Asks nothing of the value itself, which may be a proxy. */
  static isOne(value: object): value is Blueprint {
    return #isOne in value
  }

  constructor(
    readonly config: NetworkConfig,
    readonly seed: number,
    readonly loss: Loss | null = null,
    readonly parameters: Parameters | null = null,
  ) {}
}

const names = ['inputs', 'hidden', 'depth', 'outputs', 'normalization', 'sharedLength', 'dtype', 'seed']
/** The most networks that an ensemble averages. */
export const mostMembers = 1_000
const mostUnits = 1_000_000
const mostLayers = 1_000

/** @throws PsilonError ERR_OPTION for an unknown name or a value out of its range. */
export function networkBlueprint(operation: string, kind: NetworkKind, options: unknown): Blueprint {
  const given = refuseUnknown(operation, options, names)
  const { inputs, outputs = 1, dtype = 'float32', seed = 0 } = given
  const hidden = hiddenWidths(operation, kind, given)
  const normalization = checkNormalization(operation, given.normalization)
  const config: NetworkConfig = {
    kind,
    inputs: checkInteger(operation, 'inputs', inputs, 1, mostUnits),
    hidden,
    outputs: checkInteger(operation, 'outputs', outputs, 1, mostUnits),
    normalization,
    sharedLength: sharedLengths(operation, given.sharedLength, normalization, hidden.length),
    dtype: checkOneOf(operation, 'dtype', dtype, dtypes),
    pruned: false,
  }
  return new Blueprint(config, checkSeed(operation, seed))
}

export function boundOptions(
  operation: string,
  options: unknown,
  { outputs }: NetworkConfig,
  known: readonly string[] = ['bound', 'output'],
): { bound: Bound; output: number | null } {
  const { bound = 'improved', output } = refuseUnknown(operation, options, known)
  return {
    bound: checkOneOf(operation, 'bound', bound, bounds),
    output: output === undefined ? null : checkInteger(operation, 'output', output, 0, outputs - 1),
  }
}

export function checkSeed(operation: string, seed: unknown): number {
  return checkInteger(operation, 'seed', seed, 0, Number.MAX_SAFE_INTEGER)
}

function checkNormalization(operation: string, given: unknown = 'l1'): Normalization {
  return checkOneOf(operation, 'normalization', given, normalizations)
}

function hiddenWidths(operation: string, kind: NetworkKind, given: Record<string, unknown>): number[] {
  const { hidden: widths = 500 } = given
  const hidden = listOf(operation, 'hidden', widths, mostLayers)
  const { depth = isArray(hidden) ? hidden.length : kind === 'mlp' ? 3 : 10 } = given
  if (!isArray(hidden)) {
    const width = checkInteger(operation, 'hidden', hidden, 1, mostUnits)
    const layers = checkInteger(operation, 'depth', depth, 1, mostLayers)
    return Array<number>(layers).fill(width)
  }
  if (kind === 'resnet') {
    throw new PsilonError('ERR_OPTION', `[${operation}] hidden must be one width for all layers, got ${show(hidden)}`)
  }
  if (hidden.length < 1 || hidden.length > mostLayers) {
    throw new PsilonError(
      'ERR_OPTION',
      `[${operation}] hidden must have 1 to ${mostLayers} widths, got ${hidden.length}`,
    )
  }
  if (depth !== hidden.length) {
    const message = `[${operation}] depth is ${show(depth)}, hidden has ${hidden.length} widths`
    throw new PsilonError('ERR_OPTION', message)
  }
  return Array.from(hidden, (width, k) => checkInteger(operation, `hidden[${k}]`, width, 1, mostUnits))
}

function sharedLengths(operation: string, shared: unknown, normalization: Normalization, depth: number): boolean[] {
  if (shared === undefined) return Array<boolean>(depth).fill(normalization !== 'none')
  const given = listOf(operation, 'sharedLength', shared, mostLayers)
  if (!isArray(given)) {
    refuseLengths(operation, given === true, normalization)
    return Array<boolean>(depth).fill(checkBoolean(operation, 'sharedLength', given))
  }
  if (given.length !== depth) {
    const message = `[${operation}] sharedLength has ${given.length} entries, the network has ${depth} hidden layers`
    throw new PsilonError('ERR_OPTION', message)
  }
  refuseLengths(operation, given.includes(true), normalization)
  return Array.from(given, (shared, k) => checkBoolean(operation, `sharedLength[${k}]`, shared))
}

/** An array, read once, with holes where it has more entries than are of use; anything else as it is. */
function listOf(operation: string, name: string, value: unknown, most: number): unknown {
  if (!isArray(value)) return value
  return reading('ERR_OPTION', operation, name, () => {
    const { length } = value
    return length > most ? Array(length) : Array.from({ length }, (_, k) => value[k])
  })
}

function refuseLengths(operation: string, shared: boolean, normalization: Normalization): void {
  if (!shared || normalization !== 'none') return
  throw new PsilonError('ERR_OPTION', `[${operation}] sharedLength is true, but normalization "none" has no lengths`)
}

import { checkBoolean, checkInteger, reading, show } from '../checks.js'
import type { NetworkConfig, Parameters } from '../core/native.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { checkOptions, readOptions } from '../options/option.js'
import { isArray } from '../realms.js'
import type { Loss, NetworkKind, Normalization } from '../words.js'
import { maxLayers, maxUnits, networkOptions } from './options.js'

/** Everything a network is made from, checked: a fresh one draws its parameters from the seed and has no loss yet. */
export class Blueprint {
  readonly #isOne = true

  /** Does not access the value, which may be a proxy. */
  static isOne(value: unknown): value is Blueprint {
    return typeof value === 'object' && value !== null && #isOne in value
  }

  constructor(
    readonly config: NetworkConfig,
    readonly seed: number,
    readonly loss: Loss | null = null,
    readonly parameters: Parameters | null = null,
  ) {}
}

/** @throws Refusal ERR_OPTION for an unknown name or a value out of its range. */
export function networkBlueprint(kind: NetworkKind, options: unknown): Blueprint {
  const read = readOptions(networkOptions, options)
  const { hidden: widths, sharedLength: shared, depth, seed, ...given } = checkOptions(networkOptions, read, { kind })
  const hidden = hiddenWidths(kind, widths, depth, read.depth !== undefined)
  const sharedLength = sharedLengths(shared, given.normalization, hidden.length)
  return new Blueprint({ kind, ...given, hidden, sharedLength, pruned: false }, seed)
}

function hiddenWidths(kind: NetworkKind, given: unknown, depth: number, depthIsGiven: boolean): number[] {
  const hidden = listOf('hidden', given)
  if (!isArray(hidden)) return Array<number>(depth).fill(checkInteger('hidden', hidden, 1, maxUnits))
  if (kind === 'resnet') throw refused(words`${option('hidden')} must be one width for all layers, got ${show(hidden)}`)
  if (hidden.length < 1 || hidden.length > maxLayers) {
    throw refused(words`${option('hidden')} must have 1 to ${maxLayers} widths, got ${hidden.length}`)
  }
  if (depthIsGiven && depth !== hidden.length) {
    throw refused(words`${option('depth')} is ${depth}, ${option('hidden')} has ${hidden.length} widths`)
  }
  return Array.from(hidden, (width, k) => checkInteger(`hidden[${k}]`, width, 1, maxUnits))
}

function sharedLengths(given: unknown, normalization: Normalization, depth: number): boolean[] {
  if (given === undefined) return Array<boolean>(depth).fill(normalization !== 'none')
  const shared = listOf('sharedLength', given)
  if (!isArray(shared)) {
    refuseLengths(shared === true, normalization)
    return Array<boolean>(depth).fill(checkBoolean('sharedLength', shared))
  }
  if (shared.length !== depth) {
    throw refused(words`${option('sharedLength')} has ${shared.length} entries, the network has ${depth} hidden layers`)
  }
  refuseLengths(shared.includes(true), normalization)
  return Array.from(shared, (each, k) => checkBoolean(`sharedLength[${k}]`, each))
}

/** An array, read once, with holes beyond `maxLayers` entries; anything else unchanged. */
function listOf(name: string, value: unknown): unknown {
  if (!isArray(value)) return value
  return reading('ERR_OPTION', name, () => {
    const { length } = value
    return length > maxLayers ? Array(length) : Array.from({ length }, (_, k) => value[k])
  })
}

function refuseLengths(shared: boolean, normalization: Normalization): void {
  if (!shared || normalization !== 'none') return
  throw refused(words`${option('sharedLength')} is true, but normalization "none" has no lengths`)
}

const refused = (message: ReturnType<typeof words>) => new Refusal('ERR_OPTION', message)

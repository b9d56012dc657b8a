import { Preprocessor } from '../data/preprocess.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { type Ensembled, ensembled } from './ensembled.js'
import type { Part } from './parts.js'
import type { Setting } from './settings.js'

/** A trained network of an ensemble, and what it was trained with. */
export interface Member {
  part: Part
  setting: Setting
  network: AnyNetwork
}

/** One network for the members and the inputs of all of them. */
export function ensembleOf(members: readonly Member[]): Ensembled & Pick<Setting, 'lambda'> {
  const preprocessors = new Map(members.map(({ setting, part }) => [setting.encoding, part.preprocessor]))
  const networks = members.map(({ network }) => network)
  for (const { network, setting } of members) if (setting.sparsity !== null) network.compact()
  const encodings = members.map(({ setting }) => setting.encoding)
  const { lambda } = members[0].setting
  return { ...ensembled(networks, Preprocessor.joined([...preprocessors.values()]), encodings), lambda }
}

/** Member 0 has the seed itself; the seeds of the others are 2^32 apart, so that small seeds share none, modulo 2^53. */
export function memberSeed(seed: number, member: number): number {
  const shift = member * 2 ** 32
  const rest = 2 ** 53 - shift
  return seed < rest ? seed + shift : seed - rest
}

import type { Section } from '../checkpoint/checkpoint-file.js'
import { option, Refusal, refusalOf, textOf, words } from '../errors/refusal.js'
import { entries, nullable, number, object, oneOf, text } from '../io/json-reader.js'
import type { Blueprint } from '../network/blueprint.js'
import { blueprintOf, networkFacts, readNetworkFacts } from '../network/model-file.js'
import { count } from '../print.js'
import { type Setting, settingOf } from './settings.js'

/** A setting with which a fit diverged: a loss, an update or an output was no longer finite. */
export interface Diverged extends Setting {
  /** 'search': a fit that tried the setting. 'fit': one of the last ones, whose network was left out. */
  stage: 'search' | 'fit'
  /** Planned epochs of the fit. */
  epochs: number
  /** The epoch in which it diverged. */
  epoch: number
}

/** The end of a fit that diverged. */
export class Divergence {
  constructor(
    readonly found: Diverged,
    readonly refusal: Refusal,
  ) {}

  /** Null for another error. */
  static of(error: unknown, fit: Omit<Diverged, 'epoch'>): Divergence | null {
    const refusal = refusalOf(error)
    if (refusal?.code !== 'ERR_NON_FINITE') return null
    const { stage, epochs } = fit
    const { epoch = epochs } = refusal.details as { epoch?: number }
    return new Divergence({ ...settingOf(fit), stage, epochs, epoch }, refusal)
  }
}

const readFacts = object({
  kind: oneOf('divergence' as const),
  ...{ epoch: number, message: text, details: entries(number), network: nullable(readNetworkFacts) },
})

/** A divergence as a section of a checkpoint. @param network with the last finite parameters, if they may be kept. */
export function sectionOfDivergence({ found, refusal }: Divergence, network: Blueprint | null): Section {
  const { said, details } = refusal
  const facts = { epoch: found.epoch, message: textOf(said), details, network: network && networkFacts(network) }
  const parameters = Object.entries(network?.parameters ?? {}).map(([name, { data }]) => [name, data] as const)
  return { facts: { kind: 'divergence', ...facts }, numbers: Object.fromEntries(parameters) }
}

export const isDivergence = ({ facts }: Section): boolean => Object(facts).kind === 'divergence'

export function divergenceOfSection({ facts, numbers }: Section, fit: Omit<Diverged, 'epoch'>) {
  const { epoch, message, details, network } = readFacts(facts, '')
  const { stage, epochs } = fit
  const refusal = new Refusal('ERR_NON_FINITE', message, { details })
  const divergence = new Divergence({ ...settingOf(fit), stage, epochs, epoch }, refusal)
  return { divergence, network: network && blueprintOf(network, numbers) }
}

/** What is said where all have diverged. @param noun of one of them; a single one says what happened to it. */
export function refusalOfAll(all: readonly Divergence[], noun: string): Refusal {
  const [{ found, refusal }] = all
  if (all.length === 1) return refusal
  const { encoding, hidden, lambda, epoch } = found
  const first = `the first, with encoding ${encoding}, ${hidden} units and lambda ${lambda}, in epoch ${epoch}`
  const what = `all ${count(all.length, noun)} diverged; ${first}: a loss, an update or an output was no longer finite`
  const remedy = words`try a smaller ${option('learningRate')} or ${option('lambda')}`
  return new Refusal('ERR_NON_FINITE', words`${what}; ${remedy}`, { details: refusal.details })
}

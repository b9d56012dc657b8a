import type { Section } from '../checkpoint/checkpoint-file.js'
import { epochsOf, figuresOf, type History, shownHistory } from '../fit/history.js'
import { number, object, odd, oneOf, text } from '../io/json-reader.js'
import { Blueprint } from '../network/blueprint.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { blueprintOf, networkFacts, readNetworkFacts } from '../network/model-file.js'
import { stops } from '../words.js'

/** A fit that has ended, and its network. */
export interface FinishedFit {
  history: History
  blueprint: Blueprint
}

export function finishedFit(history: History, network: AnyNetwork): FinishedFit {
  return { history, blueprint: blueprintOfNetwork(network) }
}

export const blueprintOfNetwork = ({ config, seed, loss, parameters }: AnyNetwork): Blueprint =>
  new Blueprint(config, seed, loss, parameters)

const readFacts = object({
  kind: oneOf('fit' as const),
  history: object<Omit<History, 'epochs'>>({
    stopped: oneOf(...stops),
    ...{ epoch: number, seconds: number },
    device: object<History['device']>({
      ...{ name: text, reason: text, threads: number, instructionSet: text },
      precision: oneOf('float32', 'float64', 'tf32'),
    }),
  }),
  network: readNetworkFacts,
})

/** A finished fit as a section of a checkpoint. */
export function sectionOfFit({ history: { epochs, ...history }, blueprint }: FinishedFit): Section {
  const parameters = Object.entries(blueprint.parameters ?? {}).map(([name, { data }]) => [name, data] as const)
  return {
    facts: { kind: 'fit', history, network: networkFacts(blueprint) },
    numbers: { epochs: figuresOf(epochs), ...Object.fromEntries(parameters) },
  }
}

export function fitOfSection({ facts, numbers }: Section): FinishedFit {
  const { history, network } = readFacts(facts, '')
  const { epochs = odd('it lacks the epochs'), ...parameters } = numbers
  const all = epochsOf(Float64Array.from(epochs))
  return { history: shownHistory({ epochs: all, ...history }), blueprint: blueprintOf(network, parameters) }
}

import type { Preprocessor } from '../data/preprocess.js'
import { chooseDevice } from '../devices.js'
import { reworded } from '../errors.js'
import type { Epoch, Loss } from '../native.js'
import { checkThreads } from '../network/fit-options.js'
import { PsilonNet, PsilonResNet } from '../network/network.js'
import { Blueprint, networkBlueprint } from '../network/options.js'
import type { History } from '../network/training.js'
import type { FitData, Part } from './data.js'
import type { Settings } from './options.js'

export type AnyNetwork = PsilonNet | PsilonResNet

/** One finished epoch of one of the fits that a run consists of. */
export interface FitEvent extends Epoch {
  /** 'search': a fit that tries a lambda. 'fit': the last one, whose network the estimator keeps. */
  stage: 'search' | 'fit'
  lambda: number
  /** This fit, 1 .. fits. */
  fit: number
  fits: number
  /** Epochs this fit is to have. */
  epochs: number
  /** Steps in an epoch. */
  batches: number
}

/** All that an estimator has learned. */
export interface Fitted<Coding> {
  network: AnyNetwork
  preprocessor: Preprocessor
  coding: Coding
  target: string
  lambda: number
}

/** A fit that has ended. */
export interface Trained {
  part: Part
  lambda: number
  history: History
}

/** A fit that tried a lambda, and all that is left of its network. */
export interface Trial extends Trained {
  loss: Loss
  pathNorm: number
  blueprint: Blueprint
}

/** What a run does with its surroundings. */
export interface FitContext<Coding> {
  emit(event: FitEvent): void
  stop: AbortSignal
  /** Takes what was learned; also from a last fit that fails or is cancelled, once it has finished an epoch. */
  keep(fitted: Fitted<Coding>): void
}

/** The fits of one run, one after the other, each with a fresh network from the same seed. */
export class Fits<Coding> {
  readonly #data: FitData<Coding>
  readonly #settings: Settings
  readonly #context: FitContext<Coding>
  readonly #count: number
  readonly #device: History['device']
  #begun = 0

  constructor(data: FitData<Coding>, settings: Settings, context: FitContext<Coding>, count: number) {
    this.#data = data
    this.#settings = settings
    this.#context = context
    this.#count = count
    this.#device = deviceOf(settings)
  }

  /** Tries a lambda. */
  async try(part: Part, lambda: number): Promise<Trial> {
    const network = this.#fresh(part)
    try {
      const history = await this.#train(network, part, lambda, 'search')
      const { config, seed, loss, parameters } = network
      const blueprint = new Blueprint(config, seed, loss, parameters)
      return { part, lambda, history, loss: this.#data.loss, pathNorm: network.pathNorm(), blueprint }
    } finally {
      network.dispose()
    }
  }

  /** Trains the network that is kept, unless it has not finished an epoch. */
  async last(part: Part, lambda: number): Promise<Trained> {
    const network = this.#fresh(part)
    try {
      return { part, lambda, history: await this.#train(network, part, lambda, 'fit') }
    } finally {
      if (network.loss === null) network.dispose()
      else this.#keep(network, part, lambda)
    }
  }

  /** Keeps the network of a trial. */
  keep({ blueprint, part, lambda }: Trial): void {
    this.#keep(networkFrom(blueprint), part, lambda)
  }

  #keep(network: AnyNetwork, { preprocessor }: Part, lambda: number): void {
    const { coding, target } = this.#data
    this.#context.keep({ network, preprocessor, coding, target, lambda })
  }

  #fresh({ preprocessor }: Part): AnyNetwork {
    const { kind, network } = this.#settings
    const inputs = preprocessor.features.length
    const blueprint = networkBlueprint('fit', kind, { ...network, inputs, outputs: this.#data.outputs })
    return reworded(kind === 'mlp' ? '[PsilonNet]' : '[PsilonResNet]', '[fit]', () => networkFrom(blueprint))
  }

  async #train(network: AnyNetwork, part: Part, lambda: number, stage: FitEvent['stage']): Promise<History> {
    const { training, epochs, batchSize } = this.#settings
    const { emit, stop } = this.#context
    if (stop.aborted) return { epochs: [], stopped: 'cancelled', epoch: 0, seconds: 0, device: this.#device }
    const fit = ++this.#begun
    const batches = Math.ceil(part.rows / batchSize)
    const every = validationEvery(stage, this.#settings)
    const validation = part.validation === null ? undefined : { ...part.validation, every }
    const run = network.fit(part.train, { ...training, loss: this.#data.loss, lambda, validation })
    const cancel = () => run.cancel()
    stop.addEventListener('abort', cancel)
    try {
      for await (const epoch of run) emit({ ...epoch, stage, lambda, fit, fits: this.#count, epochs, batches })
      return await run
    } finally {
      stop.removeEventListener('abort', cancel)
    }
  }
}

export function networkFrom(blueprint: Blueprint): AnyNetwork {
  return blueprint.config.kind === 'mlp' ? new PsilonNet(blueprint) : new PsilonResNet(blueprint)
}

/**
 * Epochs from one evaluation of the validation rows to the next: 1 for early stopping; a trial is judged by its last;
 * otherwise a hundred of them give a curve, at little cost even where many rows validate.
 */
function validationEvery(stage: FitEvent['stage'], { training, epochs }: Settings): number {
  if (training.earlyStopping !== undefined) return 1
  return stage === 'search' ? epochs : Math.ceil(epochs / 100)
}

/** What a fit that is cancelled before it begins would have run on. */
function deviceOf({ training }: Settings): History['device'] {
  const { device, reason } = chooseDevice('fit', training.device ?? 'auto')
  const { name, instructionSet } = device
  return { name, reason, threads: checkThreads('fit', training.threads), instructionSet: instructionSet ?? 'none' }
}

import { sum } from 'd3-array'
import type { Preprocessor } from '../data/preprocess.js'
import { checkMemory, lanesInMemory } from '../devices.js'
import { reworded } from '../errors.js'
import { type Epoch, guard, native } from '../native.js'
import { SharedRows } from '../network/fit-rows.js'
import { PsilonNet, PsilonResNet } from '../network/network.js'
import { type Blueprint, networkBlueprint } from '../network/options.js'
import { type Running, shareThreads } from '../network/share-threads.js'
import { type History, type PlannedFit, planFit } from '../network/training.js'
import type { FitData, Part } from './data.js'
import type { Settings } from './options.js'

export type AnyNetwork = PsilonNet | PsilonResNet

/** One finished epoch of one of the fits that a run consists of. Of the fits of a search, several may be under way. */
export interface FitEvent extends Epoch {
  /** 'search': a fit that tries a lambda. 'fit': the last one, whose network the estimator keeps. */
  stage: 'search' | 'fit'
  lambda: number
  /** This fit, 1 .. fits. They begin in this order. */
  fit: number
  fits: number
  /** Epochs this fit is to have. */
  epochs: number
  /** Steps in an epoch. */
  batches: number
  /** How much of the whole run is done, 0 to 1, its fits counted alike. */
  progress: number
}

/** All that an estimator has learned. */
export interface Fitted<Coding> {
  network: AnyNetwork
  preprocessor: Preprocessor
  coding: Coding
  target: string
  lambda: number
}

/** What a fit is to do: train a fresh network on the rows of a part, with this lambda. */
export interface Trial {
  part: Part
  lambda: number
}

/** A fit that has ended. */
export interface Trained extends Trial {
  history: History
}

/** What a run does with its surroundings. */
export interface FitContext<Coding> {
  emit(event: FitEvent): void
  stop: AbortSignal
  /** Takes what was learned; also from a last fit that fails or is cancelled, once it has finished an epoch. */
  keep(fitted: Fitted<Coding>): void
}

interface Planned extends Trial {
  blueprint: Blueprint
  plan: PlannedFit
}

/** The fits of one run, each with a fresh network from the same seed. */
export class Fits<Coding> {
  readonly #data: FitData<Coding>
  readonly #settings: Settings
  readonly #context: FitContext<Coding>
  /** How much of each fit is done, 0 to 1. */
  readonly #done: Float64Array

  constructor(data: FitData<Coding>, settings: Settings, context: FitContext<Coding>, count: number) {
    this.#data = data
    this.#settings = settings
    this.#context = context
    this.#done = new Float64Array(count)
  }

  /**
   * Tries lambdas, several at a time; networks live only while they are tried. Where one fails those after it are
   * stopped, and the error is that of the first one that fails: how many run at a time changes nothing.
   *
   * @param judge says what is to be known of a trial, of which it gets the network; not of one that was cancelled.
   * @returns what it said, in the order of the trials; null for those that were cancelled.
   */
  async try<Verdict>(
    trials: readonly Trial[],
    judge: (trained: Trained, network: AnyNetwork, k: number) => Verdict,
  ): Promise<(Verdict | null)[]> {
    const known = new SharedRows()
    const planned = trials.map((trial) => this.#plan(trial, 'search', known))
    const needed = planned.map(({ plan, blueprint: { config } }) => {
      return plan.bytes + guard(this.try, () => native.memoryNeeded(config, null))
    })
    const threads = planned[0].plan.options.threads
    const dealt = Math.max(...planned.map(({ plan }) => plan.threadBytes))
    const lanes = lanesInMemory('fit', known.bytes + dealt, needed, threads)
    const stops = planned.map(() => new AbortController())
    const works = planned.map((each, k) => (threads: number): Running<Verdict | null> => {
      const { part, lambda } = each
      const stop = AbortSignal.any([this.#context.stop, stops[k].signal])
      let network: AnyNetwork | undefined
      let fit: Running<History> | undefined
      const verdict = async () => {
        if (stop.aborted) return null
        try {
          network = this.#fresh(each)
          fit = this.#begin(network, each, { k, stage: 'search', stop, threads })
          const history = await fit.end
          return history.stopped === 'cancelled' ? null : judge({ part, lambda, history }, network, k)
        } catch (error) {
          for (const later of stops.slice(k + 1)) later.abort()
          throw error
        } finally {
          network?.dispose()
        }
      }
      return { end: verdict(), setThreads: (threads) => fit?.setThreads(threads) }
    })
    const ends = await shareThreads(works, { threads, lanes })
    return ends.map((end) => {
      if (end.status === 'fulfilled') return end.value
      throw end.reason
    })
  }

  /** Trains the network that is kept, unless it has not finished an epoch. */
  async last(trial: Trial): Promise<Trained> {
    const known = new SharedRows()
    const planned = this.#plan(trial, 'fit', known)
    checkMemory('fit', known.bytes + planned.plan.bytes + planned.plan.threadBytes)
    const network = this.#fresh(planned)
    const { stop } = this.#context
    const { threads } = planned.plan.options
    try {
      const { end } = this.#begin(network, planned, { k: this.#done.length - 1, stage: 'fit', stop, threads })
      return { ...trial, history: await end }
    } finally {
      if (network.loss === null) network.dispose()
      else this.keep(network, trial)
    }
  }

  keep(network: AnyNetwork, { part: { preprocessor }, lambda }: Trial): void {
    const { coding, target } = this.#data
    this.#context.keep({ network, preprocessor, coding, target, lambda })
  }

  #plan(trial: Trial, stage: FitEvent['stage'], known: SharedRows): Planned {
    const { part, lambda } = trial
    const { kind, network, training } = this.#settings
    const { loss, outputs } = this.#data
    const inputs = part.preprocessor.features.length
    const blueprint = networkBlueprint('fit', kind, { ...network, inputs, outputs })
    const every = validationEvery(stage, this.#settings)
    const validation = part.validation === null ? undefined : { ...part.validation, every }
    const options = { ...training, loss, lambda, validation }
    return { ...trial, blueprint, plan: planFit(blueprint, { data: part.train, options }, known) }
  }

  #fresh({ blueprint }: Planned): AnyNetwork {
    const { kind } = blueprint.config
    return reworded(kind === 'mlp' ? '[PsilonNet]' : '[PsilonResNet]', '[fit]', () => networkFrom(blueprint))
  }

  /** Begins fit k. */
  #begin(
    network: AnyNetwork,
    { part, lambda, plan }: Planned,
    given: { k: number; stage: FitEvent['stage']; stop: AbortSignal; threads: number },
  ): Running<History> {
    const { k, stage, stop, threads } = given
    const { epochs, batchSize } = this.#settings
    const [fit, fits, batches] = [k + 1, this.#done.length, Math.ceil(part.rows / batchSize)]
    const emit = (epoch: Epoch) => {
      this.#done[k] = epoch.epoch / epochs
      const progress = sum(this.#done) / fits
      this.#context.emit({ ...epoch, stage, lambda, fit, fits, epochs, batches, progress })
    }
    const { end, setThreads } = network.state.begin(plan, { emit, stop }, threads)
    const ended = end.then((history) => {
      this.#done[k] = 1
      return history
    })
    return { end: ended, setThreads }
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

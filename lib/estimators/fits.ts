import { range, sum } from 'd3-array'
import type { Preprocessor } from '../data/preprocess.js'
import type { Reading } from '../data/read-options.js'
import { reworded } from '../errors.js'
import { type Epoch, guard, native } from '../native.js'
import { type AnyNetwork, averageOf, type Ensemble, networkFrom } from '../network/ensemble.js'
import { type FitGroups, type GroupedFit, groupFits, trainGroups } from '../network/fit-groups.js'
import { SharedRows } from '../network/fit-rows.js'
import { type Blueprint, networkBlueprint } from '../network/options.js'
import { type CheckedFit, checkFit, type History, type PlannedFit, placeFits } from '../network/training.js'
import type { RunControl } from '../network/training-run.js'
import type { FitData, Part } from './data.js'
import type { Settings } from './options.js'

/** One finished epoch of one of the fits that a run consists of. Of the fits of a search, several may be under way. */
export interface FitEvent extends Epoch {
  /** 'search': a fit that tries a lambda. 'fit': one of the last ones, whose networks the estimator keeps. */
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
  network: AnyNetwork | Ensemble
  preprocessor: Preprocessor
  coding: Coding
  target: string
  lambda: number
  /** How the texts of the table were read. */
  reading: Reading
}

/** What a fit is to do: train a fresh network on the rows of a part, with this lambda. */
export interface Trial {
  part: Part
  lambda: number
  /** Which member of the ensemble it is, from 0; gives the seed. */
  member: number
}

/** A fit that has ended. */
export interface Trained extends Trial {
  history: History
}

/** What a run does with its surroundings. */
export interface FitContext<Coding> {
  emit(event: () => FitEvent): void
  stop: AbortSignal
  /** Takes what was learned; also from last fits that fail or are cancelled, those that have finished an epoch. */
  keep(fitted: Fitted<Coding>): void
}

interface Checked extends Trial {
  blueprint: Blueprint
  fit: CheckedFit
}

interface Planned extends Checked {
  plan: PlannedFit
}

/** What becomes of a network that was trained. */
interface Handling<Result> {
  stage: FitEvent['stage']
  use(trained: Trained, network: AnyNetwork, k: number): Result | Promise<Result>
  /** However the fit ended. */
  release(network: AnyNetwork, k: number): void
}

/** The fits of one run, each with a fresh network from the seed of its member. */
export class Fits<Coding> {
  readonly #data: FitData<Coding>
  readonly #settings: Settings
  readonly #context: FitContext<Coding>
  /** Epochs of each fit that are done. */
  readonly #done: Float64Array
  #doneOfAll = 0

  constructor(data: FitData<Coding>, settings: Settings, context: FitContext<Coding>, count: number) {
    this.#data = data
    this.#settings = settings
    this.#context = context
    this.#done = new Float64Array(count)
  }

  /**
   * Tries lambdas; networks live only while they are tried.
   *
   * @param judge says what is to be known of a trial, of which it gets the network; not of one that was cancelled.
   * @returns what it said, in the order of the trials; null for those that were cancelled.
   */
  async try<Verdict>(
    trials: readonly Trial[],
    judge: (trained: Trained, network: AnyNetwork, k: number) => Promise<Verdict>,
  ): Promise<(Verdict | null)[]> {
    return await this.#train<Verdict | null>(trials, {
      stage: 'search',
      use: (trained, network, k) => (trained.history.stopped === 'cancelled' ? null : judge(trained, network, k)),
      release: (network) => network.dispose(),
    })
  }

  /**
   * Trains the members of the ensemble; those that have finished an epoch are kept.
   *
   * @param first the first member, where it is trained already.
   * @returns null for those that were cancelled before they began; nothing for the first where it was given.
   */
  async last(trial: Omit<Trial, 'member'>, first: AnyNetwork | null = null): Promise<(Trained | null)[]> {
    const own = first === null ? 0 : 1
    const trials = range(own, this.#settings.ensemble).map((member) => ({ ...trial, member }))
    const members: (AnyNetwork | null)[] = trials.map(() => null)
    const release = (network: AnyNetwork, k: number) => {
      if (network.loss === null) network.dispose()
      else members[k] = network
    }
    try {
      return await this.#train(trials, { stage: 'fit', use: (trained) => trained, release })
    } finally {
      const kept = [first, ...members].filter((network) => network !== null)
      if (kept.length > 0) this.#keep(kept, trial)
    }
  }

  /**
   * Trains networks, several at a time. Where one fails those after it are stopped, and the error is that of the first
   * one that fails: how many run at a time changes nothing.
   */
  async #train<Result>(trials: readonly Trial[], handling: Handling<Result>): Promise<(Result | null)[]> {
    const { stage, use, release } = handling
    const known = new SharedRows()
    if (trials.length === 0) return []
    const planned = this.#plan(trials.map((trial) => this.#check(trial, stage, known)))
    const before = stage === 'search' ? 0 : this.#done.length - planned.length
    const stops = planned.map(() => new AbortController())
    const fits = planned.map(
      (each, k): GroupedFit<Result | null> => ({
        plan: each.plan,
        train: async (begin) => {
          const stop = AbortSignal.any([this.#context.stop, stops[k].signal])
          if (stop.aborted) return null
          let network: AnyNetwork | undefined
          try {
            network = this.#fresh(each)
            const { part, lambda, member } = each
            const history = await begin(network.state, this.#control(each, { k: before + k, stage, stop }))
            this.#count(before + k, this.#settings.epochs)
            return await use({ part, lambda, member, history }, network, k)
          } catch (error) {
            for (const later of stops.slice(k + 1)) later.abort()
            throw error
          } finally {
            if (network !== undefined) release(network, k)
          }
        },
      }),
    )
    const ends = await trainGroups(fits, this.#groups(planned, stage, known))
    return ends.map((end) => {
      if (end.status === 'fulfilled') return end.value
      throw end.reason
    })
  }

  /** In a search networks live while they are tried; those that are kept are all there in the end. */
  #groups(planned: readonly Planned[], stage: FitEvent['stage'], known: SharedRows): FitGroups {
    const plans = planned.map(({ plan }) => plan)
    const networks = planned.map(({ blueprint: { config } }) => {
      return guard(this.#groups, () => native.memoryNeeded(config, null), 'fit')
    })
    const kept = stage === 'fit' ? sum(networks) : 0
    const each = plans.map(({ bytes }, k) => bytes + (stage === 'search' ? networks[k] : 0))
    const { device, options } = plans[0]
    return groupFits('fit', plans, { device, threads: options.threads }, { shared: known.bytes + kept, each })
  }

  #keep(networks: readonly AnyNetwork[], { part: { preprocessor }, lambda }: Omit<Trial, 'member'>): void {
    const { coding, target, reading } = this.#data
    this.#context.keep({ network: averageOf(networks), preprocessor, coding, target, lambda, reading })
  }

  #plan(checked: readonly Checked[]): Planned[] {
    const fits = checked.map(({ fit }) => fit)
    const { plans } = placeFits('fit', fits[0].requestedDevice, fits)
    return checked.map((each, k) => ({ ...each, plan: plans[k] }))
  }

  #check(trial: Trial, stage: FitEvent['stage'], known: SharedRows): Checked {
    const { part, lambda, member } = trial
    const { kind, network, training } = this.#settings
    const { loss, outputs } = this.#data
    const inputs = part.preprocessor.features.length
    const seed = memberSeed(this.#settings.seed, member)
    const blueprint = networkBlueprint('fit', kind, { ...network, inputs, outputs, seed })
    const every = this.#validationEvery(stage)
    const validation = part.validation === null ? undefined : { ...part.validation, every }
    const options = { ...training, loss, lambda, validation }
    return { ...trial, blueprint, fit: checkFit(blueprint, { data: part.train, options }, known) }
  }

  /**
   * Epochs from one evaluation of the validation rows to the next: 1 for early stopping; otherwise a hundred of them give
   * a curve, at little cost even where many rows validate. Of many trials one may be kept, where there is a validation
   * table, and 25 of each do; those of which none is kept are judged by their last.
   */
  #validationEvery(stage: FitEvent['stage']): number {
    const { training, epochs } = this.#settings
    if (training.earlyStopping !== undefined) return 1
    if (stage === 'fit') return Math.ceil(epochs / 100)
    return this.#data.validation === null ? epochs : Math.ceil(epochs / 25)
  }

  #fresh({ blueprint }: Planned): AnyNetwork {
    const { kind } = blueprint.config
    return reworded(kind === 'mlp' ? '[PsilonNet]' : '[PsilonResNet]', '[fit]', () => networkFrom(blueprint))
  }

  /** Of fit k. */
  #control(
    { part, lambda }: Planned,
    { k, stage, stop }: { k: number; stage: FitEvent['stage']; stop: AbortSignal },
  ): RunControl<Epoch> {
    const { epochs, batchSize } = this.#settings
    const [fit, fits, batches] = [k + 1, this.#done.length, Math.ceil(part.rows / batchSize)]
    const emit = (epoch: Epoch) => {
      this.#count(k, epoch.epoch)
      const progress = this.#doneOfAll / (fits * epochs)
      this.#context.emit(() => ({ ...epoch, stage, lambda, fit, fits, epochs, batches, progress }))
    }
    return { emit, stop }
  }

  /** So many epochs of fit k are done. */
  #count(k: number, epochs: number): void {
    this.#doneOfAll += epochs - this.#done[k]
    this.#done[k] = epochs
  }
}

/** That of member 0 is the seed itself; the others are 2^32 apart, so that small seeds share none; modulo 2^53. */
export function memberSeed(seed: number, member: number): number {
  const shift = member * 2 ** 32
  const rest = 2 ** 53 - shift
  return seed < rest ? seed + shift : seed - rest
}

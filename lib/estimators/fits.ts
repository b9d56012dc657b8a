import { sum } from 'd3-array'
import type { Checkpoint } from '../checkpoint/checkpoint.js'
import type { Section } from '../checkpoint/checkpoint-file.js'
import { type Epoch, guard, native } from '../core/native.js'
import { unspoken } from '../errors/refusal.js'
import { FitCheckpoint, jobFrom } from '../fit/fit-checkpoint.js'
import { type FitGroups, type GroupedFit, groupFits, trainGroups } from '../fit/groups.js'
import type { History } from '../fit/history.js'
import { checkFit, type FitJob, placeFits } from '../fit/job.js'
import { SharedRows } from '../fit/rows.js'
import { type Blueprint, networkBlueprint } from '../network/blueprint.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { networkFrom } from '../network/network.js'
import type { Loss } from '../words.js'
import type { FitData, Learned } from './data.js'
import {
  type Diverged,
  Divergence,
  divergenceOfSection,
  isDivergence,
  refusalOfAll,
  sectionOfDivergence,
} from './divergence.js'
import type { Ensembled } from './ensembled.js'
import { blueprintOfNetwork, finishedFit, fitOfSection, sectionOfFit } from './finished-fit.js'
import { ensembleOf, type Member, memberSeed } from './members.js'
import type { Pace } from './pace.js'
import type { Part } from './parts.js'
import { Progress, type Stage } from './progress.js'
import type { Setting, Settings } from './settings.js'
import { sectionOfVerdict, type Verdict, verdictOfSection } from './verdict.js'
import type { Workload } from './workload.js'

/** One finished epoch of one fit of a run. Several fits of a search may run at a time. */
export interface FitEvent extends Epoch, Setting {
  /** 'search': a fit that tries a setting. 'fit': one of the last ones, whose networks the estimator keeps. */
  stage: 'search' | 'fit'
  /** This fit, 1 .. fits. They begin in this order. */
  fit: number
  /** Planned fits of the run; where settings diverge it may become another number. */
  fits: number
  /** Planned number of epochs of this fit. */
  epochs: number
  /** Steps in an epoch. */
  batches: number
  /** Progress of the whole run, 0 to 1, by the estimated work of its fits. */
  progress: number
}

/** Everything an estimator has learned. */
export interface Fitted<Coding> extends Learned<Coding>, Ensembled {
  lambda: number
}

/** A planned fit: train a fresh network on the rows of a part, with this setting. */
export interface Trial {
  part: Part
  setting: Setting
  pace: Pace
  /** Member of the ensemble, from 0; determines the seed. */
  member: number
}

export interface Trained extends Trial {
  history: History
}

export interface FitContext<Coding> {
  emit(event: () => FitEvent): void
  stop: AbortSignal
  checkpoint: Checkpoint | null
  /** Takes what was learned, also if last fits fail or are cancelled: from those that have finished an epoch. */
  keep(fitted: Fitted<Coding>): void
}

interface PreparedTrial extends Trial {
  blueprint: Blueprint
  job: FitJob
}

interface Handling<Result> {
  stage: FitEvent['stage']
  use(trained: Trained, network: AnyNetwork, k: number): Result | Promise<Result>
  /** What a checkpoint remembers of a result; null: nothing, the fit has not come to its end. */
  sectionOf(result: Result, network: AnyNetwork): Section | null
  /** The result of a fit that a checkpoint remembers. */
  remembered(section: Section, trial: Trial, k: number): Result
  /** Called with each result. */
  heard?(result: Result, k: number): void
  /** Called however the fit ended. */
  release(network: AnyNetwork, k: number): void
}

/** Where a fit stands among those of a run, and how it ends. */
interface Place {
  /** Among these fits. */
  k: number
  /** In the run. */
  place: number
  stop: AbortSignal
  /** Called if it fails. */
  failed(): void
}

/** Judges trials. */
interface Jury {
  /** Gives the verdict on a trial from its network; not called for a cancelled one. */
  judge(trained: Trained, network: AnyNetwork): Promise<Verdict>
  heard(verdict: Verdict, k: number): void
}

/** The fits of one run, each with a fresh network from the seed of its member. */
export class Fits<Coding> {
  readonly #progress: Progress

  /** @param keep whether the search gives the first member. */
  constructor(
    private readonly data: FitData<Coding>,
    private readonly settings: Settings,
    private readonly context: FitContext<Coding>,
    private readonly workload: Workload<Coding>,
    keep: boolean,
  ) {
    this.#progress = new Progress(workload.plan(keep))
  }

  /** Tells which settings will be tried next, and with which share of the steps. */
  plan(stage: Stage, settings: readonly Setting[], share: number): void {
    const work = settings.flatMap((setting) => this.workload.ofTrials(setting, share))
    this.#progress.plan(stage, work)
  }

  /**
   * Tries settings; networks live only while they are tried.
   *
   * @returns the verdicts in the order of the trials, or that they diverged; null for cancelled ones.
   */
  async try(stage: Stage, trials: readonly Trial[], { judge, heard }: Jury): Promise<(Verdict | Divergence | null)[]> {
    return await this.#train<Verdict | null>(stage, trials, {
      stage: 'search',
      use: (trained, network) => (trained.history.stopped === 'cancelled' ? null : judge(trained, network)),
      sectionOf: (verdict) => verdict && sectionOfVerdict(verdict),
      remembered: (section) => verdictOfSection(section),
      heard: (verdict, k) => verdict && heard(verdict, k),
      release: (network) => network.dispose(),
    })
  }

  get loss(): Loss {
    return this.data.loss
  }

  /**
   * Trains the members of the ensemble; those that have finished an epoch are kept, but for those that diverged.
   *
   * @param known the first member, if it is already trained.
   * @returns null for members that were cancelled before they began; without the known one.
   * @throws Refusal ERR_NON_FINITE if all have diverged; then the last finite parameters are kept.
   */
  async last(trials: readonly Trial[], known: Member | null = null): Promise<(Trained | Divergence | null)[]> {
    const work = trials.map(({ setting, part }) => this.workload.of(setting, part.rows, 1))
    this.#progress.plan('last', work)
    const members: (Member | null)[] = trials.map(() => null)
    const release = (network: AnyNetwork, k: number) => {
      if (network.loss === null) network.dispose()
      else members[k] = { ...trials[k], network }
    }
    try {
      const ends = await this.#train<Trained>('last', trials, {
        stage: 'fit',
        use: (trained) => trained,
        sectionOf: ({ history }, network) => {
          return history.stopped === 'cancelled' ? null : sectionOfFit(finishedFit(history, network))
        },
        remembered: (section, trial, k) => {
          const { history, blueprint } = fitOfSection(section)
          release(networkFrom(blueprint), k)
          return { ...trial, history }
        },
        release,
      })
      const divergences = ends.filter((end) => end instanceof Divergence)
      if (known === null && divergences.length === ends.length) throw refusalOfAll(divergences, 'network')
      for (const [k, end] of ends.entries()) {
        if (!(end instanceof Divergence)) continue
        members[k]?.network.dispose()
        members[k] = null
      }
      return ends
    } finally {
      const kept = [known, ...members].filter((member) => member !== null)
      const { coding, target, reading } = this.data
      if (kept.length > 0) this.context.keep({ ...ensembleOf(kept), coding, target, reading })
    }
  }

  /**
   * Trains networks, several at a time; others go on where one diverges. If one fails, those after it are stopped, and the
   * error is that of the first failed one in order, however many run at a time.
   */
  async #train<Result>(
    stage: Stage,
    trials: readonly Trial[],
    handling: Handling<Result>,
  ): Promise<(Result | Divergence | null)[]> {
    if (trials.length === 0) return []
    const known = new SharedRows()
    const prepared = trials.map((trial) => this.#check(trial, handling.stage, known))
    const before = this.#progress.begin(stage, trials.length)
    const stops = prepared.map(() => new AbortController())
    const fits = prepared.map((each, k) => {
      const stop = AbortSignal.any([this.context.stop, stops[k].signal])
      const failed = () => {
        for (const later of stops.slice(k + 1)) later.abort()
      }
      return this.#grouped(each, handling, { k, place: before + k, stop, failed })
    })
    const ends = await trainGroups(fits, this.#groups(fits, handling.stage, known))
    return ends.map((end) => {
      if (end.status === 'fulfilled') return end.value
      throw end.reason
    })
  }

  #grouped<Result>(
    each: PreparedTrial,
    handling: Handling<Result>,
    { k, place, stop, failed }: Place,
  ): GroupedFit<Result | Divergence | null> {
    const { part, setting, pace, member, job, blueprint } = each
    const { stage, use, sectionOf, heard, release } = handling
    const trial = { part, setting, pace, member }
    const diverging = { ...setting, stage, epochs: pace.epochs }
    const inCheckpoint = this.context.checkpoint && new FitCheckpoint(this.context.checkpoint, `fits.${place}`)
    const finished = inCheckpoint?.finished
    const { epochs, batchSize } = pace
    const [fit, batches] = [place + 1, Math.ceil(part.rows / batchSize)]
    const run = this.#progress
    run.advance(place, finished ? 1 : (inCheckpoint?.epoch ?? 0) / epochs) // before any fit tells how far the run is
    let network: AnyNetwork | undefined
    return {
      job: finished ? job : jobFrom(job, inCheckpoint),
      checkpoint: inCheckpoint ?? undefined,
      control: {
        emit: (epoch) => {
          run.advance(place, epoch.epoch / epochs)
          const { share: progress, fits } = run
          this.context.emit(() => ({ ...epoch, stage, ...setting, fit, fits, epochs, batches, progress }))
        },
        stop,
      },
      prepare() {
        if (stop.aborted || finished) return null
        try {
          network = unspoken(() => networkFrom(blueprint))
          return network.state
        } catch (error) {
          failed()
          throw error
        }
      },
      finish: async (made) => {
        try {
          if (finished) return this.#recalled(inCheckpoint, finished, handling, { trial, k, diverging })
          if (made === null) return null
          const history = await made
          run.advance(place, 1)
          const result = await use({ ...trial, history }, network as AnyNetwork, k)
          inCheckpoint?.finish(sectionOf(result, network as AnyNetwork))
          heard?.(result, k)
          return result
        } catch (error) {
          const divergence = Divergence.of(error, diverging)
          if (divergence === null) {
            failed()
            throw error
          }
          run.advance(place, 1)
          const kept = stage === 'fit' && network !== undefined && network.loss !== null
          inCheckpoint?.finish(sectionOfDivergence(divergence, kept ? blueprintOfNetwork(network as AnyNetwork) : null))
          return divergence
        } finally {
          if (network !== undefined) release(network, k)
        }
      },
    }
  }

  /** How a fit of an earlier process has ended. */
  #recalled<Result>(
    checkpoint: FitCheckpoint,
    section: Section,
    { remembered, heard, release }: Handling<Result>,
    { trial, k, diverging }: { trial: Trial; k: number; diverging: Omit<Diverged, 'epoch'> },
  ): Result | Divergence {
    if (isDivergence(section)) {
      const { divergence, network } = checkpoint.recall(section, (each) => divergenceOfSection(each, diverging))
      if (network !== null) release(networkFrom(network), k)
      return divergence
    }
    const result = checkpoint.recall(section, (each) => remembered(each, trial, k))
    heard?.(result, k)
    return result
  }

  /** In a search a network lives only while it is tried; networks to keep all exist in the end. */
  #groups(fits: readonly GroupedFit<unknown>[], stage: FitEvent['stage'], known: SharedRows): FitGroups {
    const jobs = fits.map(({ job }) => job)
    const networks = jobs.map(({ config }) => guard(() => native.memoryNeeded(config, null)))
    const placement = placeFits(jobs[0].requestedDevice, jobs)
    const memory = stage === 'search' ? { shared: known.bytes, networks } : { shared: known.bytes + sum(networks) }
    return groupFits(jobs, { placement, threads: jobs[0].options.threads }, memory)
  }

  #check(trial: Trial, stage: FitEvent['stage'], known: SharedRows): PreparedTrial {
    const { part, setting, pace, member } = trial
    const { kind, network, training } = this.settings
    const { hidden, lambda, sparsity } = setting
    const { loss, outputs } = this.data
    const inputs = part.preprocessor.features.length
    const seed = memberSeed(this.settings.seed, member)
    const blueprint = networkBlueprint(kind, { ...network, hidden, inputs, outputs, seed })
    const every = this.#every(stage, pace)
    const validation = part.validation === null ? undefined : { ...part.validation, every }
    const prune = sparsity === null ? training.prune : { sparsity }
    const options = { ...training, ...pace, loss, lambda, prune, validation }
    return { ...trial, blueprint, job: checkFit(blueprint, { data: part.train, options }, known) }
  }

  /**
   * Epochs between evaluations of the validation rows: 1 for early stopping; otherwise a hundred evaluations give a
   * curve at little cost. With a validation table one of many trials may be kept, and 25 of each suffice; trials of
   * which none is kept are judged by their last epoch.
   */
  #every(stage: FitEvent['stage'], { epochs }: Pace): number {
    const { earlyStopping } = this.settings
    if (earlyStopping !== undefined) return 1
    if (stage === 'fit') return Math.ceil(epochs / 100)
    return this.data.validation === null ? epochs : Math.ceil(epochs / 25)
  }
}

import { deviation, greatest, group, least, mean } from 'd3-array'
import type { Floats } from '../core/native.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import { Refusal } from '../errors/refusal.js'
import type { TrainingData } from '../fit/options.js'
import type { Blueprint } from '../network/blueprint.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { lossTraits } from '../words.js'
import { type Diverged, Divergence, refusalOfAll } from './divergence.js'
import { selectEnsemble } from './ensemble-selection.js'
import type { LambdaRule } from './estimator-options.js'
import { finishedFit } from './finished-fit.js'
import type { Fits, Trained, Trial } from './fits.js'
import { type HeldOut, standardErrorOfOutputs } from './held-out.js'
import type { Part } from './parts.js'
import type { Stage } from './progress.js'
import { type Setting, type Settings, settingOf, shareOfFirst } from './settings.js'
import type { Verdict } from './verdict.js'

/** A setting that was tried. */
export interface Candidate extends Setting {
  /** Epochs of its fits; the settings that were tried first have only a part of them. */
  epochs: number
  /**
   * Score on held-out rows, mean over the folds: root mean squared error in scaled units, or log loss. Sample weights
   * and class weights count.
   */
  score: number
  /** Standard error of the score: over the folds, or with one split over the rows held out. */
  standardError: number
  /** Path norm of the network (improved bound), the mean of all folds. */
  pathNorm: number
  /** How many of the networks that the estimator keeps have this setting; 0 unless it was tried last. */
  members: number
}

/** A fit that tried a setting, with its network and its position among the trials. */
interface Kept extends Trained {
  blueprint: Blueprint
  score: number
  k: number
}

/** What a search found. */
export interface Found {
  /** Every setting that was tried to the end on all parts, in the order in which they were tried; `members` are not yet known. */
  candidates: readonly Candidate[]
  /** The candidate of each member of the ensemble, the best first; empty if the run was cancelled. */
  chosen: readonly Candidate[]
  /** Settings that diverged, in the order in which they were tried. */
  diverged: readonly Diverged[]
  /** The fit that tried the first of them, if it was to be kept. */
  kept: Kept | null
}

/** A candidate, and what its networks gave for the held-out rows of each part; none if that will not be asked for. */
interface Tried {
  candidate: Candidate
  outputs: readonly Floats[]
}

/** A pruned model may have a score so many times that of the dense one. */
const mostCostOfPruning = 1.01

/**
 * Tries settings: all encodings and lambdas with the first width, then the other widths with the best of them. If these
 * are more than the finalists, all are tried with a part of the steps, and only finalists again with all steps (successive
 * halving, Jamieson and Talwalkar 2016); which these are depends on scores alone. Settings that diverge are out; the next
 * ones take the place of finalists if all of them do. The members of an ensemble are dealt out among the encodings and
 * widths.
 */
export class Search<Coding> {
  readonly #candidates: Candidate[] = []
  readonly #divergences: Divergence[] = []
  /** Of the rule 'best' only the first with the least score, pruned and not; trials end in any order. */
  #contenders: Kept[] = []
  #trials = 0
  /** Rows and loss by which outputs are judged, the same with every encoding. */
  #judges: readonly HeldOut[] = []

  /**
   * @param partsOf the parts to try on, encoded in this way.
   * @param keep whether to keep the fit with the chosen setting; only with a single part.
   */
  constructor(
    private readonly fits: Fits<Coding>,
    private readonly settings: Settings,
    private readonly partsOf: (encoding: EncodingName) => readonly Part[],
    private readonly keep: boolean,
  ) {}

  /** @throws Refusal ERR_NON_FINITE if all settings diverge. */
  async run(): Promise<Found> {
    const chosen = (await this.#choose()) ?? []
    const kept = this.#contenders.find(({ setting }) => chosen.length > 0 && isSame(setting, chosen[0])) ?? null
    const diverged = this.#divergences.map(({ found }) => found)
    return { candidates: this.#candidates, chosen, diverged, kept }
  }

  /** Null if the run was cancelled, as with the methods below. */
  async #choose(): Promise<readonly Candidate[] | null> {
    const { encodings, hidden, lambdas } = this.settings.space
    const first = encodings.flatMap((encoding) => {
      return lambdas.map((lambda) => ({ encoding, hidden: hidden[0], lambda, sparsity: null }))
    })
    const share = shareOfFirst(this.settings)
    const narrow = await this.#try('settings', first, share)
    if (narrow === null) return null
    if (narrow.length === 0) throw refusalOfAll(this.#divergences, 'setting')
    const wide = await this.#try('widths', widthsOf(this.settings, bestOf(narrow).candidate), share)
    if (wide === null) return null
    const tried = [...narrow, ...wide]
    const finalists = share < 1 ? await this.#tryFinalists(tried) : tried
    return finalists && (await this.#dealBest(finalists))
  }

  /**
   * One of each encoding and width: with few steps a score tells lambdas apart more surely than encodings. A single one is
   * tried again only to keep its network.
   */
  async #tryFinalists(tried: readonly Tried[]): Promise<readonly Tried[] | null> {
    if (tried.length === 0) throw refusalOfAll(this.#divergences, 'setting')
    const chosen = this.#bestOfKinds(tried)
    const finalists = chosen.sort((a, b) => a.candidate.score - b.candidate.score).slice(0, this.settings.finalists)
    if (this.settings.finalists === 1 && !this.keep && this.settings.sparsity === null) return finalists
    const settings = finalists.map(({ candidate }) => candidate)
    const again = await this.#try('finalists', settings, 1)
    if (again?.length !== 0) return again
    return await this.#tryFinalists(tried.filter((each) => !finalists.includes(each)))
  }

  #bestOfKinds(tried: readonly Tried[]): Tried[] {
    const kinds = group(tried, ({ candidate: { encoding, hidden } }) => `${encoding} ${hidden}`)
    return [...kinds.values()].map((own) => chosenOf(own, this.settings.lambdaRule))
  }

  /** Tries the finalists pruned, too, and deals these out if that costs little. */
  async #dealBest(finalists: readonly Tried[]): Promise<readonly Candidate[] | null> {
    const { sparsity } = this.settings
    const dense = this.#deal(finalists)
    if (sparsity === null) return dense.candidates
    const settings = this.#bestOfKinds(finalists).map(({ candidate }) => ({ ...candidate, sparsity }))
    const pruned = await this.#try('pruned', settings, 1)
    if (pruned === null || pruned.length === 0) return pruned && dense.candidates
    const sparse = this.#deal(pruned)
    return sparse.score <= mostCostOfPruning * dense.score ? sparse.candidates : dense.candidates
  }

  /** A candidate for each member, and the score of their average. */
  #deal(finalists: readonly Tried[]): { candidates: readonly Candidate[]; score: number } {
    const { members, lambdaRule } = this.settings
    const best = chosenOf(finalists, lambdaRule)
    const kinds = this.#bestOfKinds(finalists)
    if (members === 1 || kinds.length === 1) {
      return { candidates: Array<Candidate>(members).fill(best.candidate), score: best.candidate.score }
    }
    const outputs = kinds.map((each) => each.outputs)
    const { chosen, score } = selectEnsemble(outputs, this.#judges, { first: kinds.indexOf(best), members })
    return { candidates: chosen.map((k) => kinds[k].candidate), score }
  }

  /** Candidates in the order of the settings, without those that diverged. @param share of the steps */
  async #try(stage: Stage, settings: readonly Setting[], share: number): Promise<Tried[] | null> {
    const groups = group(settings, ({ encoding }) => encoding)
    this.fits.plan(stage, [...groups.values()].flat(), share)
    const all: Tried[] = []
    for (const [encoding, own] of groups) {
      const parts = this.partsOf(encoding)
      const verdicts = await this.#tryEncoded(stage, own, parts, share)
      for (const [l, setting] of own.entries()) {
        const tried = this.#tried(setting, verdicts.slice(l * parts.length, (l + 1) * parts.length))
        if (tried === null) continue
        all.push(tried)
        this.#candidates.push(tried.candidate)
      }
      if (verdicts.includes(null)) return null
    }
    return all
  }

  /** A verdict on each setting and part. */
  async #tryEncoded(stage: Stage, settings: readonly Setting[], parts: readonly Part[], share: number) {
    const trials = settings.flatMap((setting) => {
      return parts.map((part) => ({
        part,
        setting: settingOf(setting),
        pace: this.settings.paceOf(part.rows, share),
        member: 0,
      }))
    })
    const mixes = share === 1 && this.settings.members > 1
    const before = this.#trials
    this.#trials += trials.length
    if (mixes) this.#judges = parts.map((part) => this.#heldOut(part))
    const judge = async (trained: Trained, network: AnyNetwork): Promise<Verdict> => {
      const score = scoreOf(trained, network)
      const heldOut = this.#heldOut(trained.part)
      const single = parts.length === 1
      const { data: outputs } = single || mixes ? await network.predict(heldOut.rows.x) : { data: none }
      const standardError = single ? standardErrorOfOutputs(outputs, heldOut) : Number.NaN
      const fit = this.keep && share === 1 ? finishedFit(trained.history, network) : null
      return { score, standardError, pathNorm: network.pathNorm(), epochs: trained.pace.epochs, outputs, fit }
    }
    const heard = (verdict: Verdict, k: number) => this.#contend(trials[k], verdict, before + k)
    return await this.fits.try(stage, trials, { judge, heard })
  }

  /** The verdicts on all parts together; null if there is none on some of them, because a fit diverged or was cancelled. */
  #tried(setting: Setting, verdicts: readonly (Verdict | Divergence | null)[]): Tried | null {
    const divergence = verdicts.find((verdict) => verdict instanceof Divergence)
    if (divergence !== undefined) this.#divergences.push(divergence)
    const own = verdicts.filter((verdict): verdict is Verdict => verdict !== null && !(verdict instanceof Divergence))
    if (own.length < verdicts.length) return null
    const figure = (name: 'score' | 'pathNorm') => mean(own, (verdict) => verdict[name]) as number
    const overFolds = deviation(own, ({ score }) => score)
    const standardError = overFolds === undefined ? own[0].standardError : overFolds / Math.sqrt(own.length)
    const [score, pathNorm] = [figure('score'), figure('pathNorm')]
    const candidate = { ...settingOf(setting), epochs: own[0].epochs, score, standardError, pathNorm, members: 0 }
    return { candidate, outputs: own.map(({ outputs }) => outputs) }
  }

  #heldOut({ validation }: Part): HeldOut {
    return { rows: validation as TrainingData, loss: this.fits.loss }
  }

  #contend(trial: Trial, verdict: Verdict, k: number): void {
    const { score, fit } = verdict
    if (fit === null) return
    verdict.fit = null // it lives as long as it contends
    const onlyBest = this.settings.lambdaRule === 'best'
    const isRival = ({ setting }: Kept) => setting.sparsity === trial.setting.sparsity
    const rivals = this.#contenders.filter(isRival)
    if (onlyBest && rivals.some((other) => other.score < score || (other.score === score && other.k < k))) return
    const kept = { ...trial, ...fit, score, k }
    this.#contenders = [...this.#contenders.filter((other) => !(onlyBest && isRival(other))), kept]
  }
}

function widthsOf({ space }: Settings, { encoding, lambda }: Setting): Setting[] {
  return space.hidden.slice(1).map((hidden) => ({ encoding, hidden, lambda, sparsity: null }))
}

const none = new Float64Array()

/** The first with the least score. */
const bestOf = (tried: readonly Tried[]) => least(tried, ({ candidate }) => candidate.score) as Tried

const isSame = (a: Setting, b: Setting): boolean =>
  a.encoding === b.encoding && a.lambda === b.lambda && a.hidden === b.hidden && a.sparsity === b.sparsity

/**
 * The first candidate with the least score, or, of those with its encoding and width, the largest lambda within its
 * standard error (Hastie et al., 7.10).
 */
function chosenOf(tried: readonly Tried[], rule: LambdaRule): Tried {
  const best = bestOf(tried)
  if (rule === 'best') return best
  const { encoding, hidden, score, standardError } = best.candidate
  const close = tried.filter(({ candidate }) => {
    return candidate.encoding === encoding && candidate.hidden === hidden && candidate.score <= score + standardError
  })
  return greatest(close, ({ candidate }) => candidate.lambda) as Tried
}

/** Validation loss of the kept parameters; for a squared error, its root. */
function scoreOf({ history: { epochs, epoch }, setting: { lambda } }: Trained, { loss }: AnyNetwork): number {
  const value = epochs.find((each) => each.epoch === epoch)?.validationLoss ?? Number.NaN
  if (Number.isFinite(value)) return loss !== null && lossTraits[loss].squared ? Math.sqrt(value) : value
  const message = `the validation loss with lambda ${lambda} is ${value}, expected a finite number`
  throw new Refusal('ERR_NON_FINITE', message, { details: { lambda, epoch } })
}

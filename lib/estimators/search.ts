import { deviation, greatest, group, least, mean } from 'd3-array'
import type { Floats } from '../core/native.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import { Refusal } from '../errors/refusal.js'
import type { TrainingData } from '../fit/options.js'
import { Blueprint } from '../network/blueprint.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { lossTraits } from '../words.js'
import { selectEnsemble } from './ensemble-selection.js'
import type { LambdaRule } from './estimator-options.js'
import type { Fits, Trained } from './fits.js'
import { type HeldOut, standardErrorOfOutputs } from './held-out.js'
import type { Part } from './parts.js'
import { type Setting, type Settings, settingOf } from './settings.js'

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
  /** Every setting that was tried to the end on all parts, in the order in which they were tried. */
  candidates: readonly Candidate[]
  /** The setting of each member of the ensemble, the best first; empty if the run was cancelled. */
  chosen: readonly Setting[]
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

/** The part of the steps with which more settings than finalists are tried. */
const firstShare = 1 / 5

/**
 * Tries settings: all encodings and lambdas with the first width, then the other widths with the best of them. If these
 * are more than the finalists, all are tried with a part of the steps, and only finalists again with all steps (successive
 * halving, Jamieson and Talwalkar 2016); which these are depends on scores alone. The members of an ensemble are dealt out
 * among the encodings and widths.
 */
export class Search<Coding> {
  readonly #candidates: Candidate[] = []
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

  /** @throws Refusal ERR_NON_FINITE if a network's validation loss is not finite. */
  async run(): Promise<Found> {
    const { encodings, hidden, lambdas } = this.settings.space
    const first = encodings.flatMap((encoding) => {
      return lambdas.map((lambda) => ({ encoding, hidden: hidden[0], lambda, sparsity: null }))
    })
    const halved = isHalved(this.settings)
    const share = halved ? firstShare : 1
    const narrow = await this.#try(first, share)
    const wide = narrow && (await this.#try(widthsOf(this.settings, bestOf(narrow).candidate), share))
    const tried = wide && [...narrow, ...wide]
    const finalists = tried && (halved ? await this.#tryFinalists(tried) : tried)
    const dealt = finalists && (await this.#dealBest(finalists))
    if (dealt === null) return { candidates: this.#candidates, chosen: [], kept: null }
    const kept = this.#contenders.find(({ setting }) => isSame(setting, dealt[0])) ?? null
    const candidates = this.#candidates.map((each) => ({
      ...each,
      members: dealt.filter((one) => one === each).length,
    }))
    return { candidates, chosen: dealt.map(settingOf), kept }
  }

  /**
   * One of each encoding and width: with few steps a score tells lambdas apart more surely than encodings. A single one is
   * tried again only to keep its network.
   */
  async #tryFinalists(tried: readonly Tried[]): Promise<readonly Tried[] | null> {
    const chosen = this.#bestOfKinds(tried)
    const finalists = chosen.sort((a, b) => a.candidate.score - b.candidate.score).slice(0, this.settings.finalists)
    if (finalists.length === 1 && !this.keep && this.settings.sparsity === null) return finalists
    return await this.#try(
      finalists.map(({ candidate }) => candidate),
      1,
    )
  }

  #bestOfKinds(tried: readonly Tried[]): Tried[] {
    const kinds = group(tried, ({ candidate: { encoding, hidden } }) => `${encoding} ${hidden}`)
    return [...kinds.values()].map((own) => chosenOf(own, this.settings.lambdaRule))
  }

  /** Tries the finalists pruned, too, and deals these out if that costs little. Null if the run was cancelled. */
  async #dealBest(finalists: readonly Tried[]): Promise<readonly Candidate[] | null> {
    const { sparsity } = this.settings
    const dense = this.#deal(finalists)
    if (sparsity === null) return dense.candidates
    const settings = this.#bestOfKinds(finalists).map(({ candidate }) => ({ ...candidate, sparsity }))
    const pruned = await this.#try(settings, 1)
    if (pruned === null) return null
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

  /** Candidates in the order of the settings; null if the run was cancelled. @param share of the steps */
  async #try(settings: readonly Setting[], share: number): Promise<Tried[] | null> {
    const all: Tried[] = []
    for (const [encoding, own] of group(settings, ({ encoding }) => encoding)) {
      const tried = await this.#tryEncoded(own, this.partsOf(encoding), share)
      all.push(...tried)
      this.#candidates.push(...tried.map(({ candidate }) => candidate))
      if (tried.length < own.length) return null
    }
    return all
  }

  async #tryEncoded(settings: readonly Setting[], parts: readonly Part[], share: number): Promise<Tried[]> {
    const paceOf = (part: Part) => this.settings.paceOf(part.rows, share)
    const trials = settings.flatMap((setting) => {
      return parts.map((part) => ({ part, setting: settingOf(setting), pace: paceOf(part), member: 0 }))
    })
    const mixes = share === 1 && this.settings.members > 1
    const before = this.#trials
    this.#trials += trials.length
    const verdicts = await this.fits.try(trials, async (trained, network, k) => {
      const score = scoreOf(trained, network)
      if (this.keep && share === 1) this.#contend(trained, network, score, before + k)
      const heldOut = this.#heldOut(trained.part)
      const single = parts.length === 1
      const { data: outputs } = single || mixes ? await network.predict(heldOut.rows.x) : { data: none }
      const standardError = single ? standardErrorOfOutputs(outputs, heldOut) : Number.NaN
      return { score, standardError, pathNorm: network.pathNorm(), outputs }
    })
    if (mixes) this.#judges = parts.map((part) => this.#heldOut(part))
    return settings.flatMap((setting, l): Tried[] => {
      const own = verdicts.slice(l * parts.length, (l + 1) * parts.length).filter((verdict) => verdict !== null)
      if (own.length < parts.length) return []
      const figure = (name: 'score' | 'pathNorm') => mean(own, (verdict) => verdict[name]) as number
      const overFolds = deviation(own, ({ score }) => score)
      const standardError = overFolds === undefined ? own[0].standardError : overFolds / Math.sqrt(own.length)
      const { epochs } = paceOf(parts[0])
      const [score, pathNorm] = [figure('score'), figure('pathNorm')]
      const candidate = { ...settingOf(setting), epochs, score, standardError, pathNorm, members: 0 }
      return [{ candidate, outputs: own.map(({ outputs }) => outputs) }]
    })
  }

  #heldOut({ validation }: Part): HeldOut {
    return { rows: validation as TrainingData, loss: this.fits.loss }
  }

  #contend(trained: Trained, { config, seed, loss, parameters }: AnyNetwork, score: number, k: number): void {
    const onlyBest = this.settings.lambdaRule === 'best'
    const isRival = ({ setting }: Kept) => setting.sparsity === trained.setting.sparsity
    const rivals = this.#contenders.filter(isRival)
    if (onlyBest && rivals.some((other) => other.score < score || (other.score === score && other.k < k))) return
    const fit = { ...trained, blueprint: new Blueprint(config, seed, loss, parameters), score, k }
    this.#contenders = [...this.#contenders.filter((other) => !(onlyBest && isRival(other))), fit]
  }
}

/** Whether settings are tried with a part of the steps first. */
function isHalved({ finalists, epochs, space: { encodings, hidden, lambdas } }: Settings): boolean {
  return epochs !== 1 && encodings.length * lambdas.length + hidden.length - 1 > finalists
}

function widthsOf({ space }: Settings, { encoding, lambda }: Setting): Setting[] {
  return space.hidden.slice(1).map((hidden) => ({ encoding, hidden, lambda, sparsity: null }))
}

/**
 * How much work each fit of a search is, in the order in which they begin.
 *
 * @param workOf multiply-adds of a row in a network with this encoding and width; what is not known yet is taken to be the
 * mean of all encodings, and the first width.
 */
export function workOfSearch(
  settings: Settings,
  { parts, keep }: { parts: number; keep: boolean },
  workOf: (encoding: EncodingName, hidden: Setting['hidden']) => number,
): number[] {
  const { space, sparsity } = settings
  const { encodings, hidden, lambdas } = space
  const share = isHalved(settings) ? firstShare : 1
  const fits = (count: number, each: number) => Array<number>(count * parts).fill(each)
  const usual = (width: Setting['hidden']) => mean(encodings, (encoding) => workOf(encoding, width)) as number
  const narrow = encodings.flatMap((encoding) => fits(lambdas.length, share * workOf(encoding, hidden[0])))
  const tried = [...narrow, ...hidden.slice(1).flatMap((width) => fits(1, share * usual(width)))]
  const kinds = encodings.length + hidden.length - 1
  const finalists = share === 1 ? 0 : Math.min(settings.finalists, kinds)
  const pruned = sparsity === null ? 0 : finalists || kinds
  if (finalists === 1 && !keep && sparsity === null) return tried
  return [...tried, ...fits(finalists + pruned, usual(hidden[0]))]
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

import { deviation, greatest, group, least, mean, sum } from 'd3-array'
import type { EncodingName } from '../data/encodings/encodings.js'
import { Refusal } from '../errors/refusal.js'
import { softmaxLogLoss } from '../metrics.js'
import { Blueprint } from '../network/blueprint.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { type Loss, lossTraits } from '../words.js'
import type { LambdaRule } from './estimator-options.js'
import type { Fits, Trained } from './fits.js'
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
  /** The chosen one; null if the run was cancelled. */
  chosen: Candidate | null
  /** The fit that tried it, if it was to be kept. */
  kept: Kept | null
}

/** The part of the steps with which more settings than finalists are tried. */
const firstShare = 1 / 4

/**
 * Tries settings: all encodings and lambdas with the first width, then the other widths with the best of them. If these
 * are more than the finalists, all are tried with a part of the steps, and only finalists again with all steps (successive
 * halving, Jamieson and Talwalkar 2016); which these are depends on scores alone.
 */
export class Search<Coding> {
  readonly #candidates: Candidate[] = []
  /** Of the rule 'best' only the first with the least score; trials end in any order. */
  #contenders: Kept[] = []
  #trials = 0

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
    const first = encodings.flatMap((encoding) => lambdas.map((lambda) => ({ encoding, hidden: hidden[0], lambda })))
    const halved = isHalved(this.settings)
    const share = halved ? firstShare : 1
    const narrow = await this.#try(first, share)
    const wide = narrow && (await this.#try(widthsOf(this.settings, bestOf(narrow)), share))
    const tried = wide && [...narrow, ...wide]
    const finalists = tried && (halved ? await this.#tryFinalists(tried) : tried)
    if (finalists === null) return { candidates: this.#candidates, chosen: null, kept: null }
    const chosen = chosenOf(finalists, this.settings.lambdaRule)
    const kept = this.#contenders.find(({ setting }) => isSame(setting, chosen)) ?? null
    return { candidates: this.#candidates, chosen, kept }
  }

  /**
   * One of each encoding and width: with few steps a score tells lambdas apart more surely than encodings. A single one is
   * tried again only to keep its network.
   */
  async #tryFinalists(tried: readonly Candidate[]): Promise<readonly Candidate[] | null> {
    const kinds = group(tried, ({ encoding, hidden }) => `${encoding} ${hidden}`)
    const chosen = [...kinds.values()].map((own) => chosenOf(own, this.settings.lambdaRule))
    const finalists = chosen.sort((a, b) => a.score - b.score).slice(0, this.settings.finalists)
    return finalists.length === 1 && !this.keep ? finalists : await this.#try(finalists, 1)
  }

  /** Candidates in the order of the settings; null if the run was cancelled. @param share of the steps */
  async #try(settings: readonly Setting[], share: number): Promise<Candidate[] | null> {
    const candidates: Candidate[] = []
    for (const [encoding, own] of group(settings, ({ encoding }) => encoding)) {
      const tried = await this.#tryEncoded(own, this.partsOf(encoding), share)
      candidates.push(...tried)
      this.#candidates.push(...tried)
      if (tried.length < own.length) return null
    }
    return candidates
  }

  async #tryEncoded(settings: readonly Setting[], parts: readonly Part[], share: number): Promise<Candidate[]> {
    const paceOf = (part: Part) => this.settings.paceOf(part.rows, share)
    const trials = settings.flatMap((setting) => {
      return parts.map((part) => ({ part, setting: settingOf(setting), pace: paceOf(part), member: 0 }))
    })
    const before = this.#trials
    this.#trials += trials.length
    const verdicts = await this.fits.try(trials, async (trained, network, k) => {
      const score = scoreOf(trained, network)
      if (this.keep && share === 1) this.#contend(trained, network, score, before + k)
      const standardError = parts.length > 1 ? Number.NaN : await standardErrorOfRows(network, trained.part, score)
      return { score, standardError, pathNorm: network.pathNorm() }
    })
    return settings.flatMap((setting, l): Candidate[] => {
      const own = verdicts.slice(l * parts.length, (l + 1) * parts.length).filter((verdict) => verdict !== null)
      if (own.length < parts.length) return []
      const figure = (name: 'score' | 'pathNorm') => mean(own, (verdict) => verdict[name]) as number
      const overFolds = deviation(own, ({ score }) => score)
      const standardError = overFolds === undefined ? own[0].standardError : overFolds / Math.sqrt(own.length)
      const { epochs } = paceOf(parts[0])
      const [score, pathNorm] = [figure('score'), figure('pathNorm')]
      return [{ ...settingOf(setting), epochs, score, standardError, pathNorm }]
    })
  }

  #contend(trained: Trained, { config, seed, loss, parameters }: AnyNetwork, score: number, k: number): void {
    const onlyBest = this.settings.lambdaRule === 'best'
    const beaten = this.#contenders.some((other) => other.score < score || (other.score === score && other.k < k))
    if (onlyBest && beaten) return
    const fit = { ...trained, blueprint: new Blueprint(config, seed, loss, parameters), score, k }
    this.#contenders = onlyBest ? [fit] : [...this.#contenders, fit]
  }
}

/** Whether settings are tried with a part of the steps first. */
function isHalved({ finalists, epochs, space: { encodings, hidden, lambdas } }: Settings): boolean {
  return epochs !== 1 && encodings.length * lambdas.length + hidden.length - 1 > finalists
}

function widthsOf({ space }: Settings, { encoding, lambda }: Setting): Setting[] {
  return space.hidden.slice(1).map((hidden) => ({ encoding, hidden, lambda }))
}

/**
 * How much work each fit of a search is, in the order in which they begin; 1 is a whole fit with the first width, which all
 * finalists are taken to have.
 */
export function workOfSearch(settings: Settings, parts: number, keep: boolean): number[] {
  const { encodings, hidden, lambdas } = settings.space
  const share = isHalved(settings) ? firstShare : 1
  const work = (fits: number, each: number) => Array<number>(fits * parts).fill(each)
  const widths = hidden.slice(1).flatMap((width) => work(1, (share * workOfWidth(width)) / workOfWidth(hidden[0])))
  const tried = [...work(encodings.length * lambdas.length, share), ...widths]
  const finalists = Math.min(settings.finalists, encodings.length + hidden.length - 1)
  return share === 1 || (finalists === 1 && !keep) ? tried : [...tried, ...work(finalists, 1)]
}

/** Multiply-adds of a row, roughly. */
const workOfWidth = (hidden: Setting['hidden']): number => {
  return (typeof hidden === 'number' ? hidden : (mean(hidden) as number)) ** 2
}

/** The first with the least score. */
const bestOf = (candidates: readonly Candidate[]) => least(candidates, ({ score }) => score) as Candidate

const isSame = (a: Setting, b: Setting): boolean =>
  a.encoding === b.encoding && a.lambda === b.lambda && a.hidden === b.hidden

/**
 * The first candidate with the least score, or, of those with its encoding and width, the largest lambda within its
 * standard error (Hastie et al., 7.10).
 */
function chosenOf(candidates: readonly Candidate[], rule: LambdaRule): Candidate {
  const best = bestOf(candidates)
  if (rule === 'best') return best
  const close = candidates.filter(({ encoding, hidden, score }) => {
    return encoding === best.encoding && hidden === best.hidden && score <= best.score + best.standardError
  })
  return greatest(close, ({ lambda }) => lambda) as Candidate
}

/** Validation loss of the kept parameters; for a squared error, its root. */
function scoreOf({ history: { epochs, epoch }, setting: { lambda } }: Trained, { loss }: AnyNetwork): number {
  const value = epochs.find((each) => each.epoch === epoch)?.validationLoss ?? Number.NaN
  if (Number.isFinite(value)) return loss !== null && lossTraits[loss].squared ? Math.sqrt(value) : value
  const message = `the validation loss with lambda ${lambda} is ${value}, expected a finite number`
  throw new Refusal('ERR_NON_FINITE', message, { details: { lambda, epoch } })
}

/**
 * Standard error of the mean loss over the held-out rows, sqrt(n / (n - 1) sum_i w_i^2 (l_i - mean)^2) with weights that
 * sum to 1 and n rows with a weight above 0; for a root mean squared error, divided by twice the root. 0 for a single row.
 *
 * @param score mean loss, or its root
 */
async function standardErrorOfRows(network: AnyNetwork, { validation }: Part, score: number): Promise<number> {
  const { loss: name } = network
  if (validation === null || name === null) return 0
  const { x, y, sampleWeight } = validation
  const { data, shape } = await network.predict(x)
  const [rows, outputs] = shape
  const loss = rowLoss[name]
  const losses = Float64Array.from({ length: rows }, (_, i) => {
    return loss(data.subarray(i * outputs, (i + 1) * outputs), (y as ArrayLike<number>)[i])
  })
  const weights = losses.map((_, i) => sampleWeight?.[i] ?? 1)
  const total = sum(weights)
  const mean = sum(losses, (value, i) => (weights[i] / total) * value)
  const variance = sum(losses, (value, i) => ((weights[i] / total) * (value - mean)) ** 2)
  const counted = weights.filter((weight) => weight > 0).length
  const error = Math.sqrt((variance * counted) / Math.max(1, counted - 1))
  if (!lossTraits[name].squared) return error
  return score === 0 ? 0 : error / (2 * score)
}

/** Loss of one row, from its outputs f and target y (docs/method.md, section 6). */
const rowLoss: Record<Loss, (f: ArrayLike<number>, y: number) => number> = {
  mse: (f, y) => (f[0] - y) ** 2,
  huber: (f, y) => huber(Math.abs(f[0] - y)),
  bce: (f, y) => Math.max(f[0], 0) - f[0] * y + Math.log1p(Math.exp(-Math.abs(f[0]))),
  softmax: (f, y) => softmaxLogLoss(f, [y], f.length),
}

const huber = (size: number): number => (size > 1 ? size - 0.5 : size ** 2 / 2)

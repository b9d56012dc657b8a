import { deviation, greatest, least, mean, sum } from 'd3-array'
import { Refusal } from '../errors/refusal.js'
import { softmaxLogLoss } from '../metrics.js'
import { Blueprint } from '../network/blueprint.js'
import type { AnyNetwork } from '../network/ensemble.js'
import { type Loss, lossTraits } from '../words.js'
import type { Part } from './data.js'
import type { LambdaRule } from './estimator-options.js'
import type { Fits, Trained } from './fits.js'

/** A lambda that was tried. */
export interface Candidate {
  lambda: number
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

/** A fit that tried a lambda, with its network and its position among the trials. */
interface Kept extends Trained {
  blueprint: Blueprint
  score: number
  k: number
}

/**
 * Tries each lambda on each part.
 *
 * @param keep whether to keep the fit with the chosen lambda; only with a single part.
 * @returns every lambda that was tried to the end on all parts, in the order given; the chosen one, null if the run was
 * cancelled; and the fit that tried it, if it was to be kept.
 * @throws Refusal ERR_NON_FINITE if a network's validation loss is not finite.
 */
export async function searchLambda<Coding>(
  fits: Fits<Coding>,
  parts: readonly Part[],
  { lambdas, lambdaRule }: { lambdas: readonly number[]; lambdaRule: LambdaRule },
  keep: boolean,
) {
  let contenders: Kept[] = [] // of the rule 'best' only the first with the least score; trials end in any order
  const trials = lambdas.flatMap((lambda) => parts.map((part) => ({ part, lambda, member: 0 })))
  const verdicts = await fits.try(trials, async (trained, network, k) => {
    const score = scoreOf(trained, network)
    const beaten = contenders.some((other) => other.score < score || (other.score === score && other.k < k))
    if (keep && !(lambdaRule === 'best' && beaten)) {
      const { config, seed, loss, parameters } = network
      const fit = { ...trained, blueprint: new Blueprint(config, seed, loss, parameters), score, k }
      contenders = lambdaRule === 'best' ? [fit] : [...contenders, fit]
    }
    const standardError = parts.length > 1 ? Number.NaN : await standardErrorOfRows(network, trained.part, score)
    return { score, standardError, pathNorm: network.pathNorm() }
  })
  const candidates = lambdas.flatMap((lambda, l): Candidate[] => {
    const own = verdicts.slice(l * parts.length, (l + 1) * parts.length).filter((verdict) => verdict !== null)
    if (own.length < parts.length) return []
    const figure = (name: 'score' | 'pathNorm') => mean(own, (verdict) => verdict[name]) as number
    const overFolds = deviation(own, ({ score }) => score)
    const standardError = overFolds === undefined ? own[0].standardError : overFolds / Math.sqrt(own.length)
    return [{ lambda, score: figure('score'), standardError, pathNorm: figure('pathNorm') }]
  })
  if (candidates.length < lambdas.length) return { candidates, lambda: null, kept: null }
  const lambda = chosenOf(candidates, lambdaRule)
  return { candidates, lambda, kept: contenders.find((fit) => fit.lambda === lambda) ?? null }
}

/** The first candidate with the least score, or the largest lambda within its standard error (Hastie et al., 7.10). */
function chosenOf(candidates: readonly Candidate[], rule: LambdaRule): number {
  const best = least(candidates, ({ score }) => score) as Candidate
  if (rule === 'best') return best.lambda
  const close = candidates.filter(({ score }) => score <= best.score + best.standardError)
  return (greatest(close, ({ lambda }) => lambda) as Candidate).lambda
}

/** Validation loss of the kept parameters; for a squared error, its root. */
function scoreOf({ history: { epochs, epoch }, lambda }: Trained, { loss }: AnyNetwork): number {
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

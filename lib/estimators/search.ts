import { least, mean } from 'd3-array'
import { PsilonError } from '../errors.js'
import { Blueprint } from '../network/options.js'
import type { Part } from './data.js'
import type { AnyNetwork, Fits, Trained } from './fits.js'

/** A lambda that was tried. */
export interface Candidate {
  lambda: number
  /**
   * On the rows held out, the mean of all folds: root mean squared error in the units the network is trained in, or log
   * loss. Sample weights and class weights count.
   */
  score: number
  /** Path norm of the network (improved bound), the mean of all folds. */
  pathNorm: number
}

/** A fit that tried a lambda, and all that is left of its network. */
export interface Kept extends Trained {
  blueprint: Blueprint
}

export interface Search {
  /** Every lambda that was tried to the end on all parts, in the order given. */
  candidates: Candidate[]
  /** The first lambda with the least score; null where the run was cancelled. */
  lambda: number | null
  /** The fit on the first part that tried it, where it was to be kept. */
  kept: Kept | null
}

/**
 * Tries each lambda on each part.
 *
 * @param keep whether to keep the fit with the least score; there is one part then.
 * @throws PsilonError ERR_NON_FINITE where a network's validation loss is not finite.
 */
export async function searchLambda<Coding>(
  fits: Fits<Coding>,
  parts: readonly Part[],
  lambdas: readonly number[],
  keep: boolean,
): Promise<Search> {
  const leader = new Leader()
  const trials = lambdas.flatMap((lambda) => parts.map((part) => ({ part, lambda })))
  const verdicts = await fits.try(trials, (trained, network, k) => {
    const score = scoreOf(trained, network)
    if (keep) leader.challenge(score, k, trained, network)
    return { score, pathNorm: network.pathNorm() }
  })
  const candidates = lambdas.flatMap((lambda, l): Candidate[] => {
    const own = verdicts.slice(l * parts.length, (l + 1) * parts.length)
    if (own.includes(null)) return []
    const figure = (name: 'score' | 'pathNorm') => mean(own, (verdict) => verdict?.[name]) as number
    return [{ lambda, score: figure('score'), pathNorm: figure('pathNorm') }]
  })
  if (candidates.length < lambdas.length) return { candidates, lambda: null, kept: null }
  const { lambda } = least(candidates, ({ score }) => score) as Candidate
  return { candidates, lambda, kept: leader.kept }
}

/** Of trials that end in any order, the first in theirs with the least score. */
class Leader {
  kept: Kept | null = null
  #score = Infinity
  #k = Infinity

  challenge(score: number, k: number, trained: Trained, { config, seed, loss, parameters }: AnyNetwork): void {
    if (score > this.#score || (score === this.#score && k > this.#k)) return
    this.kept = { ...trained, blueprint: new Blueprint(config, seed, loss, parameters) }
    this.#score = score
    this.#k = k
  }
}

/** The validation loss of the parameters that were kept; of a squared error, the root. */
function scoreOf({ history: { epochs, epoch }, lambda }: Trained, { loss }: AnyNetwork): number {
  const value = epochs.find((each) => each.epoch === epoch)?.validationLoss ?? Number.NaN
  if (Number.isFinite(value)) return loss === 'mse' ? Math.sqrt(value) : value
  const message = `[fit] the validation loss with lambda ${lambda} is ${value}, expected a finite number`
  throw new PsilonError('ERR_NON_FINITE', message, { details: { lambda, epoch } })
}

import { least, mean } from 'd3-array'
import { PsilonError } from '../errors.js'
import type { Part } from './data.js'
import type { Fits, Trained, Trial } from './fits.js'

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

export interface Search {
  /** Every lambda that was tried to the end, in order. */
  candidates: Candidate[]
  /** The trial, on the first part, of the first lambda with the least score; null where the run was cancelled. */
  chosen: Trial | null
  /** The fit that came last. */
  latest: Trained
}

/**
 * Tries each lambda on each part.
 *
 * @throws PsilonError ERR_NON_FINITE where a network's validation loss is not finite.
 */
export async function searchLambda<Coding>(
  fits: Fits<Coding>,
  parts: readonly Part[],
  lambdas: readonly number[],
): Promise<Search> {
  const found: { candidate: Candidate; trial: Trial }[] = []
  const candidates = () => found.map(({ candidate }) => candidate)
  let latest: Trial | undefined
  for (const lambda of lambdas) {
    const trials: Trial[] = []
    for (const part of parts) {
      latest = await fits.try(part, lambda)
      if (latest.history.stopped === 'cancelled') return { candidates: candidates(), chosen: null, latest }
      trials.push(latest)
    }
    const score = mean(trials, scoreOf) as number
    const pathNorm = mean(trials, (trial) => trial.pathNorm) as number
    found.push({ candidate: { lambda, score, pathNorm }, trial: trials[0] })
  }
  const best = least(found, ({ candidate }) => candidate.score)
  return { candidates: candidates(), chosen: best?.trial as Trial, latest: latest as Trial }
}

/** The validation loss of the parameters that were kept; of a squared error, the root. */
function scoreOf({ history: { epochs, epoch }, loss, lambda }: Trial): number {
  const value = epochs.find((each) => each.epoch === epoch)?.validationLoss ?? Number.NaN
  if (Number.isFinite(value)) return loss === 'mse' ? Math.sqrt(value) : value
  const message = `[fit] the validation loss with lambda ${lambda} is ${value}, expected a finite number`
  throw new PsilonError('ERR_NON_FINITE', message, { details: { lambda, epoch } })
}

import type { Epoch } from '../core/native.js'
import { deviceOf, type History, notBegun } from '../fit/history.js'
import { chooseDevice } from '../machine/devices.js'
import { networkFrom } from '../network/ensemble.js'
import { type Part, partsOf, readFitData, type TargetEncoder, wholePart } from './data.js'
import { type FitContext, Fits, type Trained } from './fits.js'
import { type Candidate, searchLambda } from './search.js'
import type { Settings } from './settings.js'

/** Summary of an estimator's fit. */
export interface FitSummary {
  /**
   * Lambda of the fitted network; null if the run was cancelled during the search, which does not change the estimator.
   */
  lambda: number | null
  stopped: History['stopped']
  /** Epochs in the history of the network, or of the first member of an ensemble; empty if there is none. */
  epochs: Epoch[]
  /** The epoch whose parameters that network has; 0 if there is none. */
  epoch: number
  /** The history of each member that was begun, in order: one, unless there is an ensemble. */
  members: History[]
  /** Every lambda that was tried to the end, in the order given; empty unless lambda is 'auto'. */
  search: Candidate[]
  /** Rows the network was trained on. */
  rows: number
  /** Inputs of the network. */
  features: number
  /** Columns that have a single value in these rows. */
  dropped: string[]
  /** Number of missing cells in these rows, by column, if there are any. */
  missing: Record<string, number>
  device: History['device']
  /** Duration of all fits. */
  seconds: number
}

/**
 * Reads the table, chooses lambda if asked to, and trains.
 *
 * If a validation table or early stopping decided on the chosen network, it is kept, as the first member of an
 * ensemble; otherwise all members are trained afresh on all rows.
 */
export async function trainEstimator<Coding>(
  given: { table: unknown; options: Record<string, unknown> },
  settings: Settings,
  task: TargetEncoder<Coding>,
  context: FitContext<Coding>,
): Promise<FitSummary> {
  const data = await readFitData(given, task, settings)
  const begin = performance.now()
  const parts = partsOf(data, settings)
  const refit = settings.search && data.validation === null && settings.earlyStopping === undefined
  const tried = settings.search ? parts.length * settings.lambdas.length : 0
  const fits = new Fits(data, settings, context, tried + settings.ensemble - (settings.search && !refit ? 1 : 0))
  const summed = (trial: Chosen, trained: readonly (Trained | null)[], search: Candidate[]) => {
    const seconds = (performance.now() - begin) / 1000
    return summary(trial, trained, search, { settings, seconds })
  }
  if (!settings.search) {
    const given = { part: parts[0], lambda: settings.lambdas[0] }
    return summed(given, await fits.last(given), [])
  }
  const { candidates, lambda, kept } = await searchLambda(fits, parts, settings, !refit)
  if (lambda === null) return summed({ part: parts[0], lambda }, [], candidates)
  if (kept !== null) return summed(kept, [kept, ...(await fits.last(kept, networkFrom(kept.blueprint)))], candidates)
  const whole = { part: wholePart(data, settings), lambda }
  return summed(whole, await fits.last(whole), candidates)
}

/** Data and lambda of the last fits; no lambda if the search was cancelled. */
interface Chosen {
  part: Part
  lambda: number | null
}

function summary(
  { part, lambda }: Chosen,
  trained: readonly (Trained | null)[],
  search: Candidate[],
  { settings, seconds }: { settings: Settings; seconds: number },
): FitSummary {
  const { preprocessor, rows, missing } = part
  const members = trained.flatMap((each) => each?.history ?? [])
  const none = () => notBegun(deviceOf(chooseDevice(settings.device), settings))
  const { epochs, epoch, stopped, device } = members[0] ?? none()
  const cancelled = members.length < trained.length || members.some(({ stopped }) => stopped === 'cancelled')
  return {
    lambda,
    stopped: cancelled ? 'cancelled' : stopped,
    epochs,
    epoch,
    members,
    search,
    rows,
    features: preprocessor.features.length,
    dropped: [...preprocessor.dropped],
    missing,
    device,
    seconds,
  }
}

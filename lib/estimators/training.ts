import { chooseDevice } from '../devices.js'
import type { Epoch } from '../native.js'
import { checkThreads } from '../network/fit-options.js'
import { type History, notBegun } from '../network/training.js'
import { type Part, partsOf, readFitData, type Task, wholePart } from './data.js'
import { type FitContext, Fits, networkFrom, type Trained } from './fits.js'
import type { Settings } from './options.js'
import { type Candidate, searchLambda } from './search.js'

/** What fitting an estimator did. */
export interface FitSummary {
  /** That of the fitted network; null where the run was cancelled in the search, which leaves the estimator as it was. */
  lambda: number | null
  stopped: History['stopped']
  /** Every epoch of the fit that gave the network; empty where there is none. */
  epochs: Epoch[]
  /** The epoch whose parameters the network has; 0 where there is none. */
  epoch: number
  /** Every lambda that was tried to the end, in the order given; empty unless lambda is 'auto'. */
  search: Candidate[]
  /** Rows the network was trained on. */
  rows: number
  /** Inputs of the network. */
  features: number
  /** Columns that have a single value in these rows. */
  dropped: string[]
  /** Number of missing cells in these rows, by column, where there are any. */
  missing: Record<string, number>
  device: History['device']
  /** Duration of all fits. */
  seconds: number
}

/**
 * Reads the table, chooses lambda where that is asked for, and trains.
 *
 * The network that was chosen is kept where a validation table or early stopping decided on it; otherwise one is trained
 * anew on all rows.
 */
export async function trainEstimator<Coding>(
  given: { table: unknown; options: unknown },
  settings: Settings,
  task: Task<Coding>,
  context: FitContext<Coding>,
): Promise<FitSummary> {
  const data = await readFitData(given, task, settings.ignore)
  const begin = performance.now()
  const seconds = () => (performance.now() - begin) / 1000
  const parts = partsOf(data, settings)
  const refit = settings.search && data.validation === null && settings.training.earlyStopping === undefined
  const tried = settings.search ? parts.length * settings.lambdas.length : 0
  const fits = new Fits(data, settings, context, tried + (refit || tried === 0 ? 1 : 0))
  if (!settings.search) return summary(await fits.last({ part: parts[0], lambda: settings.lambdas[0] }), [], seconds())

  const { candidates, lambda, kept } = await searchLambda(fits, parts, settings.lambdas, !refit)
  if (lambda === null) return { ...summary(cancelled(parts[0], settings), candidates, seconds()), lambda }
  if (kept !== null) {
    fits.keep(networkFrom(kept.blueprint), kept)
    return summary(kept, candidates, seconds())
  }
  return summary(await fits.last({ part: wholePart(data, settings), lambda }), candidates, seconds())
}

/** In place of the last fit of a search that was cancelled. */
function cancelled(part: Part, { training }: Settings): Trained {
  const { device, reason } = chooseDevice('fit', training.device ?? 'auto')
  const threads = checkThreads('fit', training.threads)
  return { part, lambda: Number.NaN, history: notBegun(device, reason, threads) }
}

function summary({ part, lambda, history }: Trained, search: Candidate[], seconds: number): FitSummary {
  const { preprocessor, rows, missing } = part
  const { epochs, epoch, stopped, device } = history
  return {
    lambda,
    stopped,
    epochs,
    epoch,
    search,
    rows,
    features: preprocessor.features.length,
    dropped: [...preprocessor.dropped],
    missing,
    device,
    seconds,
  }
}

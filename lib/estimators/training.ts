import { mean, sum } from 'd3-array'
import type { Epoch } from '../core/native.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import type { Preprocessor } from '../data/preprocess.js'
import { deviceOf, type History, notBegun } from '../fit/history.js'
import { chooseDevice } from '../machine/devices.js'
import { networkFrom } from '../network/ensemble.js'
import { readFitData, type TargetEncoder } from './data.js'
import { type FitContext, Fits, type Trained, type Trial } from './fits.js'
import { type Part, Parts } from './parts.js'
import { type Candidate, Search, workOfSearch } from './search.js'
import { type Setting, type Settings, withOneEncoding, withReachableSparsity } from './settings.js'

/** Summary of an estimator's fit. */
export interface FitSummary {
  /**
   * Lambda of the fitted network; null, as encoding and width, if the run was cancelled during the search, which does not
   * change the estimator.
   */
  lambda: number | null
  /** Encoding of its numeric columns. */
  encoding: EncodingName | null
  /** Units in each of its hidden layers. */
  hidden: Setting['hidden'] | null
  /** Share of zeros to which the search pruned; null if it did not. */
  sparsity: number | null
  stopped: History['stopped']
  /** Epochs in the history of the network, or of the first member of an ensemble; empty if there is none. */
  epochs: Epoch[]
  /** The epoch whose parameters that network has; 0 if there is none. */
  epoch: number
  /** The history of each member that was begun, in order: one, unless there is an ensemble. */
  members: History[]
  /** Every setting that was tried to the end, in the order in which they were tried; empty if there was nothing to choose. */
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
 * Reads the table, chooses what is to be chosen, and trains.
 *
 * If a validation table or early stopping decided on the chosen network, it is kept, as the first member of an
 * ensemble; otherwise all members are trained afresh on all rows.
 */
export async function trainEstimator<Coding>(
  given: { table: unknown; options: Record<string, unknown> },
  wanted: Settings,
  task: TargetEncoder<Coding>,
  context: FitContext<Coding>,
): Promise<FitSummary> {
  const data = await readFitData(given, task, wanted)
  const numeric = data.preprocessor.columns.some(({ kind }) => kind === 'numeric')
  const inputs = data.preprocessor.features.length
  const settings = withReachableSparsity(numeric ? wanted : withOneEncoding(wanted), inputs, data.outputs)
  const begin = performance.now()
  const parts = new Parts(data, settings)
  const { search, paceOf } = settings
  const keep = data.validation !== null || settings.earlyStopping !== undefined
  const fits = new Fits(data, settings, context, shareOfFits(settings, data.preprocessor, { parts: parts.count, keep }))
  const summed = (chosen: Chosen, trained: readonly (Trained | null)[], search: readonly Candidate[]) => {
    const seconds = (performance.now() - begin) / 1000
    return summary(chosen, trained, [...search], { settings, seconds })
  }
  const membersOn = (partOf: (encoding: EncodingName) => Part, chosen: readonly Setting[]): Trial[] => {
    const encodings = [...new Set(chosen.map(({ encoding }) => encoding))]
    const parts = new Map(encodings.map((encoding) => [encoding, partOf(encoding)]))
    return chosen.map((setting, member) => {
      const part = parts.get(setting.encoding) as Part
      return { part, setting, pace: paceOf(part.rows, 1), member }
    })
  }
  const encodedBy = (encoding: EncodingName) => parts.encodedBy(encoding)
  if (!search) {
    const trials = membersOn((encoding) => encodedBy(encoding)[0], Array(settings.members).fill(firstOf(settings)))
    return summed(trials[0], await fits.last(trials), [])
  }
  const { candidates, chosen, kept } = await new Search(fits, settings, encodedBy, keep).run()
  if (chosen.length === 0) {
    return summed({ part: parts.whole(firstOf(settings).encoding), setting: null }, [], candidates)
  }
  if (kept !== null) {
    const [, ...others] = membersOn((encoding) => encodedBy(encoding)[0], chosen)
    const known = { ...kept, network: networkFrom(kept.blueprint) }
    return summed(kept, [kept, ...(await fits.last(others, known))], candidates)
  }
  const trials = membersOn((encoding) => parts.whole(encoding), chosen)
  return summed(trials[0], await fits.last(trials), candidates)
}

/** The first setting of a search, or the only one. */
function firstOf({ space: { encodings, hidden, lambdas } }: Settings): Setting {
  return { encoding: encodings[0], hidden: hidden[0], lambda: lambdas[0], sparsity: null }
}

/** Share of each fit in the work of a run. @param preprocessor with any of the encodings. */
function shareOfFits(
  settings: Settings,
  preprocessor: Preprocessor,
  trials: { parts: number; keep: boolean },
): number[] {
  const { search, members, space } = settings
  const workOf = (encoding: EncodingName, hidden: Setting['hidden']) => {
    const widths = typeof hidden === 'number' ? Array<number>(settings.network.depth ?? 3).fill(hidden) : hidden
    const inputs = preprocessor.mostInputs(encoding)
    return sum(widths, (width, k) => width * (k === 0 ? inputs : 2 * widths[k - 1]))
  }
  const tried = search ? workOfSearch(settings, trials, workOf) : []
  const last = mean(space.encodings, (encoding) => workOf(encoding, space.hidden[0])) as number
  const work = [...tried, ...Array<number>(search && trials.keep ? members - 1 : members).fill(last)]
  const whole = sum(work)
  return work.map((each) => each / whole)
}

/** Data and setting of the last fits; no setting if the search was cancelled. */
interface Chosen {
  part: Part
  setting: Setting | null
}

function summary(
  { part, setting }: Chosen,
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
    lambda: setting?.lambda ?? null,
    encoding: setting?.encoding ?? null,
    hidden: setting?.hidden ?? null,
    sparsity: setting?.sparsity ?? null,
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

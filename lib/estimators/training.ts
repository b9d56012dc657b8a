import type { Epoch } from '../core/native.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import { deviceOf, type History, notBegun } from '../fit/history.js'
import { chooseDevice } from '../machine/devices.js'
import { networkFrom } from '../network/network.js'
import { readFitData, type TargetEncoder } from './data.js'
import { type Diverged, Divergence } from './divergence.js'
import { type FitContext, Fits, type Trained, type Trial } from './fits.js'
import { type Part, Parts } from './parts.js'
import { shownSummary } from './result-texts.js'
import { openRunCheckpoint } from './run-checkpoint.js'
import { type Candidate, type Found, Search } from './search.js'
import { type Setting, type Settings, settingOf, withOneEncoding, withReachableSparsity } from './settings.js'
import { Workload } from './workload.js'

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
  /** The history of each member that was begun and did not diverge, in order: one, unless there is an ensemble. */
  members: History[]
  /** Every setting that was tried to the end, in the order in which they were tried; empty if there was nothing to choose. */
  search: Candidate[]
  /**
   * Settings that the search gave up because a fit with them diverged, and those of networks that were left out of the
   * ensemble because they did; mostly empty.
   */
  diverged: Diverged[]
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
  context: Omit<FitContext<Coding>, 'checkpoint'>,
): Promise<FitSummary> {
  const data = await readFitData(given, task, wanted)
  const numeric = data.preprocessor.columns.some(({ kind }) => kind === 'numeric')
  const inputs = data.preprocessor.features.length
  const settings = withReachableSparsity(numeric ? wanted : withOneEncoding(wanted), inputs, data.outputs)
  const parts = new Parts(data, settings)
  const checkpoint = await openRunCheckpoint(given.options.checkpoint, { data, settings, parts })
  const stop = checkpoint === null ? context.stop : AbortSignal.any([context.stop, checkpoint.failed])
  const keep = data.validation !== null || settings.earlyStopping !== undefined
  const fits = new Fits(data, settings, { ...context, stop, checkpoint }, new Workload(settings, parts), keep)
  const work = async () => {
    const begin = performance.now()
    const ran = await run(fits, { settings, parts, keep })
    return summary(ran, { settings, parts, seconds: (performance.now() - begin) / 1000 })
  }
  return checkpoint === null ? await work() : await checkpoint.during(work, ({ stopped }) => stopped !== 'cancelled')
}

/** Chooses what is to be chosen, and trains. */
async function run<Coding>(
  fits: Fits<Coding>,
  { settings, parts, keep }: { settings: Settings; parts: Parts<Coding>; keep: boolean },
): Promise<Ran> {
  const { search, paceOf } = settings
  const membersOn = (partOf: (encoding: EncodingName) => Part, chosen: readonly Setting[]): Trial[] => {
    const encodings = [...new Set(chosen.map(({ encoding }) => encoding))]
    const parts = new Map(encodings.map((encoding) => [encoding, partOf(encoding)]))
    return chosen.map((setting, member) => {
      const part = parts.get(setting.encoding) as Part
      return { part, setting: settingOf(setting), pace: paceOf(part.rows, 1), member }
    })
  }
  const encodedBy = (encoding: EncodingName) => parts.encodedBy(encoding)
  const first = (encoding: EncodingName) => encodedBy(encoding)[0]
  if (!search) {
    const trials = membersOn(first, Array(settings.members).fill(firstOf(settings)))
    return { candidates: [], chosen: [], diverged: [], trials, ends: await fits.last(trials) }
  }
  const found = await new Search(fits, settings, encodedBy, keep).run()
  const { chosen, kept } = found
  if (chosen.length === 0) return { ...found, trials: [], ends: [] }
  const trials = membersOn(kept === null ? (encoding) => parts.whole(encoding) : first, chosen)
  if (kept === null) return { ...found, trials, ends: await fits.last(trials) }
  const known = { ...kept, network: networkFrom(kept.blueprint) }
  return { ...found, trials, ends: [kept, ...(await fits.last(trials.slice(1), known))] }
}

/** The first setting of a search, or the only one. */
function firstOf({ space: { encodings, hidden, lambdas } }: Settings): Setting {
  return { encoding: encodings[0], hidden: hidden[0], lambda: lambdas[0], sparsity: null }
}

/** What a run did: what its search found, if there was one, and how its last fits ended. */
interface Ran extends Pick<Found, 'candidates' | 'chosen' | 'diverged'> {
  /** None if the search was cancelled. */
  trials: readonly Trial[]
  ends: readonly (Trained | Divergence | null)[]
}

function summary<Coding>(
  { trials, ends, candidates, chosen, diverged }: Ran,
  { settings, parts, seconds }: { settings: Settings; parts: Parts<Coding>; seconds: number },
): FitSummary {
  const trained = ends.filter((end) => end !== null && !(end instanceof Divergence)) as Trained[]
  const left = ends.flatMap((end) => (end instanceof Divergence ? [end.found] : []))
  const [network = { part: parts.whole(firstOf(settings).encoding), setting: null }] = [...trained, ...trials]
  const { part, setting } = network
  const members = trained.map(({ history }) => history)
  const none = () => notBegun(deviceOf(chooseDevice(settings.device), settings))
  const { epochs, epoch, stopped, device } = members[0] ?? none()
  const cancelled = ends.length === 0 || ends.includes(null) || members.some(({ stopped }) => stopped === 'cancelled')
  const isLeft = (_: unknown, k: number) => !(ends[k] instanceof Divergence)
  return shownSummary({
    lambda: setting?.lambda ?? null,
    encoding: setting?.encoding ?? null,
    hidden: setting?.hidden ?? null,
    sparsity: setting?.sparsity ?? null,
    stopped: cancelled ? 'cancelled' : stopped,
    epochs,
    epoch,
    members,
    search: candidates.map((each) => ({
      ...each,
      members: chosen.filter(isLeft).filter((one) => one === each).length,
    })),
    diverged: [...diverged, ...left],
    rows: part.rows,
    features: part.preprocessor.features.length,
    dropped: [...part.preprocessor.dropped],
    missing: part.missing,
    device,
    seconds,
  })
}

import { reading, refuseUnknown, show } from '../checks.js'
import type { Epoch } from '../core/native.js'
import { Caller } from '../errors/caller.js'
import { placed, Refusal, refusalOf, speak, within } from '../errors/refusal.js'
import { jobOf } from '../fit/fit-network.js'
import { type GroupedFit, groupFits, trainGroups } from '../fit/groups.js'
import type { History } from '../fit/history.js'
import { placeFits } from '../fit/job.js'
import { type FitOptions, fitOptions, type TrainingData } from '../fit/options.js'
import { SharedRows } from '../fit/rows.js'
import { OfCallback, type Speaker, TrainingRun, type WholeRunControl } from '../fit/run.js'
import { checkThreads } from '../fit/settings.js'
import { checkOption, omit, pick, readOptions } from '../options/option.js'
import { isArray, isRecord } from '../realms.js'
import { Network, type PsilonNet, type PsilonResNet } from './network.js'

/** Options of `fitMany`. They apply to all fits together, with the meaning and default of the same option of `fit`. */
export type FitManyOptions = Pick<FitOptions, (typeof common)[number]>

/** One of the fits: the arguments of `network.fit(data, options)`. */
export interface FitOfMany {
  network: PsilonNet | PsilonResNet
  data: TrainingData
  options?: Omit<FitOptions, keyof FitManyOptions | 'checkpoint'> | undefined
  /**
   * Called when this fit has ended without an error, while others may continue; the network can be used again. On a GPU
   * the fits of one run end together. The next fit begins in its place when the returned value has settled. An error it
   * throws rejects the run, once all fits have ended.
   */
  ended?: ((history: History) => unknown) | undefined
}

/** A finished epoch of one of many fits. */
export interface EpochOfMany extends Epoch {
  /** Position of the fit in the list, from 0. */
  index: number
}

const common = ['threads', 'device', 'signal'] as const
const fitManyOptions = pick(fitOptions, common)

/**
 * Trains several networks at once, each as `network.fit(data, options)` would. As many fits run at a time as threads
 * and memory allow, in the order given, each on one thread. A rest of fewer fits than threads begins at once, where
 * memory allows, and at the end the last ones share all threads. On a CPU the bits are those of `network.fit`. Fits with
 * the same `x`, `y` and `sampleWeight` share one copy of them.
 *
 * On a GPU, networks of one shape train as one run, each kernel for all of them, as many as its memory allows: those
 * with equal configs, numbers of rows and options except `lambda`, `regWeight`, `learningRate`, `schedule`,
 * `earlyStopping` and `seed`. The same call gives the same bits; a single fit may differ by the rounding of products,
 * because tiles are chosen by the amount of work.
 *
 * Everything is checked before the first fit begins. Never throws: any error rejects the run. A network does not change
 * until its own fit has ended; calls that would change it are refused with ERR_BUSY.
 *
 * If a fit fails, the others continue to their ends. Then the run rejects with the error of the first failed fit in the
 * list: `details.index` is its position, `details.history` has the history of each fit, null for failed fits, and
 * `details.errors` has the error of each failed fit, null for the others.
 *
 * @returns the run: a promise of the histories in the order given, an async iterator of epochs with the `index` of
 * their fit, and `cancel()`, which ends running fits within a batch and begins no more.
 * @throws PsilonError as `network.fit`; ERR_OPTION for a network that is given twice; ERR_MEMORY if memory is not
 * enough for one network at a time.
 */
export function fitMany(fits: readonly FitOfMany[], options: FitManyOptions = {}): TrainingRun<EpochOfMany, History[]> {
  const speaker = { operation: 'fitMany', caller: new Caller(fitMany) }
  return new TrainingRun((control) => trainMany(fits, options, control, speaker), speaker)
}

async function trainMany(
  fits: unknown,
  options: unknown,
  control: WholeRunControl<EpochOfMany>,
  speaker: Speaker,
): Promise<History[]> {
  const { signal, ...shared } = readOptions(fitManyOptions, options)
  control.follow(signal)
  const threads = checkThreads(shared.threads)
  const requestedDevice = checkOption('device', fitOptions.device, shared.device)
  const known = new SharedRows()
  const checked = checkAll(fits, shared, known)
  const jobs = checked.map(({ job }) => job)
  const placement = placeFits(requestedDevice, jobs)
  const groups = groupFits(jobs, { placement, threads }, { shared: known.bytes })
  known.copy()
  for (const { network } of checked) network.reserve()
  const grouped = checked.map(
    ({ network, job, ended }, index): GroupedFit<History> => ({
      job,
      control: { emit: (epoch) => control.emit(() => ({ index, ...epoch })), stop: control.stop },
      prepare: () => network,
      async finish(made) {
        const history = (await made) as History
        try {
          await ended?.(history)
        } catch (thrown) {
          throw new OfCallback(thrown)
        }
        return history
      },
    }),
  )
  return histories(await trainGroups(grouped, groups), speaker)
}

function checkAll(fits: unknown, shared: Record<string, unknown>, known: SharedRows) {
  if (!isArray(fits)) throw refused(`fits is ${show(fits)}, expected an array of { network, data, options }`)
  const places = new Map<unknown, number>()
  const list = reading('ERR_OPTION', 'fits', () => Array.from(fits, (fit, k) => inFit(k, () => fieldsOf(fit))))
  return list.map(({ network, data, options, ended }, index) =>
    inFit(index, () => {
      const place = places.get(network)
      if (place !== undefined) throw refused(`network is the same as in fits[${place}]`)
      places.set(network, index)
      return { network, job: jobOf(network, { data, options: { ...options, ...shared } }, known), ended }
    }),
  )
}

const inFit = <T>(index: number, work: () => T): T => within(`fits[${index}]`, work, { index })

function fieldsOf(fit: unknown) {
  if (!isRecord(fit)) throw refused(`expected { network, data, options }, got ${show(fit)}`)
  const names = ['network', 'data', 'options', 'ended']
  const { network, data, options: given = {}, ended } = refuseUnknown(fit, names, 'a fit')
  if (!Network.isOne(network)) {
    throw refused(`network is ${show(network)}, expected a PsilonNet or PsilonResNet of this copy of psilon`)
  }
  const options = readOptions(omit(fitOptions, ['checkpoint']), given)
  if (ended !== undefined && typeof ended !== 'function') throw refused(`ended is ${show(ended)}, expected a function`)
  const taken = common.find((name) => options[name] !== undefined)
  if (taken !== undefined) throw refused(`${taken} applies to all fits; give it to fitMany instead`)
  return { network: network.state, data, options, ended: ended as FitOfMany['ended'] }
}

const refused = (message: string) => new Refusal('ERR_OPTION', message)

function histories(ends: PromiseSettledResult<History>[], { operation, caller }: Speaker): History[] {
  const history = ends.map((end) => (end.status === 'fulfilled' ? end.value : null))
  const index = history.indexOf(null)
  if (index < 0) return history as History[]
  const errors = ends.map((end, k) => {
    if (end.status === 'fulfilled') return null
    if (end.reason instanceof OfCallback) return end.reason.thrown
    return speak(placed(end.reason, `fits[${k}]`, { index: k }), operation, caller)
  })
  const { reason } = ends[index] as PromiseRejectedResult
  if (reason instanceof OfCallback) throw reason
  throw refusalOf(errors[index])?.with({ details: { history, errors } }) ?? errors[index]
}

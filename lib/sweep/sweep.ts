import { Caller } from '../errors/caller.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { TrainingRun, type WholeRunControl } from '../fit/run.js'
import { checkThreads } from '../fit/settings.js'
import { checkOption, readOptions } from '../options/option.js'
import type { SweepData } from './data.js'
import { type SweepOptions, sweepOptions } from './options.js'
import { type Plan, planSweep } from './plan.js'
import { packages } from './redis/connection.js'
import { runTrialsOnWorkers } from './redis/submit.js'
import { type Tell, warnOfProcess } from './redis/tell.js'
import { readUrl } from './redis/url.js'
import type { TrialResult } from './run-trial.js'
import { runTrials } from './run-trials.js'
import { FolderStore, MemoryStore, type Store } from './store.js'
import { type SweepSummary, summaryOf } from './summary.js'
import type { Trial } from './trial.js'
import { TrialThreads } from './trial-threads.js'

/** A trial that has finished. */
export interface SweepEvent extends TrialResult {
  /** Position of its setting, from 0. */
  setting: number
  /** Finished trials, those of the store included, and all of them. */
  done: number
  planned: number
}

/** A planned sweep, its store, and the results that the store already has. */
export interface PreparedSweep {
  plan: Plan
  store: Store
  known: ReadonlyMap<string, TrialResult>
  threads: number
  /** URL of the Redis whose workers run the trials; undefined: this machine runs them. */
  redis: string | undefined
}

/**
 * Trains an estimator with each of many settings on parts of a table, and compares score, path norm, size and time
 * (docs/sweeps.md). As many trials run at a time as there are threads. The same spec gives the same scores, for any number of
 * threads, and however often it was stopped and continued.
 *
 * Everything is checked before the first trial begins. A setting that cannot be trained is a failed trial and does not end the
 * sweep. Never throws: any error rejects the run.
 *
 * @returns the run: a promise of the summary, an async iterator of the trials as they finish, and `cancel()`, which keeps the
 * finished trials.
 * @throws PsilonError ERR_OPTION with all that is wrong with the options; ERR_DATA, ERR_FILE; ERR_MEMORY if there is not enough
 * for one trial at a time; ERR_REDIS if Redis cannot be reached or refuses, ERR_UNSUPPORTED without the packages for it; ERR_CANCELLED if its signal is aborted, `details.history` is the summary so far.
 */
export function sweep(options: SweepOptions): TrainingRun<SweepEvent, SweepSummary> {
  const speaker = { operation: 'sweep', caller: new Caller(sweep) }
  const work = async (control: WholeRunControl<SweepEvent>) => {
    const { signal, ...given } = readOptions(sweepOptions, options)
    control.follow(signal)
    return runSweep(await prepareSweep(given), control)
  }
  return new TrainingRun(work, speaker)
}

/** Checks everything, and looks into the store. @param given options, each read once. */
export async function prepareSweep(given: Record<string, unknown>): Promise<PreparedSweep> {
  const { store: folder, threads: wanted, redis: url, ...spec } = given
  const threads = checkThreads(wanted)
  const redis = checkOption('redis', sweepOptions.redis, url)
  if (redis !== undefined) await checkRedis(redis, wanted)
  const path = checkOption('store', sweepOptions.store, folder)
  const plan = await planSweep(spec)
  const store = path === undefined ? new MemoryStore() : await FolderStore.open(path, documentOf(plan))
  const known = new Map<string, TrialResult>()
  for (const trial of plan.trials) {
    const result = await store.get(trial)
    if (result !== null) known.set(trial.key, result)
  }
  return { plan, store, known, threads, redis }
}

async function checkRedis(redis: string, threads: unknown): Promise<void> {
  readUrl(redis)
  await packages()
  if (threads === undefined) return
  const message = words`a sweep takes either ${option('threads')} or ${option('redis')}, whose workers have threads of their own, got both`
  throw new Refusal('ERR_OPTION', message)
}

/** Runs the trials that are not in the store. */
export async function runSweep(
  { plan, store, known, threads, redis }: PreparedSweep,
  { emit, stop }: Pick<WholeRunControl<SweepEvent>, 'emit' | 'stop'>,
  tell: Tell = warnOfProcess,
): Promise<SweepSummary> {
  const results = new Map(known)
  const places = new Map(plan.trials.map(({ key }, t) => [key, t % plan.settings.length]))
  const planned = plan.trials.length
  const done = (result: TrialResult) => {
    results.set(result.key, result)
    const event = { ...result, setting: places.get(result.key) as number, done: results.size, planned }
    emit(() => event)
  }
  const due = plan.trials.filter(({ key }) => !known.has(key))
  if (due.length > 0 && !stop.aborted) {
    if (redis !== undefined) await runTrialsOnWorkers(due, plan.data, store, { url: redis, stop, done, tell })
    else await runHere(due, plan.data, store, { threads, stop, done })
  }
  return summaryOf(plan, results, { known: known.size, notes: store.notes })
}

async function runHere(
  due: readonly Trial[],
  data: SweepData,
  store: Store,
  { threads, ...control }: { threads: number; stop: AbortSignal; done(result: TrialResult): void },
): Promise<void> {
  const runner = TrialThreads.forTrials(data, due, threads)
  await runTrials(due, runner, store, control).finally(() => runner.close())
}

/** The plan as plain data, for the store. */
function documentOf({ data, metric, settings, seeds, trials }: Plan) {
  const { digest, target, task, held, table } = data
  const options = trials.slice(0, settings.length).map(({ options }) => options)
  return { data: digest, rows: table.places.length, target, task, metric, ...held, seeds, settings: options }
}

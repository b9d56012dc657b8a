import { homedir } from 'node:os'
import { join } from 'node:path'
import { Caller } from '../../errors/caller.js'
import { fitOptions } from '../../fit/options.js'
import { TrainingRun, type WholeRunControl } from '../../fit/run.js'
import { checkThreads } from '../../fit/settings.js'
import { checkedLater, text } from '../../options/kinds.js'
import { checkOptions, computed, type Declarations } from '../../options/option.js'
import type { TrialResult } from '../run-trial.js'
import { type Tell, warnOfProcess } from './tell.js'
import { work } from './worker.js'

export interface SweepWorkerOptions {
  /** URL of the Redis whose trials are taken (docs/many-machines.md). */
  redis: string
  /** Trials that run at a time, each on one thread. 1 to 256. Default all processors. */
  threads?: number | undefined
  /** Folder that keeps the tables of sweeps, so that each is sent once. Default psilon in the user's cache folder. */
  cache?: string | undefined
  /** Signal that ends the worker when aborted. */
  signal?: AbortSignal | undefined
}

export const sweepWorkerOptions = {
  redis: {
    kind: text,
    required: true,
    sentence: 'URL of the Redis whose trials are taken (docs/many-machines.md).',
    flag: '--redis <url>',
  },
  threads: { ...fitOptions.threads, sentence: 'Trials that run at a time, each on one thread.' },
  cache: {
    kind: text,
    default: computed(cacheFolder, "psilon in the user's cache folder"),
    sentence: 'Folder that keeps the tables of sweeps, so that each is sent once.',
    flag: '--cache <folder>',
  },
  signal: { kind: checkedLater<AbortSignal>('an AbortSignal'), sentence: 'Signal that ends the worker when aborted.' },
} satisfies Declarations<SweepWorkerOptions>

/** What a worker did. */
export interface WorkerSummary {
  /** Trials whose result came from this worker. */
  trials: number
}

/**
 * Takes trials of sweeps from a Redis and runs them until it is cancelled (docs/many-machines.md). Those that run then go on
 * elsewhere. Never throws: any error rejects the run.
 *
 * @returns the run: a promise of a summary, an async iterator of the results as trials finish, and `cancel()`.
 * @throws PsilonError ERR_OPTION, ERR_UNSUPPORTED without the packages bullmq and ioredis, ERR_REDIS if Redis cannot be reached at
 * the beginning, ERR_CANCELLED if its signal is aborted.
 */
export function sweepWorker(options: SweepWorkerOptions): TrainingRun<TrialResult, WorkerSummary> {
  const speaker = { operation: 'sweepWorker', caller: new Caller(sweepWorker) }
  const run = (control: WholeRunControl<TrialResult>) => {
    const { signal, ...given } = checkOptions(sweepWorkerOptions, options)
    control.follow(signal)
    return runWorker(given, control, warnOfProcess)
  }
  return new TrainingRun(run, speaker)
}

export async function runWorker(
  { redis, threads, cache }: Pick<SweepWorkerOptions, 'redis' | 'threads'> & { cache: string },
  { emit, stop }: Pick<WholeRunControl<TrialResult>, 'emit' | 'stop'>,
  tell: Tell,
): Promise<WorkerSummary> {
  let trials = 0
  const done = (result: TrialResult) => {
    trials++
    emit(() => result)
  }
  await work({ url: redis, threads: checkThreads(threads), cache, stop, done, tell })
  return { trials }
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'psilon')
}

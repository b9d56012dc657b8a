import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CheckpointOptions } from '../checkpoint/options.js'
import type { ErrorCode } from '../errors/errors.js'
import { Refusal } from '../errors/refusal.js'
import { devices } from '../machine/devices.js'
import type { SweepData } from './data.js'
import type { TrialResult } from './run-trial.js'
import type { Runner } from './run-trials.js'
import type { Trial } from './trial.js'

/** What a thread is told. */
export type Order = { trial: Trial; threads: number; checkpoint?: CheckpointOptions | undefined } | 'stop'

/** What it answers to a trial: the result, null if it was stopped, or why there is none. */
export type Answer =
  | { result: TrialResult | null }
  | { refusal: { code: ErrorCode; message: string; details: Readonly<Record<string, unknown>> } }
  | { error: unknown }

/**
 * On a GPU two trials run at a time, so that one prepares its data while the other trains: the fits of a trial take up to half
 * of what is free there.
 */
const lanesOnGpu = 2

/**
 * Threads of Node.js, each of which runs one trial at a time: of a small network on a small table, a fifth of the time goes to
 * JavaScript, which would take turns on a single thread.
 */
export class TrialThreads implements Runner {
  /** Threads of each trial. */
  readonly #threads: number
  readonly #workers: Worker[] = []
  /** Reject when a thread ends by itself. */
  readonly #ends: Promise<never>[] = []

  /** As many as these trials need. @param threads of all of them together. */
  static forTrials(data: SweepData, trials: readonly Trial[], threads: number): TrialThreads {
    const gpu = devices().some(({ kind, available }) => kind === 'cuda' && available)
    const onGpu = gpu && trials.some(({ options }) => options.device !== 'cpu')
    const lanes = Math.min(threads, trials.length, onGpu ? lanesOnGpu : threads)
    return new TrialThreads(data, lanes, Math.floor(threads / lanes))
  }

  /** @param threads of each trial. @throws Refusal ERR_UNSUPPORTED where Node.js cannot start them. */
  constructor(
    data: SweepData,
    readonly lanes: number,
    threads: number,
  ) {
    this.#threads = threads
    const program = new URL('./trial-worker.js', import.meta.url)
    try {
      for (let lane = 0; lane < this.lanes; lane++) {
        const worker = new Worker(program, { workerData: data, execArgv: [] }) // options of an --eval would stop it
        this.#workers.push(worker)
        this.#ends.push(endOf(worker))
      }
    } catch (cause) {
      void this.close()
      const { code, message } = cause as NodeJS.ErrnoException
      const remedy = code === 'ERR_ACCESS_DENIED' ? '; start Node.js with --allow-worker' : ''
      const what = 'a sweep runs on threads of Node.js, which cannot be started'
      throw new Refusal('ERR_UNSUPPORTED', `${what}: ${message}${remedy}`, { cause })
    }
  }

  /** @param checkpoint from where the trial goes on. */
  async run(lane: number, trial: Trial, checkpoint?: CheckpointOptions): Promise<TrialResult | null> {
    const listening = new AbortController()
    const { signal } = listening
    try {
      this.#workers[lane].postMessage({ trial, threads: this.#threads, checkpoint } satisfies Order)
      const [answer] = (await Promise.race([once(this.#workers[lane], 'message', { signal }), this.#ends[lane]])) as [
        Answer,
      ]
      if ('result' in answer) return answer.result
      if ('error' in answer) throw answer.error
      const { code, message, details } = answer.refusal
      throw new Refusal(code, message, { details })
    } finally {
      listening.abort()
    }
  }

  stop(): void {
    for (const worker of this.#workers) worker.postMessage('stop' satisfies Order)
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

function endOf(worker: Worker): Promise<never> {
  const end = new Promise<never>((_, reject) => {
    worker.on('error', (cause: NodeJS.ErrnoException) => {
      const heap = cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
      reject(
        heap ? new Refusal('ERR_MEMORY', 'needs more memory than a thread of JavaScript may have', { cause }) : cause,
      )
    })
    worker.on('exit', (code) => reject(new Refusal('ERR_NATIVE', `a thread of the sweep ended with code ${code}`)))
  })
  end.catch(() => {}) // also after the last trial
  return end
}

import { placed, refusalOf } from '../errors/refusal.js'
import { devices } from '../machine/devices.js'
import type { SweepData } from './data.js'
import type { TrialResult } from './run-trial.js'
import { settingText } from './space.js'
import type { Store } from './store.js'
import type { Trial } from './trial.js'
import { TrialThreads } from './trial-threads.js'

/**
 * On a GPU two trials run at a time, so that one prepares its data while the other trains: the fits of a trial take up to half
 * of what is free there.
 */
const lanesOnGpu = 2

/** How many trials run at a time, and the threads of each. */
function lanesOf(trials: readonly Trial[], threads: number): { lanes: number; each: number } {
  const gpu = devices().some(({ kind, available }) => kind === 'cuda' && available)
  const onGpu = gpu && trials.some(({ options }) => options.device !== 'cpu')
  const lanes = Math.min(threads, trials.length, onGpu ? lanesOnGpu : threads)
  return { lanes, each: Math.floor(threads / lanes) }
}

interface Control {
  threads: number
  stop: AbortSignal
  /** Called with each result. */
  done(result: TrialResult): void
}

/**
 * Runs trials in order, several at a time, and keeps their results. A trial that another process has finished meanwhile is not
 * run again. Where memory is not enough for a trial beside others, fewer run at a time.
 *
 * @throws the first error that is not of a setting, once the other trials have been stopped.
 */
export async function runTrials(
  trials: readonly Trial[],
  data: SweepData,
  store: Store,
  control: Control,
): Promise<void> {
  if (trials.length === 0 || control.stop.aborted) return
  const { lanes, each } = lanesOf(trials, control.threads)
  const threads = new TrialThreads(data, lanes)
  const failed = new AbortController()
  const stop = AbortSignal.any([control.stop, failed.signal])
  stop.addEventListener('abort', () => threads.stop())
  const due = [...trials]
  let running = lanes
  /** Null if it was stopped, or waits until others have ended. */
  const finish = async (trial: Trial, lane: number): Promise<TrialResult | null> => {
    try {
      const known = await store.get(trial)
      const result = known ?? (await threads.run(lane, trial, each))
      if (known === null && result !== null) await store.put(result)
      return result
    } catch (error) {
      if (refusalOf(error)?.code !== 'ERR_MEMORY' || running === 1)
        throw placed(error, `with ${settingText({ ...trial.options })}`)
      due.unshift(trial)
      return null
    }
  }
  const run = async (lane: number) => {
    try {
      for (let trial = due.shift(); trial !== undefined && !stop.aborted; trial = due.shift()) {
        const result = await finish(trial, lane)
        if (result === null) return
        control.done(result)
      }
    } catch (error) {
      failed.abort()
      throw error
    } finally {
      running--
    }
  }
  try {
    const ends = await Promise.allSettled(Array.from({ length: lanes }, (_, lane) => run(lane)))
    const end = ends.find(({ status }) => status === 'rejected')
    if (end !== undefined) throw (end as PromiseRejectedResult).reason
  } finally {
    await threads.close()
  }
}

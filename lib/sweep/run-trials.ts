import type { CheckpointOptions } from '../checkpoint/options.js'
import { placed, refusalOf } from '../errors/refusal.js'
import type { TrialResult } from './run-trial.js'
import { settingText } from './space.js'
import type { Store } from './store.js'
import type { Trial } from './trial.js'

/** What runs trials: as many at a time as it has lanes. */
export interface Runner {
  readonly lanes: number
  /**
   * @param lane one that runs nothing. @param checkpoint from where the trial goes on.
   * @returns null if it was stopped. @throws an error that is not of the setting.
   */
  run(lane: number, trial: Trial, checkpoint?: CheckpointOptions): Promise<TrialResult | null>
  /** Ends the running trials, each within a batch. */
  stop(): void
}

/**
 * Runs trials in order and keeps their results. A trial that another process has finished meanwhile is not run again. Where
 * memory is not enough for a trial beside others, fewer run at a time.
 *
 * @param done called with each result.
 * @throws the first error that is not of a setting, once the other trials have been stopped.
 */
export async function runTrials(
  trials: readonly Trial[],
  runner: Runner,
  store: Store,
  { stop: stopped, done }: { stop: AbortSignal; done(result: TrialResult): void },
): Promise<void> {
  const due = [...trials]
  const failed = new AbortController()
  const stop = AbortSignal.any([stopped, failed.signal])
  stop.addEventListener('abort', () => runner.stop())
  let running = runner.lanes
  /** Null if it was stopped, or waits until others have ended. */
  const finish = async (trial: Trial, lane: number): Promise<TrialResult | null> => {
    try {
      const known = await store.get(trial)
      const result = known ?? (await runner.run(lane, trial, store.checkpoint(trial)))
      if (known === null && result !== null) await store.put(result)
      return result
    } catch (error) {
      const waits = refusalOf(error)?.code === 'ERR_MEMORY' && running > 1
      if (!waits) throw placed(error, `with ${settingText({ ...trial.options })}`)
      due.unshift(trial)
      return null
    }
  }
  const runLane = async (lane: number) => {
    try {
      for (let trial = due.shift(); trial !== undefined && !stop.aborted; trial = due.shift()) {
        const result = await finish(trial, lane)
        if (result === null) return
        done(result)
      }
    } catch (error) {
      failed.abort()
      throw error
    } finally {
      running--
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: runner.lanes }, (_, lane) => runLane(lane)))
  const end = ends.find(({ status }) => status === 'rejected')
  if (end !== undefined) throw (end as PromiseRejectedResult).reason
}

import type { CheckpointOptions } from '../../checkpoint/options.js'
import type { SweepData } from '../data.js'
import type { TrialResult } from '../run-trial.js'
import type { Trial } from '../trial.js'
import { TrialThreads } from '../trial-threads.js'

/** A thread, which has the data of one sweep. */
interface Lane {
  data: SweepData
  thread: TrialThreads
}

/** Threads for trials of several sweeps, one trial on each; a thread is started anew where the sweep changes. */
export class Lanes {
  readonly #idle: Lane[] = []
  readonly #busy = new Set<Lane>()
  #isStopped = false

  /** @returns null if it was stopped. @throws Refusal, or what ended the thread. */
  async run(data: SweepData, trial: Trial, checkpoint: CheckpointOptions): Promise<TrialResult | null> {
    if (this.#isStopped) return null
    const lane = await this.#take(data)
    this.#busy.add(lane)
    if (this.#isStopped) lane.thread.stop()
    let hasEnded = true
    try {
      const result = await lane.thread.run(0, trial, checkpoint)
      hasEnded = false
      return result
    } finally {
      this.#busy.delete(lane)
      if (hasEnded) await lane.thread.close()
      else this.#idle.push(lane)
    }
  }

  /** Ends the running trials, each within a batch; no other begins. */
  stop(): void {
    this.#isStopped = true
    for (const { thread } of this.#busy) thread.stop()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy].map(({ thread }) => thread.close()))
  }

  async #take(data: SweepData): Promise<Lane> {
    const k = this.#idle.findIndex((lane) => lane.data === data)
    if (k >= 0) return this.#idle.splice(k, 1)[0]
    await this.#idle.shift()?.thread.close()
    return { data, thread: new TrialThreads(data, 1, 1) }
  }
}

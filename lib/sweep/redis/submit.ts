import { setTimeout as sleep } from 'node:timers/promises'
import type { JobsOptions, Queue } from 'bullmq'
import { placed, refusalOf } from '../../errors/refusal.js'
import type { SweepData } from '../data.js'
import type { TrialResult } from '../run-trial.js'
import { settingText } from '../space.js'
import { readResult, type Store } from '../store.js'
import type { Trial } from '../trial.js'
import { connect, isPassing, type Link, unreachable } from './connection.js'
import { type PackedData, pack, upload } from './data.js'
import { failureIn } from './failure.js'
import { keysOf, knownFor, nameOf, ownIdentity, type TrialJob } from './queue.js'
import type { Tell } from './tell.js'
import { aborted, timeIsUp } from './waiting.js'

/** Trials of a sweep that are in the queue at a time: enough for all workers, and few enough to be taken back. */
const windowSize = 5000

/** Results that are written at a time. */
const writtenAtOnce = 50

/** A trial on which a machine fails is tried so often, after these milliseconds. */
const jobOptions: JobsOptions = {
  ...{ attempts: 10, backoff: { type: 'fixed', delay: 5000 } },
  ...{ removeOnComplete: true, removeOnFail: true },
}

/** Seconds. */
export interface SubmitTimes {
  /** Between two looks for results while none come. */
  poll: number
  /** After which everything is submitted again, in case Redis has lost it. */
  renew: number
  /** After which somebody is told that no worker is there. */
  lonely: number
}

const defaultTimes: SubmitTimes = { poll: 0.25, renew: 20, lonely: 10 }

export interface SubmitControl {
  url: string
  stop: AbortSignal
  /** Called with each result. */
  done(result: TrialResult): void
  tell: Tell
  times?: SubmitTimes
}

/** Seconds in which a stopped sweep takes its trials back, if Redis answers. */
const leaveWithin = 5

/**
 * Runs trials on the workers of a Redis, and keeps their results. Whatever Redis loses is submitted again; a trial that is
 * finished twice has one result.
 *
 * @throws Refusal ERR_REDIS if there is no connection at the beginning, or Redis refuses a command; the error of a machine if
 * no worker could run a trial.
 */
export async function runTrialsOnWorkers(
  trials: readonly Trial[],
  data: SweepData,
  store: Store,
  control: SubmitControl,
): Promise<void> {
  if (trials.length === 0 || control.stop.aborted) return
  const packed = await pack(data)
  const link = await connect(control.url, control.tell)
  const submission = new Submission(link, trials, packed, store, control)
  try {
    const running = submission.run()
    running.catch(() => {}) // after the signal: commands to a Redis that is away never end
    await Promise.race([running, aborted(control.stop)])
  } finally {
    if (await timeIsUp(submission.withdraw(), leaveWithin)) {
      control.tell('Redis does not answer; the trials of this sweep stay in its queue')
    }
    link.close()
  }
}

class Submission {
  readonly #due: Map<string, Trial>
  /** Keys of trials that have been submitted since the last renewal. */
  readonly #submitted = new Set<string>()
  readonly #identity = ownIdentity()
  readonly #keys
  readonly #queue: Queue<TrialJob>
  readonly #times: SubmitTimes
  #renewed = -Infinity
  /** Whether results have come, or somebody knows why none come. */
  #isAnswered = false

  constructor(
    private readonly link: Link,
    trials: readonly Trial[],
    private readonly packed: PackedData,
    private readonly store: Store,
    private readonly control: SubmitControl,
  ) {
    this.#due = new Map(trials.map((trial) => [trial.key, trial]))
    this.#keys = keysOf(link, this.#identity)
    this.#times = control.times ?? defaultTimes
    this.#queue = new link.bullmq.Queue(nameOf(this.#identity), { connection: link.redis, prefix: this.#keys.queue })
    this.#queue.on('error', () => {}) // its commands say it too
  }

  async run(): Promise<void> {
    const begin = performance.now()
    while (this.#due.size > 0 && !this.control.stop.aborted) {
      const found = await this.#patiently(async () => {
        const found = await this.#collect()
        if (performance.now() - this.#renewed > 1000 * this.#times.renew) await this.#renew()
        await this.#submit()
        return found
      })
      this.#isAnswered ||= found > 0
      if (!this.#isAnswered && performance.now() - begin > 1000 * this.#times.lonely) await this.#lookForWorkers()
      if (found === 0) await sleep(1000 * this.#times.poll, undefined, { signal: this.control.stop }).catch(() => {})
    }
  }

  /** Takes back the trials that no worker has begun; those that have a result are not in the queue. */
  async withdraw(): Promise<void> {
    if (this.#due.size > 0)
      await Promise.all([...this.#submitted].map((key) => this.#queue.remove(key).catch(() => {})))
    await this.#queue.close().catch(() => {})
  }

  /** What Redis answers, once it does. @throws Refusal ERR_REDIS if it refuses. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T | 0> {
    try {
      return await ask()
    } catch (error) {
      if (refusalOf(error) !== undefined) throw error
      if (!isPassing(error)) throw unreachable(this.link.place, error)
      return 0
    }
  }

  /** Number of results that have come. */
  async #collect(): Promise<number> {
    const window = first(this.#due.values(), windowSize)
    const texts = await this.link.redis.mget(window.map(({ key }) => this.#keys.result(key)))
    const come = window.flatMap((trial, k) => (texts[k] === null ? [] : [{ trial, text: texts[k] as string }]))
    for (let k = 0; k < come.length; k += writtenAtOnce) {
      await Promise.all(come.slice(k, k + writtenAtOnce).map(({ trial, text }) => this.#keep(trial, text)))
    }
    return come.length
  }

  async #keep(trial: Trial, text: string): Promise<void> {
    const failure = failureIn(text)
    if (failure !== undefined) throw placed(failure, `with ${settingText({ ...trial.options })}`)
    const result = await this.#resultIn(text, trial.key)
    if (result === null || this.control.stop.aborted) return
    await this.store.put(result)
    this.#due.delete(trial.key)
    this.#submitted.delete(trial.key)
    this.control.done(result)
  }

  /** Null for one that is damaged, which is removed. */
  async #resultIn(text: string, key: string): Promise<TrialResult | null> {
    try {
      return readResult('a result in Redis', text, key)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      this.control.tell(`${refusal.message}; its trial runs again`)
      await this.link.redis.del(this.#keys.result(key))
      this.#submitted.delete(key)
      return null
    }
  }

  async #renew(): Promise<void> {
    const name = nameOf(this.#identity)
    await this.link.redis.sadd(this.#keys.identities, name)
    await this.link.redis.set(this.#keys.sweeps(name), JSON.stringify(this.#identity), 'EX', knownFor)
    await upload(this.link, this.#keys.data(this.packed.address), this.packed)
    this.#submitted.clear()
    this.#renewed = performance.now()
  }

  async #submit(): Promise<void> {
    const fresh = first(this.#due.values(), windowSize).filter(({ key }) => !this.#submitted.has(key))
    if (fresh.length === 0) return
    await this.#queue.addBulk(
      fresh.map(({ key, ...trial }) => ({
        name: 'trial',
        data: { ...trial, data: this.packed.address },
        opts: { ...jobOptions, jobId: key },
      })),
    )
    for (const { key } of fresh) this.#submitted.add(key)
  }

  async #lookForWorkers(): Promise<void> {
    this.#isAnswered = true
    const there = await this.#patiently(() => this.link.redis.exists(this.#keys.workers))
    if (there === 1) return
    const { version, instructionSet } = this.#identity
    this.control.tell(
      `no worker of psilon ${version} with the instruction set ${instructionSet} is there yet; start some with psilon worker --redis URL`,
    )
  }
}

function first<T>(values: Iterable<T>, count: number): T[] {
  const found: T[] = []
  for (const value of values) {
    if (found.length === count) break
    found.push(value)
  }
  return found
}

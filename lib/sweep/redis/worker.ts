import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Job, Worker } from 'bullmq'
import { refusalOf } from '../../errors/refusal.js'
import { temporaryFolder } from '../../io/temporary-folder.js'
import type { TrialResult } from '../run-trial.js'
import { resultText } from '../store.js'
import { keyOf } from '../trial.js'
import { connect, isPassing, type Link } from './connection.js'
import { DataCache } from './data.js'
import { failureText } from './failure.js'
import { Lanes } from './lanes.js'
import { MovingCheckpoint } from './moving-checkpoint.js'
import { difference, type Identity, keptFor, keysOf, knownFor, nameOf, ownIdentity, type TrialJob } from './queue.js'
import type { Tell } from './tell.js'
import { aborted, timeIsUp } from './waiting.js'

/** Seconds. */
export interface WorkerTimes {
  /** A trial whose worker has not been heard of for so long goes to another one, at the next of the checks. */
  lock: number
  /** Between two checks of that, and two signs of life. */
  check: number
  /** Between two checkpoints of a trial. */
  checkpoint: number
}

const defaultTimes: WorkerTimes = { lock: 20, check: 10, checkpoint: 5 }

export interface WorkerControl {
  url: string
  threads: number
  /** Folder that keeps the data of sweeps. */
  cache: string
  stop: AbortSignal
  /** Called with each result that this worker was the first to have. */
  done(result: TrialResult): void
  tell: Tell
  times?: WorkerTimes
  /** What runs trials. */
  lanes?: Pick<Lanes, 'run' | 'stop' | 'close'>
}

/** A trial that has ended so many workers is not tried again. */
const maxEndedWorkers = 20

/** Seconds in which a stopped worker gives its trials back, if Redis answers. */
const leaveWithin = 10

/**
 * Takes trials from Redis until it is stopped, and then gives back those that run.
 *
 * @throws Refusal ERR_REDIS if there is no connection at the beginning.
 */
export async function work(control: WorkerControl): Promise<void> {
  const { url, stop, tell } = control
  const link = await connect(url, tell)
  const folder = await temporaryFolder('worker')
  const taker = new Taker(link, folder, control)
  try {
    await taker.untilStopped(stop)
  } finally {
    await taker.close()
    link.close()
    await rm(folder, { recursive: true, force: true })
  }
}

class Taker {
  readonly #identity = ownIdentity()
  readonly #keys
  readonly #times: WorkerTimes
  readonly #lanes
  readonly #data: DataCache
  readonly #worker: Worker<TrialJob, null>
  /** Sentences that were said. */
  readonly #said = new Set<string>()
  readonly #taking = new Set<Promise<null>>()
  #begun = 0

  constructor(
    private readonly link: Link,
    private readonly folder: string,
    private readonly control: WorkerControl,
  ) {
    this.#keys = keysOf(link, this.#identity)
    this.#times = control.times ?? defaultTimes
    this.#lanes = control.lanes ?? new Lanes()
    this.#data = new DataCache(link, control.cache, control.tell)
    const { lock, check } = this.#times
    this.#worker = new link.bullmq.Worker<TrialJob, null>(
      nameOf(this.#identity),
      (job, token) => this.#taken(job, token),
      {
        ...{ connection: link.redis, prefix: this.#keys.queue, concurrency: control.threads },
        ...{ lockDuration: 1000 * lock, stalledInterval: 1000 * check, maxStalledCount: Number.MAX_SAFE_INTEGER },
        ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 }, runRetryDelay: 1000 },
      },
    )
    this.#worker.on('error', (error) => {
      if (!isPassing(error)) this.#sayOnce(`Redis: ${error.message}`)
    })
  }

  /** Says that it is there, and which sweeps are not for it. */
  async untilStopped(stop: AbortSignal): Promise<void> {
    const { redis } = this.link
    const stopped = aborted(stop)
    while (!stop.aborted) {
      const look = async () => {
        await redis.set(this.#keys.workers, '1', 'EX', knownFor)
        for (const each of await this.#otherSweeps()) this.#sayOnce(difference(each, this.#identity))
      }
      await Promise.race([look().catch((error) => this.#sayOnce(`Redis: ${error.message}`)), stopped])
      await sleep(1000 * this.#times.check, undefined, { signal: stop }).catch(() => {})
    }
  }

  /** Gives the running trials back, with their checkpoints. */
  async close(): Promise<void> {
    this.#lanes.stop()
    await this.#worker.pause(true)
    const isLate = await timeIsUp(this.#givenBack(), leaveWithin)
    if (isLate)
      this.control.tell('Redis does not answer in time; trials of this worker go on elsewhere once it is missed')
    // not gracefully: it would wait for the end of a connection that may be down
    await timeIsUp(this.#worker.close(true), leaveWithin)
    await this.#lanes.close()
  }

  async #givenBack(): Promise<void> {
    while (this.#taking.size > 0) await Promise.allSettled(this.#taking)
    await nextTurn()
    await this.link.redis.ping() // behind the last commands of BullMQ
  }

  async #otherSweeps(): Promise<Identity[]> {
    const found: Identity[] = []
    for (const name of await this.link.redis.smembers(this.#keys.identities)) {
      const text = name === nameOf(this.#identity) ? null : await this.link.redis.get(this.#keys.sweeps(name))
      if (text !== null) found.push(JSON.parse(text))
    }
    return found
  }

  #sayOnce(sentence: string): void {
    if (this.#said.has(sentence)) return
    this.#said.add(sentence)
    this.control.tell(sentence)
  }

  #taken(job: Job<TrialJob, null>, token: string | undefined): Promise<null> {
    const taking = this.#take(job, token).finally(() => this.#taking.delete(taking))
    this.#taking.add(taking)
    return taking
  }

  /** One trial. What it throws sends the trial back to the queue, or away if it is none. */
  async #take(job: Job<TrialJob, null>, token: string | undefined): Promise<null> {
    const key = job.id as string
    if ((await this.link.redis.exists(this.#keys.result(key))) === 1) return null // delivered twice
    if (job.stalledCounter >= maxEndedWorkers) {
      await this.#fail(key, 'ERR_NATIVE', `it has ended ${job.stalledCounter} workers without a result`)
      return null
    }
    const result = await this.#run(job, key).catch((error) => this.#sendBack(job, key, error))
    if (result === null) {
      await job.moveToWait(token)
      throw new this.link.bullmq.WaitingError()
    }
    const first = await this.link.redis.set(this.#keys.result(key), resultText(result), 'EX', keptFor, 'NX')
    await this.link.redis.del(this.#keys.checkpoint(key))
    if (first === 'OK') this.control.done(result)
    return null
  }

  async #run(job: Job<TrialJob, null>, key: string): Promise<TrialResult | null> {
    const { data: address, options, fold, seed } = job.data
    const data = await this.#data.get(address, this.#keys.data(address))
    if (keyOf(data, { options, fold, seed }) !== key) {
      throw new this.link.bullmq.UnrecoverableError('it is not the trial that its key says')
    }
    const path = join(this.folder, `${this.#begun++}.checkpoint`)
    const every = this.#times.checkpoint
    const checkpoint = await MovingCheckpoint.open(this.link, this.#keys.checkpoint(key), path, every)
    if (checkpoint.wasBegun) this.control.tell(`trial ${key.slice(0, 8)} goes on from the checkpoint of another worker`)
    try {
      const result = await this.#lanes.run(data, { key, options, fold, seed }, { path, everySeconds: every })
      if (result === null) await checkpoint.store()
      return result
    } finally {
      await checkpoint.close()
    }
  }

  /** For another try, here or elsewhere; after the last one the sweep ends with the error. */
  async #sendBack(job: Job<TrialJob, null>, key: string, error: unknown): Promise<never> {
    const { code = 'ERR_NATIVE', message } = refusalOf(error) ?? (error as Error & { code?: undefined })
    this.control.tell(`a trial goes back to the queue: ${message}`)
    if (job.attemptsMade + 1 >= (job.opts.attempts ?? 1)) await this.#fail(key, code, message)
    throw error
  }

  async #fail(key: string, code: string, message: string): Promise<void> {
    await this.link.redis.set(this.#keys.result(key), failureText({ code, message }), 'EX', knownFor, 'NX')
  }
}

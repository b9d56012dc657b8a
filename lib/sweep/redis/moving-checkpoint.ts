import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { previousOf } from '../../checkpoint/checkpoint-file.js'
import type { Link } from './connection.js'
import { keptFor } from './queue.js'

/** The checkpoint of a running trial: a file here, of which Redis has a copy that goes to the worker that takes the trial over. */
export class MovingCheckpoint {
  /** Of the file that Redis has. */
  #stored = ''
  #storing: Promise<void> = Promise.resolve()
  readonly #timer: NodeJS.Timeout

  private constructor(
    private readonly link: Link,
    private readonly key: string,
    readonly path: string,
    everySeconds: number,
    /** Whether another worker has begun the trial. */
    readonly wasBegun: boolean,
  ) {
    this.#timer = setInterval(() => void this.store(), Math.max(50, 1000 * everySeconds))
  }

  /** Takes over what another worker has left. @param path of a file that does not exist. */
  static async open(link: Link, key: string, path: string, everySeconds: number): Promise<MovingCheckpoint> {
    const left = await link.redis.getBuffer(key)
    if (left !== null) await writeFile(path, left)
    return new MovingCheckpoint(link, key, path, everySeconds, left !== null)
  }

  /** Copies the file to Redis if it has changed. */
  store(): Promise<void> {
    this.#storing = this.#storing.then(() => this.#store()).catch(() => {}) // a trial without it begins anew
    return this.#storing
  }

  async #store(): Promise<void> {
    const { mtimeMs, size } = await stat(this.path)
    if (this.#stored === `${mtimeMs} ${size}`) return
    await this.link.redis.set(this.key, await readFile(this.path), 'EX', keptFor)
    this.#stored = `${mtimeMs} ${size}`
  }

  /** Removes the file; what Redis has stays. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const path of [this.path, previousOf(this.path)]) await rm(path, { force: true }).catch(() => {})
  }
}

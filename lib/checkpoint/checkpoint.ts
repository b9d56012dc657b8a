import { Refusal, refusalOf } from '../errors/refusal.js'
import { type Contents, findCheckpoint, previousOf, type Section, writeCheckpoint } from './checkpoint-file.js'
import type { CheckedCheckpoint } from './options.js'
import type { RunIdentity } from './run-identity.js'

/**
 * The checkpoint of one run: what is finished, and where it stands, in sections by name. Those that are set are written
 * when the time has come, one write after the other.
 */
export class Checkpoint {
  readonly #options: CheckedCheckpoint
  readonly #run: RunIdentity
  readonly #sections: Map<string, Section>
  readonly #failed = new AbortController()
  #written = performance.now()
  #writing: Promise<void> | null = null
  #isDue = false
  #ended = false

  private constructor(options: CheckedCheckpoint, run: RunIdentity, sections: ReadonlyMap<string, Section>) {
    this.#options = options
    this.#run = run
    this.#sections = new Map(sections)
  }

  /**
   * Opens the checkpoint of a run. If the file is damaged the one before it is taken, with a warning of the process.
   *
   * @throws Refusal ERR_CHECKPOINT for one that belongs to another run and has not ended, or that cannot be read.
   */
  static async open(options: CheckedCheckpoint, run: RunIdentity): Promise<Checkpoint> {
    const { path } = options
    const found = await findCheckpoint(path)
    if (found === null) return new Checkpoint(options, run, new Map())
    const difference = differenceOf(found, run)
    if (difference !== undefined && !found.ended) {
      const remedy = 'remove it, or give another file'
      throw new Refusal('ERR_CHECKPOINT', `${path} is the checkpoint of a run ${difference}; ${remedy}`)
    }
    if (found.fault !== null) {
      await writeCheckpoint(path, found, { damaged: true })
      process.emitWarning(`${found.fault.message}; the run goes on from ${previousOf(path)}`, 'PsilonWarning')
    }
    return new Checkpoint(options, run, difference === undefined ? found.sections : new Map())
  }

  /** Aborted when the file could not be written: the run should end, and `during` says why. */
  get failed(): AbortSignal {
    return this.#failed.signal
  }

  /** Seconds between two checkpoints, and from now to the next one. */
  get interval(): number {
    return this.#options.everySeconds
  }
  get untilNext(): number {
    return Math.max(0, this.interval - (performance.now() - this.#written) / 1000)
  }

  section(name: string): Section | undefined {
    return this.#sections.get(name)
  }

  /** Replaces a section. @param now whether to write it at once; otherwise it is written if the time has come. */
  set(name: string, section: Section, now = false): void {
    this.#sections.set(name, section)
    if (now || this.untilNext === 0) this.#write()
  }

  /**
   * Does the work of the run, and writes where it stands, however it ends.
   *
   * @param isDone whether there is nothing left to do; there is not where a fit has diverged.
   * @throws Refusal ERR_FILE, and whatever the work throws.
   */
  async during<Result>(work: () => Promise<Result>, isDone: (result: Result) => boolean): Promise<Result> {
    let result: Result
    try {
      result = await work()
    } catch (error) {
      await this.#settle(refusalOf(error)?.code === 'ERR_NON_FINITE').catch(() => {}) // the error says more
      throw error
    }
    await this.#settle(isDone(result))
    return result
  }

  async #settle(ended: boolean): Promise<void> {
    this.#ended = ended
    this.#write()
    while (this.#writing !== null) await this.#writing
    if (this.failed.aborted) throw this.failed.reason
  }

  #write(): void {
    if (this.failed.aborted) return
    this.#isDue = true
    this.#writing ??= this.#writeWhileDue().finally(() => {
      this.#writing = null
    })
  }

  async #writeWhileDue(): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false
      this.#written = performance.now()
      try {
        await writeCheckpoint(this.#options.path, { run: this.#run, ended: this.#ended, sections: this.#sections })
      } catch (error) {
        this.#failed.abort(error)
        return
      }
    }
  }
}

/** In what a run differs from that of a checkpoint; undefined if it is the same. */
function differenceOf({ run: { version, device, digest } }: Contents, run: RunIdentity): string | undefined {
  if (version !== run.version) return `of psilon ${version}, this is ${run.version}`
  if (device !== run.device) return `on ${device}, this one is on ${run.device}`
  return digest === run.digest ? undefined : 'with other data or options'
}

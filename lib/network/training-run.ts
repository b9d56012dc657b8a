import { withCaller } from '../caller.js'
import { refuse } from '../checks.js'
import { PsilonError } from '../errors.js'

/** What the work inside a run has to do with the run. */
export interface RunControl<Event> {
  /** Adds an event; everyone who iterates the run gets it. */
  emit(event: Event): void
  /** Aborted once, when the run is cancelled or its signal is aborted: the work should end soon, with what it has. */
  readonly stop: AbortSignal
}

export interface RunOptions {
  /** For messages: `fit`. */
  operation: string
  /** Ends the run when it is aborted; the run then rejects with ERR_CANCELLED. */
  signal?: AbortSignal | undefined
  /** Frames of the caller, as captureCaller gives them: the stack of every PsilonError of the run. */
  caller: string
}

/**
 * A training that goes on by itself: a promise of its result, an async iterator of its events, and `cancel()`.
 *
 * - Every iterator gives every event in order, from the first one, however late it starts; leaving a `for await` loop
 *   only stops listening.
 * - `cancel()` ends the run gracefully: the promise resolves with what there is by then.
 * - An aborted `signal` ends it too, but the promise rejects with ERR_CANCELLED: `cause` is the signal's reason,
 *   `details.history` what there is by then (absent where the run had not begun).
 * - Whatever fails, arguments included, rejects the promise and is thrown by the iterators; a call that gives a run
 *   never throws.
 */
export class TrainingRun<Event, Result> implements Promise<Result> {
  readonly [Symbol.toStringTag] = 'TrainingRun'
  readonly #events: Event[] = []
  readonly #stop = new AbortController()
  readonly #result: Promise<Result>
  #ended = false
  #listeners = 0
  #sleepers: (() => void)[] = []

  /** Starts `work` at once. Its result is the run's result. */
  constructor(work: (control: RunControl<Event>) => Result | Promise<Result>, options: RunOptions) {
    this.#result = this.#execute(work, options)
  }

  /** Asks the run to end within a batch, on a GPU within about a tenth of a second. Does nothing to one that has ended. */
  cancel(): void {
    if (!this.#ended) this.#stop.abort()
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is a promise
  then<A = Result, B = never>(
    onResult?: ((result: Result) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onResult, onError)
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Result | B> {
    return this.#result.catch(onError)
  }

  finally(onEnd?: (() => void) | null): Promise<Result> {
    return this.#result.finally(onEnd)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    this.#listeners++
    try {
      for (let k = 0; ; k++) {
        while (k === this.#events.length && !this.#ended) await new Promise<void>((wake) => this.#sleepers.push(wake))
        if (k === this.#events.length) break
        yield this.#events[k] as Event
      }
      await this.#result
    } finally {
      this.#listeners--
    }
  }

  async #execute(work: (control: RunControl<Event>) => Result | Promise<Result>, options: RunOptions): Promise<Result> {
    const { operation, signal, caller } = options
    const abort = () => this.#stop.abort()
    const cancelled = (when: string, details?: Record<string, unknown>) =>
      new PsilonError('ERR_CANCELLED', `[${operation}] cancelled by its signal${when}`, {
        cause: signal?.reason,
        details,
      })
    try {
      checkSignal(operation, signal)
      if (signal?.aborted) throw cancelled(' before it began')
      signal?.addEventListener('abort', abort)
      const history = await work({ emit: (event) => this.#emit(event), stop: this.#stop.signal })
      if (signal?.aborted) throw cancelled('', { history })
      return history
    } catch (error) {
      // Whoever iterates is thrown the error, so the promise does not report it a second time.
      if (this.#listeners > 0) this.#result.catch(() => {})
      throw error instanceof PsilonError ? withCaller(error, caller) : error
    } finally {
      if (signal instanceof AbortSignal) signal.removeEventListener('abort', abort)
      this.#ended = true
      this.#wake()
    }
  }

  #emit(event: Event): void {
    this.#events.push(event)
    this.#wake()
  }

  #wake(): void {
    const sleepers = this.#sleepers
    this.#sleepers = []
    for (const wake of sleepers) wake()
  }
}

function checkSignal(operation: string, signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return
  refuse(operation, 'signal', 'an AbortSignal', signal)
}

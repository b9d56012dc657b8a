import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import { reading, refuse } from '../checks.js'
import type { Caller } from '../errors/caller.js'
import { Refusal, speak } from '../errors/refusal.js'
import { inspection, type Styling, shown } from '../inspection.js'
import { figure } from '../print.js'
import { isAbortSignal } from '../realms.js'

/** What the work of a run can do with the run. */
export interface RunControl<Event> {
  emit(event: Event): void
  /** Aborted when the run is cancelled or its signal is aborted: the work should end soon, with the result so far. */
  readonly stop: AbortSignal
}

/** The control of a whole run. */
export interface WholeRunControl<Event> extends Omit<RunControl<Event>, 'emit'> {
  /** Adds an event, given by a function: the run keeps the function and calls it once for each iterator. */
  emit(event: () => Event): void
  /**
   * Ends the run when this AbortSignal is aborted; the run then rejects with ERR_CANCELLED. Called once, before
   * anything is begun.
   *
   * @throws PsilonError ERR_OPTION if it is not one, ERR_CANCELLED if it is already aborted.
   */
  follow(signal: unknown): void
}

/** An error from a callback of the caller: the run rejects with it unchanged. */
export class OfCallback {
  constructor(readonly thrown: unknown) {}
}

/** The operation that returned the run, and its caller: a refused run names the one and has the stack of the other. */
export interface Speaker {
  operation: string
  caller: Caller
}

/** Events that an iterator gives before it lets timers and I/O run. */
const eventsPerTurn = 16

/**
 * Training in the background: a promise of its result, an async iterator of its events, and `cancel()`.
 *
 * - Every iterator gives every event in order, from the first one, however late it starts or slow it is. Leaving a
 *   `for await` loop only stops listening: the training goes on.
 * - `cancel()` ends the run gracefully: the promise resolves with the result so far.
 * - An aborted `signal` ends it too, but the promise rejects with ERR_CANCELLED: `cause` is the signal's reason,
 *   `details.history` the history so far (absent if the run had not begun).
 * - Any failure, including invalid arguments, rejects the promise and is thrown by the iterators; a call that returns a
 *   run never throws.
 */
export class TrainingRun<Event, Result> implements Promise<Result> {
  readonly [Symbol.toStringTag] = 'TrainingRun'
  readonly #events: (() => Event)[] = []
  readonly #stop = new AbortController()
  readonly #result: Promise<Result>
  readonly #operation: string
  #ended = false
  /** A promise that rejects with the run's error, to report it if nobody else receives it. */
  #failure: (() => Promise<never>) | null = null
  #reported: Promise<never> | null = null
  #isAwaited = false
  #signal: AbortSignal | undefined
  #listeners = 0
  #sleepers: (() => void)[] = []

  /** Starts `work` at once. Its result is the run's result. */
  constructor(work: (control: WholeRunControl<Event>) => Result | Promise<Result>, speaker: Speaker) {
    this.#operation = speaker.operation
    this.#result = this.#execute(work, speaker)
    this.#result.catch((error) => {
      this.#failure = () => Promise.reject(error)
      this.#reportUnheard()
    })
  }

  /** Asks the run to end within a batch, on a GPU within about a tenth of a second. Has no effect once it has ended. */
  cancel(): void {
    if (!this.#ended) this.#stop.abort()
  }

  /** @internal */
  [inspection](depth: number, styling: Styling): object {
    return shown('TrainingRun', depth, styling, () => [
      ['operation', this.#operation],
      ['state', this.#ended ? (this.#failure === null ? 'ended' : 'failed') : 'running'],
      ['events', this.#events.length.toLocaleString('en-US')],
      ['last', eventText(this.#events.at(-1)?.())],
    ])
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is a promise
  then<A = Result, B = never>(
    onResult?: ((result: Result) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isAwaited = true
    this.#reported?.catch(() => {})
    return this.#result.then(onResult, onError)
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Result | B> {
    return this.then(null, onError)
  }

  finally(onEnd?: (() => void) | null): Promise<Result> {
    return this.then().finally(onEnd)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    this.#listeners++
    try {
      for (let k = 0; ; k++) {
        while (k === this.#events.length && !this.#ended) await new Promise<void>((wake) => this.#sleepers.push(wake))
        if (k === this.#events.length) break
        if (k % eventsPerTurn === eventsPerTurn - 1) await turnOfEventLoop()
        yield this.#events[k]()
      }
      await this
    } finally {
      this.#listeners--
      this.#reportUnheard()
    }
  }

  async #execute(
    work: (control: WholeRunControl<Event>) => Result | Promise<Result>,
    { operation, caller }: Speaker,
  ): Promise<Result> {
    const abort = () => this.#stop.abort()
    const follow = (signal: unknown) => {
      if (signal === undefined) return
      if (!isAbortSignal(signal)) refuse('signal', 'an AbortSignal', signal)
      reading('ERR_OPTION', 'signal', () => {
        if (signal.aborted) throw cancelled(signal, ' before it began')
        signal.addEventListener('abort', abort)
      })
      this.#signal = signal
    }
    try {
      const history = await work({ emit: (event) => this.#emit(event), stop: this.#stop.signal, follow })
      if (this.#signal?.aborted) throw cancelled(this.#signal, '', { history })
      return history
    } catch (error) {
      if (error instanceof OfCallback) throw error.thrown
      throw speak(error, operation, caller)
    } finally {
      this.#signal?.removeEventListener('abort', abort)
      this.#ended = true
      this.#wake()
    }
  }

  /** Reports a failure as an unhandled rejection, unless somebody received it or is listening. */
  #reportUnheard(): void {
    if (this.#failure === null || this.#isAwaited || this.#listeners > 0) return
    this.#reported ??= this.#failure()
  }

  #emit(event: () => Event): void {
    this.#events.push(event)
    this.#wake()
  }

  #wake(): void {
    const sleepers = this.#sleepers
    this.#sleepers = []
    for (const wake of sleepers) wake()
  }
}

/** The figures of an event that tell how far a run has come: `epoch 12, loss 0.3527`. */
function eventText(event: unknown): string {
  const figures = ['done', 'planned', 'index', 'fit', 'fits', 'epoch', 'epochs', 'loss', 'validationLoss']
  const entries = figures.map((name) => [name, Object(event)[name]] as const)
  return entries.flatMap(([name, value]) => (typeof value === 'number' ? [`${name} ${amount(value)}`] : [])).join(', ')
}

const amount = (value: number) => (Number.isInteger(value) ? value.toLocaleString('en-US') : figure(value))

const cancelled = ({ reason }: AbortSignal, when: string, details?: Record<string, unknown>): Refusal =>
  new Refusal('ERR_CANCELLED', `cancelled by its signal${when}`, { cause: reason, details })

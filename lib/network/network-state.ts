import type { Epoch, Loss, NativeNetwork } from '../native.js'
import { Refusal } from '../refusal.js'
import type { SharedRows } from './fit-rows.js'
import type { Running } from './share-threads.js'
import {
  type CheckedFit,
  checkFit,
  type DueFit,
  type History,
  type PlannedFit,
  startTraining,
  type Training,
} from './training.js'
import type { RunControl } from './training-run.js'

/** A fit that was planned and is to begin. */
export type NetworkDue = Omit<DueFit, 'network'> & { network: NetworkState }

/** A network in native memory, and what may be done with it: it is used, taken for a fit, or disposed of. */
export class NetworkState {
  /** The loss it was last trained with. */
  loss: Loss | null
  readonly seed: number
  readonly #native: NativeNetwork
  /** Of the fit it is taken for; aborted, that stops. */
  #taken: AbortController | null = null
  #disposed = false

  constructor(native: NativeNetwork, seed: number, loss: Loss | null) {
    this.#native = native
    this.seed = seed
    this.loss = loss
  }

  /** @throws Refusal ERR_DISPOSED. */
  use(): NativeNetwork {
    if (!this.#disposed) return this.#native
    throw new Refusal('ERR_DISPOSED', 'the network has been disposed of')
  }

  /** For what changes the network. @throws Refusal ERR_DISPOSED, ERR_BUSY. */
  idle(): NativeNetwork {
    const network = this.use()
    if (this.#taken === null) return network
    throw new Refusal('ERR_BUSY', 'a fit of this network is running; wait for it or cancel it')
  }

  /** Checks a fit, but for memory. */
  check(given: { data: unknown; options: unknown }, known: SharedRows): CheckedFit {
    return checkFit({ config: this.idle().config(), seed: this.seed }, given, known)
  }

  /** Takes the network for a fit that was planned: until that has ended, nothing else may change it. */
  take(): void {
    this.#taken = new AbortController()
  }

  /** Begins the fit that was planned, on all its threads. */
  begin(plan: PlannedFit, control: RunControl<Epoch>): Running<History> {
    return NetworkState.begin([{ network: this, plan, control }], plan.options.threads)[0]
  }

  /** Begins fits that were planned, several of the same work as one run, on so many of their threads. */
  static begin(fits: readonly NetworkDue[], threads: number): Running<History>[] {
    const due = fits.map(({ network, plan, control: { emit, stop } }) => {
      network.#taken ??= new AbortController()
      const control = { emit, stop: AbortSignal.any([stop, network.#taken.signal]) }
      return { network: network.#native, plan, control }
    })
    return startTraining(due, threads).map((training, k) => {
      const { network, plan } = fits[k]
      return { end: network.#trained(training, plan), setThreads: training.setThreads }
    })
  }

  async #trained({ end, epochs }: Training, { options }: PlannedFit): Promise<History> {
    const history = await end.finally(() => {
      this.#taken = null
      if (epochs.length > 0) this.loss = options.loss
      if (this.#disposed) this.#native.dispose()
    })
    if (!this.#disposed) return history
    throw new Refusal('ERR_DISPOSED', 'the network was disposed of while it was being trained')
  }

  /** Frees its memory; a fit under way is cancelled, and rejects with ERR_DISPOSED. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (this.#taken === null) this.#native.dispose()
    else this.#taken.abort()
  }
}

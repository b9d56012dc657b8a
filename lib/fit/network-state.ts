import type { NativeNetwork } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import type { Loss } from '../words.js'

/** A network in native memory, and its state: idle, taken for a fit, or disposed of. */
export class NetworkState {
  readonly #native: NativeNetwork
  /** Stops the fit that has taken the network. */
  #taken: AbortController | null = null
  #disposed = false

  /** @param loss it was last trained with. */
  constructor(
    native: NativeNetwork,
    readonly seed: number,
    public loss: Loss | null,
  ) {
    this.#native = native
  }

  /** @throws Refusal ERR_DISPOSED. */
  use(): NativeNetwork {
    if (!this.#disposed) return this.#native
    throw new Refusal('ERR_DISPOSED', 'the network has been disposed of')
  }

  /** The network, to change it. @throws Refusal ERR_DISPOSED, ERR_BUSY. */
  idle(): NativeNetwork {
    const network = this.use()
    if (this.#taken === null) return network
    throw new Refusal('ERR_BUSY', 'a fit of this network is running; wait for it or cancel it')
  }

  /** Reserves the network for a fit: nothing else may change it until the fit has ended. */
  reserve(): void {
    this.#taken ??= new AbortController()
  }

  /** Frees a reserved network whose fit has not begun. */
  release(): void {
    this.#taken = null
    if (this.#disposed) this.#native.dispose()
  }

  /** Takes the network for a fit that begins; the signal is aborted with `stop` and by dispose. */
  take(stop: AbortSignal): { native: NativeNetwork; stop: AbortSignal } {
    this.#taken ??= new AbortController()
    return { native: this.#native, stop: AbortSignal.any([stop, this.#taken.signal]) }
  }

  /**
   * Waits for the end of the fit, and frees the network for others.
   *
   * @param loss of the fit; null if no epoch was finished.
   * @throws Refusal ERR_DISPOSED if the network was disposed of meanwhile.
   */
  async trained<T>(end: Promise<T>, loss: () => Loss | null): Promise<T> {
    const result = await end.finally(() => {
      this.loss = loss() ?? this.loss
      this.release()
    })
    if (!this.#disposed) return result
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

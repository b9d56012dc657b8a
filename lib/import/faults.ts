import { joined, Refusal } from '../errors/refusal.js'

/** A refusal names no more faults, and no more are looked for. */
const most = 8

/** Refusals that are collected, so that one names all that is wrong with a file. */
export class Faults {
  readonly #found: Refusal[] = []

  /** The result of the work; null if it refuses, or if there are too many faults already. @param place of the work, in messages. */
  attempt<T>(work: () => T, place?: string): T | null {
    if (this.#areMany) return null
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#found.push(place === undefined ? error : error.with({ place: [place, ...error.place] }))
      return null
    }
  }

  get #areMany(): boolean {
    return this.#found.length > most
  }

  /** All of them in one, ERR_MODEL_FILE if one is; undefined if there are none. @param place of all. */
  refusal(place: string): Refusal | undefined {
    if (this.#found.length === 0) return undefined
    const damaged = this.#found.some(({ code }) => code === 'ERR_MODEL_FILE')
    const messages = this.#found.slice(0, most).map(({ said }) => said)
    const all = joined(this.#areMany ? [...messages, ['and more']] : messages, '; ')
    return new Refusal(damaged ? 'ERR_MODEL_FILE' : 'ERR_UNSUPPORTED', all, { place: [place] })
  }
}

import { placed, Refusal, refusalOf, textOf, type Words, words } from '../errors/refusal.js'

/** Faults named in a message; `details.faults` has all of them. */
const maxNamed = 10

/** Collects refusals, which are then thrown as one. */
export class Faults {
  /** By their messages without places: what is wrong in many settings is said once. */
  readonly #found = new Map<string, Refusal>()

  /** Does the work; undefined if it is refused. @param place where, for the message. */
  attempt<T>(place: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.add(place, error)
      return undefined
    }
  }

  /** Adds a refusal; throws any other error. */
  add(place: string, error: unknown): void {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    const text = textOf(refusal.words)
    if (!this.#found.has(text)) this.#found.set(text, place === '' ? refusal : (placed(refusal, place) as Refusal))
  }

  /** @throws Refusal the only one, or ERR_OPTION with the messages of all. */
  refuse(): void {
    const found = [...this.#found.values()]
    if (found.length === 1) throw found[0]
    if (found.length === 0) return
    const shown = found
      .slice(0, maxNamed)
      .flatMap(({ said }, k): Words => [`${k === 0 ? '' : '; '}(${k + 1}) `, ...said])
    const more = found.length > maxNamed ? `; and ${found.length - maxNamed} more` : ''
    const details = { faults: found.map(({ said }) => textOf(said)) }
    throw new Refusal('ERR_OPTION', words`${found.length} faults: ${shown}${more}`, { details })
  }
}

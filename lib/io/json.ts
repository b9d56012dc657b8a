import { show } from '../checks.js'

/** Strict JSON: no duplicate keys, and no more structure than a text of its length needs. */

const maxDepth = 32
/** Entries of one object. */
const maxKeys = 250_000
/**
 * Objects and arrays cost far more memory than their text, `{}` 20 times as much. psilon writes one in some 20
 * characters; 1,000 networks of 40 layers have 160,000 and 320,000.
 */
const allowance = {
  objects: (length: number) => Math.min(250_000, 1000 + length / 16),
  arrays: (length: number) => Math.min(500_000, 1000 + length / 8),
}

const [quote, comma, colon, backslash] = [...'",:\\'].map((mark) => mark.charCodeAt(0))
const [openObject, closeObject, openArray, closeArray] = [...'{}[]'].map((mark) => mark.charCodeAt(0))

/**
 * Parses an untrusted JSON text. Nothing is built before its structure has been checked.
 *
 * @param refuse makes the error from a reason such as 'is not JSON' or 'has the key "a" twice'.
 */
export function parseJson(text: string, refuse: (reason: string) => Error): unknown {
  const reason = new Structure(text).oddity()
  if (reason !== undefined) throw refuse(reason)
  try {
    return JSON.parse(text)
  } catch {
    throw refuse('is not JSON')
  }
}

class Structure {
  readonly #text: string
  /** Keys so far of the open objects, outermost first; null for arrays. */
  readonly #open: (Set<string> | null)[] = []
  #keyIsNext = false
  #objects: number
  #arrays: number

  constructor(text: string) {
    this.#text = text
    this.#objects = allowance.objects(text.length)
    this.#arrays = allowance.arrays(text.length)
  }

  /** The first fault; undefined also for a text that is not JSON in other ways. */
  oddity(): string | undefined {
    const { length } = this.#text
    for (let at = 0; at < length; at++) {
      const code = this.#text.charCodeAt(at)
      if (code === quote) {
        const end = this.#endOfString(at)
        if (end < 0) return undefined
        const fault = this.#keyIsNext ? this.#addKey(this.#decoded(at, end)) : undefined
        if (fault !== undefined) return fault
        at = end
      } else if (code === openObject || code === openArray) {
        const fault = this.#enter(code === openObject)
        if (fault !== undefined) return fault
      } else if (code === closeObject || code === closeArray) {
        this.#open.pop()
        this.#keyIsNext = false
      } else if (code === comma) {
        this.#keyIsNext = (this.#open.at(-1) ?? null) !== null
      } else if (code === colon) {
        this.#keyIsNext = false
      }
    }
    return undefined
  }

  #enter(object: boolean): string | undefined {
    this.#open.push(object ? new Set() : null)
    this.#keyIsNext = object
    if (this.#open.length > maxDepth) return `is nested more than ${maxDepth} deep`
    if (object && --this.#objects < 0) return 'has more objects than a valid file of its length'
    if (!object && --this.#arrays < 0) return 'has more arrays than a valid file of its length'
    return undefined
  }

  #endOfString(begin: number): number {
    for (let end = this.#text.indexOf('"', begin + 1); end >= 0; end = this.#text.indexOf('"', end + 1)) {
      let at = end
      while (this.#text.charCodeAt(at - 1) === backslash) at--
      if ((end - at) % 2 === 0) return end
    }
    return -1
  }

  #addKey(key: string): string | undefined {
    this.#keyIsNext = false
    const keys = this.#open.at(-1) as Set<string>
    if (keys.has(key)) return `has the key ${show(key)} twice`
    if (keys.add(key).size > maxKeys) return 'has more keys than a valid file'
    return undefined
  }

  #decoded(begin: number, end: number): string {
    const inner = this.#text.slice(begin + 1, end)
    if (!inner.includes('\\')) return inner
    try {
      return JSON.parse(`"${inner}"`)
    } catch {
      return inner
    }
  }
}

import { show } from '../checks.js'

/** Strict JSON: no duplicate keys, and no more structure than a text of its length needs. */

const maxDepth = 32
/** Entries of one object. */
const maxKeys = 250_000

/**
 * Parses an untrusted JSON text. Nothing is built before its structure has been checked.
 *
 * @param refuse makes the error from a reason such as 'is not JSON' or 'has the key "a" twice'.
 */
export function parseJson(text: string, refuse: (reason: string) => Error): unknown {
  const reason = oddity(text)
  if (reason !== undefined) throw refuse(reason)
  try {
    return JSON.parse(text)
  } catch {
    throw refuse('is not JSON')
  }
}

/** The first fault of the structure; undefined also for a text that is not JSON in other ways. */
function oddity(text: string): string | undefined {
  /** Keys so far of the open objects, outermost first; null for arrays. */
  const open: (Set<string> | null)[] = []
  let keyIsNext = false
  // Objects and arrays cost far more memory than their text, `{}` 20 times as much. psilon writes one in some 20
  // characters; 1,000 networks of 40 layers have 160,000 and 320,000.
  let objects = Math.min(250_000, 1000 + text.length / 16)
  let arrays = Math.min(500_000, 1000 + text.length / 8)
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]
    if (mark === '"') {
      const end = endOfString(text, at)
      if (end < 0) return undefined
      if (keyIsNext) {
        const key = decoded(text.slice(at, end + 1))
        const keys = open.at(-1) as Set<string>
        if (keys.has(key)) return `has the key ${show(key)} twice`
        if (keys.add(key).size > maxKeys) return 'has more keys than a valid file'
        keyIsNext = false
      }
      at = end
    } else if (mark === '{' || mark === '[') {
      keyIsNext = mark === '{'
      open.push(keyIsNext ? new Set() : null)
      if (open.length > maxDepth) return `is nested more than ${maxDepth} deep`
      if (keyIsNext && --objects < 0) return 'has more objects than a valid file of its length'
      if (!keyIsNext && --arrays < 0) return 'has more arrays than a valid file of its length'
    } else if (mark === '}' || mark === ']') {
      open.pop()
      keyIsNext = false
    } else if (mark === ',') keyIsNext = Boolean(open.at(-1))
    else if (mark === ':') keyIsNext = false
  }
  return undefined
}

function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let at = end
    while (text[at - 1] === '\\') at--
    if ((end - at) % 2 === 0) return end
  }
  return -1
}

/** The text of a string in quotes. */
function decoded(quoted: string): string {
  try {
    return JSON.parse(quoted)
  } catch {
    return quoted.slice(1, -1)
  }
}

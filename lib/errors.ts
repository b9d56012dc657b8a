export type ErrorCode =
  | 'ERR_OPTION'
  | 'ERR_SHAPE'
  | 'ERR_DATA'
  | 'ERR_NON_FINITE'
  | 'ERR_DEVICE'
  | 'ERR_MODEL_FILE'
  | 'ERR_FILE'
  | 'ERR_MEMORY'
  | 'ERR_CANCELLED'
  | 'ERR_BUSY'
  | 'ERR_DISPOSED'
  | 'ERR_UNSUPPORTED'
  | 'ERR_UNREACHABLE'
  | 'ERR_NOT_FITTED'
  | 'ERR_NATIVE'

/** Control characters, line and paragraph separators, marks that turn the direction of text, halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The text on one line, as a terminal may have it: what would steer that or deceive its reader is written \u001b. */
export function printable(text: string): string {
  return text.replace(unprintable, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * Every error psilon throws: a stable `code`, and a message `[operation] what came, what was expected` of one printable
 * line.
 */
export class PsilonError extends Error {
  readonly code: ErrorCode
  /** Figures that belong to the error, such as `{ epoch, step, learningRate, lambda }`. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = Object.freeze({ ...options.details })
  }
}

Object.defineProperty(PsilonError.prototype, 'name', { value: 'PsilonError', configurable: true, writable: true })

/** Does the work; errors it throws whose message begins with `from` have one that begins with `to` instead. */
export function reworded<T>(from: string, to: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof PsilonError && error.message.startsWith(from))) throw error
    const { code, message, cause, details } = error
    throw new PsilonError(code, to + message.slice(from.length), { cause, details })
  }
}

/** The error with `place` instead of the operation its message begins with, and these details besides its own. */
export function placed(error: unknown, place: string, more: Record<string, unknown> = {}): unknown {
  if (!(error instanceof PsilonError)) return error
  const { code, message, cause, details } = error
  return new PsilonError(code, place + message.replace(/^\[[^\]]*\] /, ''), { cause, details: { ...details, ...more } })
}

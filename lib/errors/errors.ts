export type ErrorCode =
  | 'ERR_OPTION'
  | 'ERR_SHAPE'
  | 'ERR_DATA'
  | 'ERR_NON_FINITE'
  | 'ERR_DEVICE'
  | 'ERR_MODEL_FILE'
  | 'ERR_FILE'
  | 'ERR_CHECKPOINT'
  | 'ERR_REDIS'
  | 'ERR_MEMORY'
  | 'ERR_CANCELLED'
  | 'ERR_BUSY'
  | 'ERR_DISPOSED'
  | 'ERR_UNSUPPORTED'
  | 'ERR_UNREACHABLE'
  | 'ERR_NOT_FITTED'
  | 'ERR_NATIVE'

/** Control characters, line and paragraph separators, marks that change the direction of text, lone surrogates. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The text on one line, safe for a terminal: characters that control it or deceive its reader are escaped, as \u001b. */
export function printable(text: string): string {
  return text.replace(unprintable, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Details that may be large; they are not enumerable, so that an error that is printed or serialised stays small. */
const large = ['history', 'errors']

/**
 * Every error psilon throws: a stable `code`, and a message `[operation] what came, what was expected` of one printable
 * line. As JSON it is `{ name, code, message, details, cause }`. A structured clone, such as one that is posted to a
 * worker, keeps only message, stack and cause, as of any error.
 */
export class PsilonError extends Error {
  readonly code: ErrorCode
  /**
   * Figures that belong to the error, such as `{ epoch, step, learningRate, lambda }`. `history` and `errors` are not
   * enumerable.
   */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = frozenDetails(options.details)
  }

  /** The error as plain data, without large details. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, details, cause } = this
    return { name, code, message, details: { ...details }, cause: plainCause(cause) }
  }
}

function frozenDetails(details: Readonly<Record<string, unknown>> = {}): PsilonError['details'] {
  const names = Object.getOwnPropertyNames(details)
  const entries = names.map((name) => [name, { value: details[name], enumerable: !large.includes(name) }])
  return Object.freeze(Object.defineProperties({}, Object.fromEntries(entries)))
}

/** A text, or the name and the message of an error. */
function plainCause(cause: unknown): unknown {
  if (typeof cause === 'string') return cause
  try {
    const { name, message } = Object(cause) as Record<string, unknown>
    return typeof name === 'string' && typeof message === 'string' ? { name, message } : undefined
  } catch {
    return undefined
  }
}

Object.defineProperty(PsilonError.prototype, 'name', { value: 'PsilonError', configurable: true, writable: true })

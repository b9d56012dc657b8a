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

/** Every error psilon throws: a stable `code`, and a message `[operation] what came, what was expected`. */
export class PsilonError extends Error {
  readonly code: ErrorCode
  /** Figures that belong to the error, such as `{ epoch, step, learningRate, lambda }`. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = Object.freeze({ ...options.details })
  }
}

Object.defineProperty(PsilonError.prototype, 'name', { value: 'PsilonError', configurable: true, writable: true })

/** The error; if its message begins with `from`, one that begins with `to` instead, with these details besides its own. */
export function reword(error: unknown, from: string, to: string, details: Record<string, unknown> = {}): unknown {
  if (!(error instanceof PsilonError && error.message.startsWith(from))) return error
  const message = to + error.message.slice(from.length)
  return new PsilonError(error.code, message, { cause: error.cause, details: { ...error.details, ...details } })
}

/** Does the work; errors it throws are reworded. */
export function reworded<T>(from: string, to: string, work: () => T, details: Record<string, unknown> = {}): T {
  try {
    return work()
  } catch (error) {
    throw reword(error, from, to, details)
  }
}

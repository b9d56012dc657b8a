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

/** The caller of a public method, for the stack of an error. Its frames become text only when needed. */
export class Caller {
  readonly #holder: { stack?: string } = {}

  /** @param running the public method: its frame and the frames above it are left out. */
  constructor(running: object) {
    Error.captureStackTrace(this.#holder, running as never)
  }

  /** Gives the error the stack of this caller. Returns the error. */
  of<E extends Error>(error: E): E {
    const { stack = '' } = this.#holder
    const end = stack.indexOf('\n')
    error.stack = `${error.name}: ${error.message}${end < 0 ? '' : stack.slice(end)}`
    return error
  }
}

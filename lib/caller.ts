export type Method = (...parameters: never[]) => unknown

/** The stack frames below the public method that is running, for errors that arise after it has returned. */
export function captureCaller(method: Method): string {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, method)
  const { stack = '' } = holder
  const end = stack.indexOf('\n')
  return end < 0 ? '' : stack.slice(end + 1)
}

/** Gives the error the stack of that caller. Returns the error. */
export function withCaller<E extends Error>(error: E, caller: string): E {
  error.stack = `${error.name}: ${error.message}${caller === '' ? '' : `\n${caller}`}`
  return error
}

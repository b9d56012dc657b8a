import { types } from 'node:util'
import { Caller } from './caller.js'
import { speak } from './refusal.js'

type Method<This, Parameters extends unknown[], Result> = (this: This, ...parameters: Parameters) => Result

/**
 * Makes a method or a getter of the API an operation: what is refused in it becomes a PsilonError that begins with its
 * name, `[predict] ...`, and has the stack of its caller; so does what its promise rejects with.
 */
export function operation<This, Parameters extends unknown[], Result>(
  method: Method<This, Parameters, Result>,
  { name }: ClassMethodDecoratorContext | ClassGetterDecoratorContext,
): Method<This, Parameters, Result> {
  return function run(this: This, ...parameters: Parameters): Result {
    return runOperation(String(name), run as never, () => method.apply(this, parameters))
  }
}

/** The same for a function. @param method the public one that is running. */
export function runOperation<Result>(
  name: string,
  method: (...parameters: never[]) => unknown,
  work: () => Result,
): Result {
  try {
    const result = work()
    if (!types.isPromise(result)) return result
    const caller = new Caller(method)
    return result.catch((error) => {
      throw speak(error, name, caller)
    }) as Result
  } catch (error) {
    throw speak(error, name, new Caller(method))
  }
}

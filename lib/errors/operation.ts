import { types } from 'node:util'
import { Caller } from './caller.js'
import { speak } from './refusal.js'

type Method<This, Parameters extends unknown[], Result> = (this: This, ...parameters: Parameters) => Result

/**
 * Makes a public method or getter an operation: a refusal in it, or in the promise it returns, becomes a PsilonError
 * whose message begins with its name, `[predict] ...`, and whose stack is that of its caller.
 */
export function operation<This, Parameters extends unknown[], Result>(
  method: Method<This, Parameters, Result>,
  context: ClassMethodDecoratorContext | ClassGetterDecoratorContext,
): Method<This, Parameters, Result> {
  const name = String(context.name)
  function run(this: This, ...parameters: Parameters): Result {
    return runOperation(name, run, () => method.apply(this, parameters))
  }
  for (const property of ['name', 'length']) {
    Object.defineProperty(run, property, Object.getOwnPropertyDescriptor(method, property) as PropertyDescriptor)
  }
  return run
}

/**
 * Runs a public function or constructor as an operation. @param running the function: the stack leaves out its frame
 * and those above.
 */
export function runOperation<Result>(name: string, running: object, work: () => Result): Result {
  try {
    const result = work()
    if (!types.isPromise(result)) return result
    const caller = new Caller(running)
    return result.catch((error) => {
      throw speak(error, name, caller)
    }) as Result
  } catch (error) {
    throw speak(error, name, new Caller(running))
  }
}

import type { Test } from 'tap'
import { PsilonError } from '#psilon/errors/errors.js'
import { Refusal } from '#psilon/errors/refusal.js'

/** Asserts that the work ends with a PsilonError, or what inner code refuses, of exactly this code and message. */
export async function refuses(t: Test, code: string, message: string, work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code: foundCode, message: foundMessage } = error as PsilonError
    t.ok(isRefusal(error), `a refusal: ${foundMessage}`)
    t.strictSame({ code: foundCode, message: foundMessage }, { code, message })
    return
  }
  t.fail(`expected ${code}: ${message}`)
}

const isRefusal = (error: unknown): error is PsilonError => error instanceof PsilonError || error instanceof Refusal

/** What a promise is rejected with: a PsilonError, or what inner code refuses. */
export async function refusal(work: PromiseLike<unknown>): Promise<PsilonError> {
  try {
    await work
  } catch (error) {
    if (isRefusal(error)) return error
    throw error
  }
  throw new Error('expected a rejection')
}

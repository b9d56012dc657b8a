import type { Test } from 'tap'
import { PsilonError } from '#psilon/errors.js'

/** Asserts that the work ends with a PsilonError of exactly this code and message. */
export async function refuses(t: Test, code: string, message: string, work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code: foundCode, message: foundMessage } = error as PsilonError
    t.ok(error instanceof PsilonError, `a PsilonError: ${foundMessage}`)
    t.strictSame({ code: foundCode, message: foundMessage }, { code, message })
    return
  }
  t.fail(`expected ${code}: ${message}`)
}

/** The PsilonError that a promise is rejected with. */
export async function refusal(work: PromiseLike<unknown>): Promise<PsilonError> {
  try {
    await work
  } catch (error) {
    if (error instanceof PsilonError) return error
    throw error
  }
  throw new Error('expected a rejection')
}

import { PsilonError } from 'psilon'

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

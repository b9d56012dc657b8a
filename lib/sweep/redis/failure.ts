import type { ErrorCode } from '../../errors/errors.js'
import { Refusal } from '../../errors/refusal.js'

/** Stands in the place of a result for a while: no worker could run the trial. */
export const failureText = (failure: { code: string; message: string }): string => JSON.stringify({ failure })

/** The error of a trial that no worker could run; undefined for anything else. */
export function failureIn(text: string): Refusal | undefined {
  if (!text.startsWith('{"failure":')) return undefined
  const { failure } = JSON.parse(text)
  return failure && new Refusal(failure.code as ErrorCode, `no worker could run a trial: ${failure.message}`)
}

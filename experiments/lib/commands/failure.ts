import { CommanderError } from 'commander'
import { PsilonError } from 'psilon'
import { say } from './output.js'
import { signalCode } from './stop.js'

/**
 * Says what went wrong: a line on stderr, or with --json a document on stdout. Returns the exit code: 2 for wrong usage,
 * that of the signal that cancelled the work, or 1.
 */
export function explain(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
    return error.exitCode === 0 ? 0 : 2
  }
  const failure = failureOf(error)
  if (args.includes('--json')) console.log(JSON.stringify({ error: failure }))
  else say(failure.message)
  if (failure.code === 'ERR_CANCELLED') return signalCode()
  return failure.code === 'ERR_OPTION' ? 2 : 1
}

function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof PsilonError) return { code: error.code, message: error.message }
  if (!(error instanceof CommanderError)) return { code: 'ERR_UNEXPECTED', message: `[reproduce] ${error}` }
  const message = error.message.replace(/^error: /, '').replace(/\s*\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
  return { code: 'ERR_OPTION', message: `[reproduce] ${message}` }
}

import { CommanderError } from 'commander'
import { PsilonError, printable } from '../errors/errors.js'
import { operationOf, refusalOf, textOf } from '../errors/refusal.js'
import { flagWording, operation } from './flags/wording.js'
import { cancelledCode } from './terminal/interrupt.js'
import { exitCodes, printDocument, say } from './terminal/output.js'

/** An error as a JSON document has it. */
export interface Failure {
  code: string
  message: string
}

/**
 * Reports an error: a line on stderr, or with --json a document on stdout; with PSILON_DEBUG the stack too. Returns
 * the exit code.
 */
export function explain(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  // Without a command, Commander has printed the help.
  if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage
  const failure = error instanceof CommanderError ? usageError(error) : failureOf(error)
  if (args.includes('--json')) printDocument({ error: failure })
  else say(failure.message)
  if (process.env.PSILON_DEBUG) {
    const stack = String((error as Error)?.stack ?? error)
    console.error(stack.split('\n').map(printable).join('\n'))
  }
  return exitCodeOf(failure)
}

export function exitCodeOf({ code }: { code: string }): number {
  if (code === 'ERR_CANCELLED') return cancelledCode()
  return code === 'ERR_OPTION' ? exitCodes.usage : exitCodes.failed
}

export function failureOf(error: unknown): Failure {
  const refusal = refusalOf(error)
  if (refusal !== undefined) {
    const message = `[${operationOf(error) ?? operation()}] ${textOf(refusal.said, flagWording)}`
    return { code: refusal.code, message: printable(message) }
  }
  if (error instanceof PsilonError) return { code: error.code, message: error.message }
  return { code: 'ERR_UNEXPECTED', message: `[psilon] ${error}; set PSILON_DEBUG=1 to print the stack` }
}

/** Commander's message in psilon's form: `[train] unknown option '--lamda'; did you mean --lambda?`. */
function usageError({ message }: CommanderError): Failure {
  const text = message.replace(/^error: /, '').replace(/\s*\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
  return { code: 'ERR_OPTION', message: `[${operation()}] ${text}` }
}

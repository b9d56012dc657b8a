import { CommanderError } from 'commander'
import { PsilonError } from '../errors.js'
import { withFlags } from './flags.js'

/** 0 done, 1 failed, 2 wrong usage, 130 cancelled. */
export const exitCodes = { failed: 1, usage: 2, cancelled: 130 } as const

const byCode: Record<string, number> = { ERR_OPTION: exitCodes.usage, ERR_CANCELLED: exitCodes.cancelled }

/**
 * Says what went wrong: a line on stderr, or with --json a document on stdout; with PSILON_DEBUG the stack too. Returns
 * the exit code.
 */
export function explain(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  // Commander has printed the help where no command was given.
  if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage
  const { code, message } = error instanceof CommanderError ? usageError(error, args) : anyError(error)
  const line = message.replace(/\s*\n\s*/g, ' ')
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code, message: line } })}\n`)
  else process.stderr.write(`psilon: ${line}\n`)
  if (process.env.PSILON_DEBUG) process.stderr.write(`${(error as Error).stack ?? error}\n`)
  return byCode[code] ?? exitCodes.failed
}

function anyError(error: unknown): { code: string; message: string } {
  if (error instanceof PsilonError) return { code: error.code, message: withFlags(error.message) }
  return { code: 'ERR_UNEXPECTED', message: `[psilon] ${error}; with PSILON_DEBUG=1 the stack is printed` }
}

/** Commander's message in psilon's form: `[train] unknown option '--lamda'; did you mean --lambda?`. */
function usageError({ message }: CommanderError, args: readonly string[]): { code: string; message: string } {
  const command = args.find((arg) => !arg.startsWith('-')) ?? 'psilon'
  const operation = message.includes('unknown command') ? 'psilon' : command
  const text = message.replace(/^error: /, '').replace(/\s*\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
  return { code: 'ERR_OPTION', message: `[${operation}] ${text}` }
}

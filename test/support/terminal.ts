import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from './child.js'

export interface OnTerminal {
  /** All that the terminal was sent. */
  printed: string
  code: number
}

const program = join(packageRoot, 'test', 'support', 'terminal.py')

/** Why nothing can be run on a terminal here, or false. */
export const noTerminal =
  spawnSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode']).status !== 0 &&
  'no python3, 3.9 or newer, on the PATH, which gives a test a terminal'

/**
 * Runs a command on a terminal of its own.
 *
 * @param keys are pressed once it has printed `when`; 'close' closes the terminal.
 * @returns as code of what a signal ended, minus the number of the signal.
 */
export async function onTerminal(
  command: readonly string[],
  { columns = 80, when = '', keys = '', cwd = packageRoot, env = {} } = {},
): Promise<OnTerminal> {
  const { NODE_OPTIONS: _hooks, ...plain } = process.env
  const { stdout } = await promisify(execFile)('python3', [program, String(columns), when, keys, ...command], {
    cwd,
    env: { ...plain, TERM: 'xterm', ...env },
    timeout: 600_000,
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout)
}

/**
 * What a terminal shows in the end, by line, of what it was sent: moves to the beginning of a line and to the place that
 * was saved, erased ends of lines. Anything else throws.
 */
export function screen(printed: string): string[] {
  const lines = ['']
  let [row, column] = [0, 0]
  let saved = [0, 0]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences
  for (const [piece] of printed.matchAll(/\x1b[78]|\x1b\[\d*[GK]|\r|\n|\^C|[^\x1b\r\n^]+|[\s\S]/g)) {
    if (piece === '\n') {
      row++
      lines[row] ??= ''
    } else if (piece === '\r' || piece === '\x1b[1G') column = 0
    else if (piece === '\x1b7') saved = [row, column]
    else if (piece === '\x1b8') [row, column] = saved
    else if (piece === '\x1b[0K') lines[row] = lines[row].slice(0, column)
    else if (piece.startsWith('\x1b')) throw new Error(`a terminal was sent ${JSON.stringify(piece)}`)
    else {
      lines[row] = lines[row].slice(0, column).padEnd(column) + piece + lines[row].slice(column + piece.length)
      column += piece.length
    }
  }
  return lines
}

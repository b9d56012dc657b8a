import { isatty } from 'node:tty'
import { printable } from '../../errors/errors.js'
import { fileError } from '../../io/file-error.js'
import { csvLine } from '../../tables/csv-text.js'

export const exitCodes = { failed: 1, usage: 2 }

/** Node.js aborts at exit if it cannot reset the terminal: a process whose terminal was closed ends by SIGHUP instead. */
export function watchTerminal(): void {
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', () => {
    if (terminals.every(isatty)) return
    process.removeAllListeners('SIGHUP')
    process.kill(process.pid, 'SIGHUP')
  })
}

/** Characters per write. */
const chunkSize = 65536

/**
 * A reader that stops early (`psilon predict ... | head`) or a closed terminal is not an error and does not end a
 * training. Any other error of stdout, such as a full disk, ends the process.
 */
export function watchOutput(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY)) return
    say(`[psilon] ${fileError('write', 'standard output', error).message}`)
    process.exit(exitCodes.failed)
  })
}

/** Prints lines for people: control characters, which names in a file may contain, are escaped as in JSON. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''))
}

export function printDocument(document: unknown): void {
  // only texts can contain unprintable characters
  process.stdout.write(`${printable(JSON.stringify(document))}\n`)
}

export function say(text: string): void {
  process.stderr.write(`psilon: ${printable(text)}\n`)
}

export const warn = (text: string): void => say(`warning: ${text}`)

/**
 * Writes a table as CSV, no faster than it is read; stops if the reader has closed the pipe. On a terminal its texts
 * are made printable.
 */
export async function printCsv(
  head: readonly string[],
  rows: number,
  cells: (row: number) => readonly unknown[],
): Promise<void> {
  const line = process.stdout.isTTY ? printableLine : csvLine
  let chunk = line(head)
  for (let row = 0; row < rows; row++) {
    chunk += line(cells(row))
    if (chunk.length < chunkSize) continue
    if (!(await write(chunk))) return
    chunk = ''
  }
  await write(chunk)
}

/** Returns whether the reader still reads. */
function write(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => resolve(!error))
  })
}

const printableLine = (cells: readonly unknown[]): string => csvLine(cells.map((cell) => printable(String(cell))))

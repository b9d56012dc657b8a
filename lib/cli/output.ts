import { fileError } from '../io/file-error.js'
import { exitCodes } from './failure.js'

/** Characters that are written at once. */
const chunkSize = 65536

/**
 * A reader that has seen enough (`psilon predict ... | head`) is no error, and no reason to end a training. Any other
 * error of stdout, such as a full disk, ends the process.
 */
export function watchOutput(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(`psilon: ${fileError('psilon', 'write', 'standard output', error).message}\n`)
    process.exit(exitCodes.failed)
  })
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

export function printDocument(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

export function warn(text: string): void {
  process.stderr.write(`psilon: warning: ${text}\n`)
}

/** Writes a table as CSV, no faster than it is read; ends early where the reader has closed the pipe. */
export async function printCsv(
  head: readonly string[],
  rows: number,
  cells: (row: number) => readonly unknown[],
): Promise<void> {
  let chunk = csvLine(head)
  for (let row = 0; row < rows; row++) {
    chunk += csvLine(cells(row))
    if (chunk.length < chunkSize) continue
    if (!(await write(chunk))) return
    chunk = ''
  }
  await write(chunk)
}

/** Whether the reader still reads. */
function write(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => resolve(!error))
  })
}

const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\n`

function csvCell(value: unknown): string {
  const text = String(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

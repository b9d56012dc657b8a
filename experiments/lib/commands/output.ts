import { stripVTControlCharacters } from 'node:util'

/** A reader that has seen enough (`... | head`) is no error, and no reason to end a run. */
export function watchOutput(): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

/** Lines for people, without what in the name of a table could steer a terminal. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${stripVTControlCharacters(line)}\n`).join(''))
}

export function printDocument(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

/** A line on stderr. */
export function say(text: string): void {
  process.stderr.write(`${stripVTControlCharacters(text)}\n`)
}

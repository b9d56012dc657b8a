import { stripVTControlCharacters } from 'node:util'

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

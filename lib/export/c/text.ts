import { shortSingle } from '../weights/short-single.js'

/** Numbers, texts and comments of C99. */

/** The shortest decimal of a double. */
export function double(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** The shortest decimal that reads as the same single. */
export const float = (value: number): string => `${double(shortSingle(value))}f`

/** A text in UTF-8; other than plain characters are octal, so that none begins a trigraph or ends the text. */
export function literal(text: string): string {
  const plain = /[ !#-;=@-[\]-~]/
  const marks = Array.from(new TextEncoder().encode(text), (byte) => {
    const mark = String.fromCharCode(byte)
    return plain.test(mark) ? mark : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${marks.join('')}"`
}

/** A name within a comment, without marks that could end it. */
export const commented = (name: string): string => name.replace(/[^\w .,:;()%+-]/gu, '_').slice(0, 60)

/** `{1, 2, 3}`, in lines of about 100 characters. */
export function list(entries: readonly string[]): string {
  const lines: string[] = ['']
  for (const entry of entries) {
    if ((lines.at(-1) as string).length + entry.length > 100) lines.push('')
    lines[lines.length - 1] += `${entry}, `
  }
  return `{\n${lines.map((line) => `    ${line.trimEnd()}`).join('\n')}\n  }`
}

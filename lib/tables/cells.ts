/** One cell of a table; null is a missing value. */
export type Cell = number | string | boolean | null

const point = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const comma = /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i
const leadingZero = /^[+-]?0\d/
const integer = /^[+-]?\d+$/

/** The minus sign of typeset texts. */
const minus = 0x2212

/** The finite number that a trimmed text reads as, or undefined. */
export function numberOf(text: string, decimal: '.' | ',' = '.'): number | undefined {
  if (text.charCodeAt(0) === minus) return numberOf(`-${text.slice(1)}`, decimal)
  if (!(decimal === '.' ? point : comma).test(text)) return undefined
  const value = Number(decimal === '.' ? text : text.replace(',', '.'))
  return Number.isFinite(value) ? value : undefined
}

/** The boolean of `true` or `false` in upper or lower case. */
export function booleanOf(text: string): boolean | undefined {
  if (text.length !== 4 && text.length !== 5) return undefined
  const word = text.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

const infinite = /^[+-]?inf(inity)?$/i

/** Whether a text is a number beyond the range of a double: `inf`, `1e999`. */
export const isInfinite = (text: string): boolean =>
  infinite.test(text) || (point.test(text) && !Number.isFinite(Number(text)))

/** Whether a text would lose digits as a number: `007`, and integers beyond 2^53 that no double holds. */
export function isCode(text: string): boolean {
  if (leadingZero.test(text)) return true
  return text.length > 15 && integer.test(text) && BigInt(Number(text)) !== BigInt(text)
}

/** A cell as text; a text that reads as a number or a boolean in plain form: `2` for 2.0 and `true` for True. */
export function plainText(cell: Exclude<Cell, null>): string {
  return String(typeof cell === 'string' ? (numberOf(cell) ?? booleanOf(cell) ?? cell) : cell)
}

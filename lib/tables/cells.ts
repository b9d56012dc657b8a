/** One cell of a table; null is a missing value. */
export type Cell = number | string | boolean | null

const point = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const comma = /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i
const leadingZero = /^[+-]?0\d/
const integer = /^[+-]?\d+$/

/** The minus sign of typeset texts. */
const minus = 0x2212

/** The finite number that a text without blanks around it reads as, or undefined. */
export function numberOf(text: string, decimal: '.' | ',' = '.'): number | undefined {
  if (text.charCodeAt(0) === minus) return numberOf(`-${text.slice(1)}`, decimal)
  if (!(decimal === '.' ? point : comma).test(text)) return undefined
  const value = Number(decimal === '.' ? text : text.replace(',', '.'))
  return Number.isFinite(value) ? value : undefined
}

/** What `true` and `false` in any case say. */
export function booleanOf(text: string): boolean | undefined {
  if (text.length !== 4 && text.length !== 5) return undefined
  const word = text.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

const infinite = /^[+-]?inf(inity)?$/i

/** Whether a text is a number beyond the range of a double: `inf`, `1e999`. */
export const isInfinite = (text: string): boolean =>
  infinite.test(text) || (point.test(text) && !Number.isFinite(Number(text)))

/** Whether a number would lose what its digits say: `007`, and integers beyond 2^53 that no double holds. */
export function isCode(text: string): boolean {
  if (leadingZero.test(text)) return true
  return text.length > 15 && integer.test(text) && BigInt(Number(text)) !== BigInt(text)
}

/** A cell as text, and of a text that reads as a number or a boolean, that one as text: `2` for 2.0 and `true` for True. */
export function plainText(cell: Exclude<Cell, null>): string {
  return String(typeof cell === 'string' ? (numberOf(cell) ?? booleanOf(cell) ?? cell) : cell)
}

import type { Column } from '../tables/column.js'

export const tasks = ['regression', 'classification'] as const
export type Task = (typeof tasks)[number]

/** More integers than this are counts or grades. */
const maxClasses = 10

/**
 * The task of a target column, and why: texts and booleans are classes; so are two different numbers, and up to ten
 * consecutive integers from 0 or 1. All other numbers are values.
 */
export function taskOf(column: Column): { task: Task; reason: string } {
  const rows = column.cells.flatMap((cell, row) => (cell === null ? [] : [row]))
  const numbers = rows.map((row) => column.number(row)).filter((value) => value !== undefined)
  const classes = (reason: string) => ({ task: 'classification' as const, reason: `the target ${reason}` })
  if (column.kind === 'boolean') return classes('holds true and false')
  // a few texts among many numbers are mistakes, as in other columns, and refused later
  const words = rows.length - numbers.length
  if (5 * words > rows.length) return classes('holds texts')
  if (column.kind === 'text' && words === 0 && numbers.length > 0) {
    return classes('holds codes: numbers with leading zeros, or beyond 2^53')
  }
  const values = [...new Set(numbers)].sort((a, b) => a - b)
  if (values.length === 2) return classes('has two different values')
  const [first] = values
  const counted = (first === 0 || first === 1) && values.every((value, k) => value === first + k)
  if (counted && values.length > 2 && values.length <= maxClasses) {
    return classes(`counts classes from ${first} to ${values.at(-1)}`)
  }
  return { task: 'regression', reason: 'the target holds numbers' }
}

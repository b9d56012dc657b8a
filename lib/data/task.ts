import { type Cell, cellNumber } from './table.js'

export type Task = 'regression' | 'classification'

/** More class numbers than this are taken for counts or grades. */
const mostClasses = 10

/**
 * What a target column asks for, and why: texts and booleans are classes; so are two different numbers, and integers
 * that count 0, 1, 2, .. or 1, 2, 3, .. without a gap up to ten classes. All other numbers are values.
 */
export function taskOf(cells: readonly Cell[]): { task: Task; reason: string } {
  const present = cells.filter((cell) => cell !== null)
  const numbers = present.filter((cell) => typeof cell !== 'boolean').map(cellNumber)
  const values = [...new Set(numbers.filter((value) => value !== undefined))].sort((a, b) => a - b)
  const texts = numbers.length - numbers.filter((value) => value !== undefined).length
  // text among many numbers is taken for a mistake, as in the other columns, and refused later
  if (5 * texts > present.length) return { task: 'classification', reason: 'the target holds texts' }
  if (present.length > 0 && numbers.length === 0) {
    return { task: 'classification', reason: 'the target holds true and false' }
  }
  if (values.length === 2) return { task: 'classification', reason: 'the target has two different values' }
  const [first] = values
  const counted = (first === 0 || first === 1) && values.every((value, k) => value === first + k)
  if (counted && values.length > 2 && values.length <= mostClasses) {
    return { task: 'classification', reason: `the target counts classes from ${first} to ${values.at(-1)}` }
  }
  return { task: 'regression', reason: 'the target holds numbers' }
}

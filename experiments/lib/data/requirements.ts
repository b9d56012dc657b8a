import type { Table } from 'psilon'
import type { Task } from './data-sets.js'

/** The column that is to be predicted. */
export const target = 'target'

/** What the target of a table may be in the experiments of the paper. */
export type TableTask = Exclude<Task, 'classes'>

/** What is asked of a table. */
export interface Requirements {
  tasks: readonly Task[]
  minRows: number
  minColumns: number
}

/** Why a table cannot take part, or undefined. */
export function unfit(table: Table, { tasks, minRows, minColumns }: Requirements): string | undefined {
  const kind = kindOf(table)
  if (kind === undefined) return `it has no column "${target}"`
  if (!tasks.includes(taskOf(kind))) {
    const found = typeof kind === 'number' ? `has ${kind} classes` : 'holds numbers'
    return `its target ${found}, expected ${expected(tasks)}`
  }
  if (table.rows < minRows) return `it has ${table.rows} rows, expected at least ${minRows}`
  const columns = table.names.length - 1
  return columns < minColumns ? `it has ${columns} predictors, expected at least ${minColumns}` : undefined
}

const expected = (tasks: Requirements['tasks']) =>
  tasks.includes('regression') ? 'numbers or two classes' : 'two classes'

/** The task of a table that has a target. */
export const taskOfTable = (table: Table): Task => taskOf(kindOf(table) as TableTask | number)

const taskOf = (kind: TableTask | number): Task => (typeof kind === 'number' ? 'classes' : kind)

/** More class numbers than this are taken for counts or grades. */
const maxClasses = 10

/**
 * The task of the target, or its number of classes; undefined where there is no target. Texts and booleans are classes, and
 * so are two different numbers and numbers that count from 0 or 1 without a gap, up to ten; other numbers are values.
 */
export function kindOf(table: Table): TableTask | number | undefined {
  if (!table.names.includes(target)) return undefined
  const cells = table.columns[table.names.indexOf(target)]
  const values = [...new Set(cells.filter((cell) => cell !== null))]
  if (values.length === 2) return 'binary'
  if (values.some((value) => typeof value !== 'number')) return values.length
  const [first, ...others] = (values as number[]).sort((a, b) => a - b)
  const counted = (first === 0 || first === 1) && others.every((value, k) => value === first + k + 1)
  return values.length <= maxClasses && counted ? values.length : 'regression'
}

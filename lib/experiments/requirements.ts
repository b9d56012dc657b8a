import { columnOf, type Table } from '../data/table.js'
import { taskOf } from '../data/task.js'
import type { Task } from './data-sets.js'

/** The column that is to be predicted. */
export const target = 'target'

/** What the target of a table may be. */
export type TableTask = Exclude<Task, 'classes'>

/** What is asked of a table. */
export interface Requirements {
  trainRows: number
  tasks: readonly TableTask[]
  leastRows: number
  leastColumns: number
}

/** Why a table cannot take part, or undefined. */
export function unfit(table: Table, { tasks, leastRows, leastColumns }: Requirements): string | undefined {
  const kind = kindOf(table)
  if (kind === undefined) return `it has no column "${target}"`
  if (typeof kind === 'number') return `its target has ${kind} classes, expected ${expected(tasks)}`
  if (!tasks.includes(kind)) return `its target holds numbers, expected ${expected(tasks)}`
  if (table.rows < leastRows) return `it has ${table.rows} rows, expected at least ${leastRows}`
  const columns = table.names.length - 1
  return columns < leastColumns ? `it has ${columns} predictors, expected at least ${leastColumns}` : undefined
}

const expected = (tasks: Requirements['tasks']) =>
  tasks.includes('regression') ? 'numbers or two classes' : 'two classes'

/** The task of the target, or its number of classes; undefined where there is no target. */
export function kindOf(table: Table): TableTask | number | undefined {
  if (!table.names.includes(target)) return undefined
  const column = columnOf(table, target, 'target')
  const { cells } = column
  if (taskOf(column).task === 'regression') return 'regression'
  const classes = new Set(cells.filter((cell) => cell !== null)).size
  return classes === 2 ? 'binary' : classes
}

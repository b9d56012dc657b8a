import { type Cell, PsilonError, type Table } from 'psilon'
import type { Task } from './data-sets.js'
import { target } from './requirements.js'
import { targetScaleOf } from './scale.js'

/** How targets become numbers, learned from the rows that train. */
export interface TargetCoding {
  /** The classes in the order of their numbers; none for values. */
  labels: readonly Exclude<Cell, null>[]
  /** A value in scaled units. */
  scale(value: number): number
  /** Scaled values, or numbers of classes. @throws PsilonError ERR_DATA for a cell that is neither. */
  encode(part: Table): Float64Array
}

export const cellsOf = (table: Table, name: string): readonly Cell[] => table.columns[table.names.indexOf(name)]

/** (y - median) / (IQR / 2) of the rows that train, or classes 0, 1, ... of them. */
export const targetCodingOf = (train: Table, task: Task): TargetCoding =>
  task === 'regression' ? values(train) : classes(train)

function values(train: Table): TargetCoding {
  const numbers = (part: Table) =>
    Float64Array.from(cellsOf(part, target), (cell, row) => {
      if (typeof cell === 'number') return cell
      throw wrongCell(part, row, `the target ${JSON.stringify(cell)}, expected a number`)
    })
  const scale = targetScaleOf(numbers(train))
  return { labels: [], scale, encode: (part) => numbers(part).map(scale) }
}

/** Numbers ascending, texts by code unit, false before true. */
function classes(train: Table): TargetCoding {
  const labels = [...new Set(cellsOf(train, target))].filter((label) => label !== null)
  labels.sort((a, b) => (a < b ? -1 : 1))
  if (labels.length < 2)
    throw new PsilonError('ERR_DATA', '[reproduce] the rows that train have one class, expected two')
  const places = new Map<Cell, number>(labels.map((label, k) => [label, k]))
  const encode = (part: Table) =>
    Float64Array.from(cellsOf(part, target), (cell, row) => {
      const place = places.get(cell)
      if (place !== undefined) return place
      throw wrongCell(part, row, `the target ${JSON.stringify(cell)}, expected one of ${labels.join(', ')}`)
    })
  return { labels, scale: (value) => value, encode }
}

export const wrongCell = (part: Table, row: number, found: string) =>
  new PsilonError('ERR_DATA', `[reproduce] ${part.where(row)} has ${found}`)

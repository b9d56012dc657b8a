import { aligned, count } from '../print.js'
import type { Column } from './column.js'

const shownRows = 5
const shownColumns = 8
const longestCell = 20

/** The size of a table, and its first rows and columns, aligned. */
export function tableLines({ rows }: { rows: number }, columns: readonly Column[]): string[] {
  const few = columns.slice(0, shownColumns)
  const cellsOf = (row: number) => few.map((column) => shortened(column.text(row) ?? ''))
  const more = [
    rows > shownRows ? count(rows - shownRows, 'more row') : '',
    columns.length > shownColumns ? count(columns.length - shownColumns, 'more column') : '',
  ].filter((text) => text !== '')
  return [
    `${count(rows, 'row')}, ${count(columns.length, 'column')}`,
    ...aligned([
      few.map(({ name }) => shortened(name)),
      ...Array.from({ length: Math.min(rows, shownRows) }, (_, i) => cellsOf(i)),
    ]),
    ...(more.length > 0 ? [`and ${more.join(', ')}`] : []),
  ]
}

function shortened(text: string): string {
  const marks = Array.from(text.slice(0, 4 * longestCell))
  return marks.length > longestCell ? `${marks.slice(0, longestCell - 3).join('')}...` : marks.join('')
}

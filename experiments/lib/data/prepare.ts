import { sum } from 'd3-array'
import { type Cell, PsilonError, type Table } from 'psilon'
import { type DataSet, fingerprintOf, type Rows } from './data-sets.js'
import { type Encoder, encoderOf } from './encode.js'
import { kindOf, target } from './requirements.js'
import { type Scaling, targetScaleOf } from './scale.js'
import { splitInFileOrder } from './split.js'

/**
 * The published split and preparation: the first rows train, of the rest the first half tests, the second half
 * validates. Numeric columns are scaled by the training rows, standardised unless told otherwise, categories are one
 * input a level, a regression target is (y - median) / (IQR / 2) of the training rows.
 *
 * @throws PsilonError ERR_DATA for columns or a target that cannot be prepared so.
 */
export function prepare(
  name: string,
  table: Table,
  { trainRows, scaling = 'standard' }: { trainRows: number; scaling?: Scaling },
): DataSet {
  const parts = splitInFileOrder(table, trainRows)
  const task = kindOf(table) === 'regression' ? 'regression' : 'binary'
  const columns = encodersOf(parts.train, scaling)
  const inputs = sum(columns.values(), ({ width }) => width)
  if (inputs === 0) throw new PsilonError('ERR_DATA', `[reproduce] ${name} has no column to learn from`)
  const targets = task === 'regression' ? numbersBy(parts.train) : classesBy(parts.train)
  const rows = (part: Table): Rows => ({ x: inputsOf(part, columns, inputs), y: targets(part) })
  const [train, test, validation] = [rows(parts.train), rows(parts.test), rows(parts.validation)]
  const fingerprint = fingerprintOf([train, test, validation])
  return { name, task, inputs, outputs: 1, train, test, validation, fingerprint }
}

/** By column, in the order in which objects have their entries: names that are integers come first. */
function encodersOf(train: Table, scaling: Scaling): Map<string, Encoder> {
  const names = Object.keys(Object.fromEntries(train.names.map((name) => [name, true])))
  const encoders = names.flatMap((name) => {
    const encoder = name === target ? null : encoderOf(name, cellsOf(train, name), scaling)
    return encoder === null ? [] : [[name, encoder] as const]
  })
  return new Map(encoders)
}

const cellsOf = (table: Table, name: string): readonly Cell[] => table.columns[table.names.indexOf(name)]

function inputsOf(part: Table, columns: Map<string, Encoder>, inputs: number): Rows['x'] {
  const data = new Float64Array(part.rows * inputs)
  let first = 0
  for (const [name, { width, write }] of columns) {
    for (const [row, cell] of cellsOf(part, name).entries()) write(cell, data, row * inputs + first)
    first += width
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) throw wrongCell(part, Math.floor(wrong / inputs), 'a cell that cannot be scaled')
  return { data, shape: [part.rows, inputs] }
}

const wrongCell = (part: Table, row: number, found: string) =>
  new PsilonError('ERR_DATA', `[reproduce] ${part.where(row)} has ${found}`)

function numbersBy(train: Table): (part: Table) => Float64Array {
  const numbers = (part: Table) => Float64Array.from(cellsOf(part, target), (cell, row) => numberIn(part, cell, row))
  const scale = targetScaleOf(numbers(train))
  return (part) => numbers(part).map(scale)
}

function numberIn(part: Table, cell: Cell, row: number): number {
  if (typeof cell === 'number') return cell
  throw wrongCell(part, row, `the target ${JSON.stringify(cell)}, expected a number`)
}

/** Classes 0 and 1: numbers ascending, texts by code unit, false before true. */
function classesBy(train: Table): (part: Table) => Float64Array {
  const labels = [...new Set(cellsOf(train, target))]
  const order = (a: Cell, b: Cell) => ((a as number) < (b as number) ? -1 : 1)
  const places = new Map(
    labels
      .filter((label) => label !== null)
      .sort(order)
      .map((label, k) => [label as Cell, k]),
  )
  if (places.size < 2) throw new PsilonError('ERR_DATA', '[reproduce] the rows that train have one class, expected two')
  return (part) =>
    Float64Array.from(cellsOf(part, target), (cell, row) => {
      const place = places.get(cell)
      if (place !== undefined) return place
      throw wrongCell(part, row, `the target ${JSON.stringify(cell)}, expected one of ${[...places.keys()].join(', ')}`)
    })
}

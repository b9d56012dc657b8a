import { sum } from 'd3-array'
import { PsilonError, type Table } from 'psilon'
import { type DataSet, fingerprintOf, type Rows, type Task } from './data-sets.js'
import { type Encoder, encoderOf, type Inputs } from './encode.js'
import { kindOf, target } from './requirements.js'
import { splitInFileOrder } from './split.js'
import { cellsOf, type TargetCoding, targetCodingOf, wrongCell } from './targets.js'

/** How rows become numbers, learned from those that train. */
export interface Preparation {
  inputs: number
  /** Of each column that has inputs, in order. */
  columns: readonly Inputs[]
  coding: TargetCoding
  /** @throws PsilonError ERR_DATA for a cell that cannot be prepared. */
  rows(part: Table): Rows
}

/**
 * Numeric columns are standardised, categories are one input a level, a regression target is (y - median) / (IQR / 2),
 * all by the rows that train.
 *
 * @throws PsilonError ERR_DATA for columns or a target that cannot be prepared so.
 */
export function preparationOf(name: string, train: Table, task: Task): Preparation {
  const columns = encodersOf(train)
  const inputs = sum(columns.values(), ({ width }) => width)
  if (inputs === 0) throw new PsilonError('ERR_DATA', `[reproduce] ${name} has no column to learn from`)
  const coding = targetCodingOf(train, task)
  const kinds = [...columns.values()].map(({ kind, width }) => ({ kind, width }))
  return {
    inputs,
    columns: kinds,
    coding,
    rows: (part) => ({ x: inputsOf(part, columns, inputs), y: coding.encode(part) }),
  }
}

/**
 * The published split and preparation: the first rows train, of the rest the first half tests, the second half
 * validates.
 *
 * @throws PsilonError ERR_DATA for columns or a target that cannot be prepared so.
 */
export function prepare(name: string, table: Table, { trainRows }: { trainRows: number }): DataSet {
  const parts = splitInFileOrder(table, trainRows)
  const task = kindOf(table) === 'regression' ? 'regression' : 'binary'
  const { inputs, rows } = preparationOf(name, parts.train, task)
  const [train, test, validation] = [rows(parts.train), rows(parts.test), rows(parts.validation)]
  const fingerprint = fingerprintOf([train, test, validation])
  return { name, task, inputs, outputs: 1, train, test, validation, fingerprint }
}

/** By column, in the order in which objects have their entries: names that are integers come first. */
function encodersOf(train: Table): Map<string, Encoder> {
  const names = Object.keys(Object.fromEntries(train.names.map((name) => [name, true])))
  const encoders = names.flatMap((name) => {
    const encoder = name === target ? null : encoderOf(name, cellsOf(train, name))
    return encoder === null ? [] : [[name, encoder] as const]
  })
  return new Map(encoders)
}

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

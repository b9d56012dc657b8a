import { createHash } from 'node:crypto'
import type { Table } from 'psilon'
import type { Rows, Task } from '../data/data-sets.js'
import { type Preparation, preparationOf } from '../data/prepare.js'
import { taskOfTable } from '../data/requirements.js'
import { type Split, splitRows } from './splits.js'

/** A table of the folder. */
export interface NamedTable {
  name: string
  table: Table
}

/** What a model is asked: to learn from some rows of a table and to predict others. */
export interface Problem {
  table: string
  split: Split
  task: Task
  train: Table
  test: Table
  /** Of all cells above. */
  fingerprint: string
  /** Prepared when it is first asked for. @throws PsilonError ERR_DATA for rows that cannot be prepared. */
  prepared(): Prepared
}

/** The same as numbers. */
export interface Prepared extends Pick<Preparation, 'inputs' | 'columns' | 'coding'> {
  train: Rows
  test: Rows
}

export async function problemOf({ name, table }: NamedTable, split: Split): Promise<Problem> {
  const { train, test } = await splitRows(table, split)
  const task = taskOfTable(table)
  let prepared: Prepared | undefined
  return {
    ...{ table: name, split, task, train, test, fingerprint: fingerprintOf(train, test) },
    prepared() {
      prepared ??= preparedOf(name, train, test, task)
      return prepared
    },
  }
}

function preparedOf(name: string, train: Table, test: Table, task: Task): Prepared {
  const { inputs, columns, coding, rows } = preparationOf(name, train, task)
  return { inputs, columns, coding, train: rows(train), test: rows(test) }
}

function fingerprintOf(...parts: readonly Table[]): string {
  const hash = createHash('sha256')
  for (const { names, columns } of parts) hash.update(JSON.stringify([names, columns]))
  return hash.digest('hex').slice(0, 16)
}

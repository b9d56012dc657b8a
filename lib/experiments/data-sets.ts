import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { didYouMean } from '../checks.js'
import { splitInFileOrder } from '../data/file-order.js'
import { Preprocessor } from '../data/preprocess.js'
import { readTable, type Table } from '../data/table.js'
import { ClassLabels, numericTarget, TargetScaler } from '../data/target.js'
import { taskOf } from '../data/task.js'
import { PsilonError } from '../errors.js'
import { fileError } from '../io/file-error.js'
import type { Floats } from '../native.js'

const operation = 'reproduce'
const target = 'target'
const endings = ['.csv', '.csv.gz']

/** Inputs as networks and baselines see them, and targets: scaled numbers, or classes 0, 1, ... */
export interface Rows {
  x: { data: Floats; shape: [rows: number, inputs: number] }
  y: Float64Array
}

export type Task = 'regression' | 'binary' | 'classes'

/** Rows, split and prepared. */
export interface DataSet {
  name: string
  task: Task
  inputs: number
  outputs: number
  train: Rows
  test: Rows
  validation: Rows
  /** Of all numbers above. */
  fingerprint: string
}

/** What the target of a table may be. */
export type TableTask = Exclude<Task, 'classes'>

/** The tables of a folder by name: `cpu_act` for `cpu_act.csv.gz`. */
export async function tablesOf(folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder).catch((cause) => {
    throw fileError(operation, 'read', folder, cause)
  })
  const named = files.sort().flatMap((file) => {
    const ending = endings.find((each) => file.endsWith(each))
    return ending === undefined ? [] : [[file.slice(0, -ending.length), join(folder, file)] as const]
  })
  if (named.length > 0) return new Map(named)
  throw new PsilonError('ERR_FILE', `[${operation}] ${folder} has no tables, expected files NAME.csv or NAME.csv.gz`)
}

/** @throws PsilonError ERR_OPTION where there is no such table. */
function pathOf(name: string, tables: ReadonlyMap<string, string>, folder: string): string {
  const path = tables.get(name)
  if (path !== undefined) return path
  const hint = didYouMean(name, [...tables.keys()])
  throw new PsilonError('ERR_OPTION', `[${operation}] there is no table "${name}" in ${folder}${hint}`)
}

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
function kindOf(table: Table): TableTask | number | undefined {
  const cells = table.columns[table.names.indexOf(target)]
  if (cells === undefined) return undefined
  if (taskOf(cells).task === 'regression') return 'regression'
  const classes = new Set(cells.filter((cell) => cell !== null)).size
  return classes === 2 ? 'binary' : classes
}

/**
 * The published split and preparation: the first rows train, of the rest the first half tests, the second half
 * validates. Numeric columns are standardised by the training rows, categories are one input a level, a regression
 * target is (y - median) / (IQR / 2) of the training rows.
 */
export function prepare(name: string, table: Table, trainRows: number): DataSet {
  const parts = splitInFileOrder(table, trainRows)
  const task = kindOf(table) === 'regression' ? 'regression' : 'binary'
  const preprocessor = Preprocessor.learn(parts.train, { target }, operation)
  const targets = targetsOf(task, parts.train)
  const rows = (part: Table): Rows => {
    const { data, rows, columns } = preprocessor.transform(part, { operation, dtype: 'float64' }).x
    return { x: { data, shape: [rows, columns] }, y: targets(part) }
  }
  const [train, test, validation] = [rows(parts.train), rows(parts.test), rows(parts.validation)]
  const fingerprint = fingerprintOf([train, test, validation])
  const inputs = preprocessor.features.length
  return { name, task, inputs, outputs: 1, train, test, validation, fingerprint }
}

function targetsOf(task: TableTask, train: Table): (part: Table) => Float64Array {
  if (task === 'binary') {
    const labels = ClassLabels.learn(train, target, operation)
    return (part) => Float64Array.from(labels.encode(part, target, operation))
  }
  const scaler = TargetScaler.learn(numericTarget(train, target, operation), operation, target)
  return (part) => Float64Array.from(scaler.transform(numericTarget(part, target, operation), 'float64'))
}

export function fingerprintOf(parts: readonly Rows[]): string {
  const hash = createHash('sha256')
  for (const { x, y } of parts) hash.update(String(x.shape)).update(x.data).update(y)
  return hash.digest('hex').slice(0, 16)
}

/** Reads the tables with these names; without names, all in the folder that fit. */
export async function readDataSets(
  folder: string,
  names: readonly string[] | undefined,
  requirements: Requirements,
): Promise<{ sets: DataSet[]; skipped: { set: string; reason: string }[] }> {
  if (names?.length === 0) throw new PsilonError('ERR_OPTION', `[${operation}] --sets names no table`)
  const tables = await tablesOf(folder)
  const paths = (names ?? [...tables.keys()]).map((name) => [name, pathOf(name, tables, folder)] as const)
  const sets: DataSet[] = []
  const skipped: { set: string; reason: string }[] = []
  for (const [set, path] of paths) {
    const table = await readTable(path, operation)
    const reason = unfit(table, requirements)
    if (reason === undefined) sets.push(prepare(set, table, requirements.trainRows))
    else if (names === undefined) skipped.push({ set, reason })
    else throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] ${set} cannot take part: ${reason}`)
  }
  if (sets.length > 0) return { sets, skipped }
  throw new PsilonError('ERR_FILE', `[${operation}] none of the tables in ${folder} can take part: ${listed(skipped)}`)
}

const listed = (skipped: readonly { set: string; reason: string }[]) =>
  skipped.map(({ set, reason }) => `${set}: ${reason}`).join('; ')

import { deviation, median, range } from 'd3-array'
import {
  type Cell,
  type ClassifierOptions,
  type Dtype,
  type Influence,
  PsilonClassifier,
  PsilonRegressor,
  type RegressorOptions,
  readTable,
  type Table,
} from 'psilon'
import type { Task } from '../data/data-sets.js'
import { target } from '../data/requirements.js'
import { cellsOf } from '../data/targets.js'
import type { Random } from './random.js'

/** Cells in the order of a subject's columns. */
export type Row = readonly Cell[]

/** A column that the model uses, as the rows that train show it. */
export interface Column {
  name: string
  /** Cells of the rows that train. */
  cells: readonly Cell[]
  /** Of numbers, the deviation as the model has it; null for a category. */
  numbers: { median: number; deviation: number } | null
}

/** Bounds of an output by column. */
type Bounds = readonly Pick<Influence, 'bound' | 'missing'>[]

/** A model under attack. */
export interface Subject {
  model: PsilonRegressor | PsilonClassifier
  columns: readonly Column[]
  rows: readonly Row[]
  /** A prediction, or logits of classes minus that of the first class. */
  outputs: readonly { bounds: Bounds; unit: number; center: number }[]
  predict(rows: readonly Row[]): Promise<Float64Array[]>
  table(rows: readonly Row[]): Record<string, Cell[]>
}

/**
 * What rounding may change: a share of the largest change that all columns together can cause. The tolerances of the golden
 * numbers (docs/method.md, section 12).
 */
export const rounding: Readonly<Record<Dtype, number>> = { float32: 2e-5, float64: 1e-9 }

/** A level that training never saw. */
export const unseen = 'none of those'

/** One in so many columns, and one in so many of its cells. */
const sparse = { columns: 3, cells: 20 }

/**
 * The table with numbers for booleans. In a third of the columns cells are taken away, so that missing ones have a bound of
 * their own.
 */
export async function withMissingCells(table: Table, random: Random): Promise<Table> {
  const columns = table.names.map((name, j) => {
    const cells = table.columns[j].map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell))
    if (name === target || j % sparse.columns !== 0) return [name, cells] as const
    return [name, cells.map((cell) => (random.chance(1 / sparse.cells) ? null : cell))] as const
  })
  return readTable(Object.fromEntries(columns))
}

type Options = Record<string, unknown>

export async function trained(train: Table, rows: Table, task: Task, options: Options): Promise<Subject> {
  const model =
    task === 'regression'
      ? new PsilonRegressor(options as RegressorOptions)
      : new PsilonClassifier(options as ClassifierOptions)
  await model.fit(train, { target })
  const columns = model.influence().map((influence) => columnOf(train, influence))
  const table = (rows: readonly Row[]) =>
    Object.fromEntries(columns.map(({ name }, j) => [name, rows.map((row) => row[j])]))
  const cells = columns.map(({ name }) => cellsOf(rows, name))
  const given = { model, columns, table, rows: range(rows.rows).map((row) => cells.map((column) => column[row])) }
  return model instanceof PsilonRegressor
    ? { ...given, ...valueOutput(model, columns, cellsOf(train, target) as number[], table) }
    : { ...given, ...classOutputs(model, columns, table) }
}

function columnOf(train: Table, { column: name, deviation }: Influence): Column {
  const cells = cellsOf(train, name)
  const known = cells.filter((cell) => cell !== null) as number[]
  return { name, cells, numbers: deviation === undefined ? null : { median: median(known) as number, deviation } }
}

const inOrder = (columns: readonly Column[], influence: readonly Influence[]): Bounds =>
  columns.map(({ name }) => influence.find(({ column }) => column === name) as Influence)

function valueOutput(
  model: PsilonRegressor,
  columns: readonly Column[],
  targets: readonly number[],
  table: Subject['table'],
): Pick<Subject, 'outputs' | 'predict'> {
  const bounds = inOrder(columns, model.influence())
  const output = { bounds, unit: deviation(targets) as number, center: median(targets) as number }
  return { outputs: [output], predict: async (rows) => [(await model.predict(table(rows))).values] }
}

/** The logit of class k minus that of the first class moves by no more than both bounds; of two classes it is the one output. */
function classOutputs(
  model: PsilonClassifier,
  columns: readonly Column[],
  table: Subject['table'],
): Pick<Subject, 'outputs' | 'predict'> {
  const { classes } = model
  const boundsOf = classes.map((label) => inOrder(columns, model.influence({ class: label })))
  const [first, ...others] = boundsOf
  const together = (bounds: Bounds): Bounds =>
    bounds.map(({ bound, missing }, j) => ({
      bound: bound + first[j].bound,
      ...(missing !== undefined && { missing: missing + (first[j].missing as number) }),
    }))
  const outputs = others.map((bounds) => ({
    ...{ bounds: classes.length === 2 ? bounds : together(bounds), unit: 1, center: 0 },
  }))
  const predict = async (rows: readonly Row[]) => {
    const [first, ...others] = await logChances(model, table(rows))
    return others.map((logs) => logs.map((log, row) => log - first[row]))
  }
  return { outputs, predict }
}

/** Smaller numbers have fewer digits. */
const smallestNormal = 2 ** -1022

/** Logarithms of the chances of each class, -Infinity where a chance is too small to say what the logits are. */
export async function logChances(model: PsilonClassifier, rows: Record<string, Cell[]>): Promise<Float64Array[]> {
  const { data, shape } = (await model.predict(rows)).probabilities
  const logs = data.map((chance) => (chance < smallestNormal ? -Infinity : Math.log(chance)))
  return model.classes.map((_, k) => logs.filter((_, at) => at % shape[1] === k))
}

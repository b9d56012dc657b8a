import { isObject, show } from '../checks.js'
import { PsilonError } from '../errors.js'
import type { Dtype, Floats, Loss } from '../native.js'
import { count } from '../print.js'

/** Row-major numbers: those given, where they are of the dtype already, else a copy. */
export interface Matrix {
  data: Floats
  rows: number
  columns: number
}

type Numbers = ArrayLike<number>

/** Numbers with a shape, rows, or named columns; all of them finite. */
export type MatrixInput =
  | { readonly data: Floats; readonly shape: readonly number[] }
  | readonly Numbers[]
  | Readonly<Record<string, Numbers>>

export interface MatrixContext {
  /** For messages: `fit`, `predict`. */
  operation: string
  /** For messages: `x`, `validation.x`. */
  name: string
  dtype: Dtype
}

const expectedMatrix = 'expected { data, shape: [rows, columns] }, an array of rows or an object of columns'

/**
 * Checks a table of numbers and brings it into the dtype.
 *
 * @throws PsilonError ERR_SHAPE for ragged rows or another number of columns than `columns`; ERR_DATA for empty data,
 * cells that are no numbers, NaN, infinity, and values beyond the dtype. Rows and columns are named from 0: `x[3][2]`.
 */
export function toMatrix(value: unknown, context: MatrixContext & { columns?: number }): Matrix {
  const source = rowsOf(value, context)
  const { rows, columns } = source
  if (rows === 0 || columns === 0) fail('ERR_DATA', context, `${context.name} is empty, ${expectedMatrix}`)
  if (context.columns !== undefined && columns !== context.columns) {
    fail('ERR_SHAPE', context, `${context.name} has ${count(columns, 'column')}, expected ${context.columns}`)
  }
  if (source.data !== undefined && allFinite(source.data)) return { data: source.data, rows, columns }
  const data = allocate(context, rows * columns)
  if (source.copy(data) && allFinite(data)) return { data, rows, columns }
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) data[i * columns + j] = toCell(source.at(i, j), context, () => source.label(i, j))
  }
  return { data, rows, columns }
}

/**
 * Checks targets and brings them into the dtype: [rows, outputs], or [rows] class numbers for softmax. One output also takes a plain array.
 *
 * @throws PsilonError as toMatrix; ERR_SHAPE where the rows are not those of x, ERR_DATA where a value does not fit the loss.
 */
export function toTargets(
  value: unknown,
  context: MatrixContext & { rows: number; outputs: number; loss: Loss },
): Floats {
  const columns = context.loss === 'softmax' ? 1 : context.outputs
  const flat = columns === 1 ? vectorOf(value) : undefined
  if (columns > 1 && isVector(value)) {
    fail('ERR_SHAPE', context, `${context.name} has one value a row, expected rows of ${columns}`)
  }
  const { data, rows } = flat === undefined ? toMatrix(value, { ...context, columns }) : toVector(flat, context)
  if (rows !== context.rows) {
    fail('ERR_SHAPE', context, `${context.name} has ${count(rows, 'row')}, x has ${context.rows}`)
  }
  checkTargets(data, columns, flat !== undefined, context)
  return data
}

/**
 * Checks sample weights, one a row, and scales them to mean 1.
 *
 * @throws PsilonError ERR_SHAPE for another number of rows, ERR_DATA for negative or non-finite weights, or all zero.
 */
export function toWeights(value: unknown, context: MatrixContext & { rows: number }): Floats {
  const given = vectorOf(value)
  if (given === undefined) {
    fail('ERR_DATA', context, `${context.name} is ${show(value)}, expected an array with one weight a row`)
  }
  const { data, rows } = toVector(given, { ...context, dtype: 'float64' })
  if (rows !== context.rows) {
    fail('ERR_SHAPE', context, `${context.name} has ${count(rows, 'row')}, x has ${context.rows}`)
  }
  let most = 0
  data.forEach((weight, i) => {
    if (weight < 0) fail('ERR_DATA', context, `${context.name}[${i}] is ${weight}, expected 0 or more`)
    most = Math.max(most, weight)
  })
  if (most === 0) fail('ERR_DATA', context, `${context.name} are all zero, expected one above zero`)
  let sum = 0
  for (const weight of data) sum += weight / most
  const weights = allocate(context, rows)
  data.forEach((weight, i) => {
    weights[i] = (weight / most) * (rows / sum)
  })
  return weights
}

/**
 * A matrix behind any of the three forms: `at` gives a cell unchecked, `label` its name in messages. `copy` writes all
 * cells, row by row, and says whether they are numbers; where they are not, it has stopped. `data` are the cells as they
 * stand, if they are of the dtype.
 */
interface Source {
  data?: Floats
  rows: number
  columns: number
  copy(data: Floats): boolean
  at(i: number, j: number): unknown
  label(i: number, j: number): string
}

function rowsOf(value: unknown, context: MatrixContext): Source {
  if (Array.isArray(value)) return fromRows(value, context)
  if (isTensor(value)) return fromTensor(value, context)
  if (isObject(value) && !ArrayBuffer.isView(value) && !(value instanceof Date)) return fromColumns(value, context)
  return fail('ERR_SHAPE', context, `${context.name} is ${show(value)}, ${expectedMatrix}`)
}

function fromRows(values: readonly unknown[], context: MatrixContext): Source {
  const { name } = context
  const rows = Array.from(values, (row, i) => {
    if (isNumbers(row)) return row
    return fail('ERR_SHAPE', context, `${name}[${i}] is ${show(row)}, expected a row (an array of numbers)`)
  })
  const columns = rows[0]?.length ?? 0
  rows.forEach((row, i) => {
    if (row.length === columns) return
    fail('ERR_SHAPE', context, `${name}[${i}] has ${count(row.length, 'value')}, ${name}[0] has ${columns}`)
  })
  return {
    rows: rows.length,
    columns,
    copy: (data) => rows.every((row, i) => copyNumbers(row, data, i * columns, 1)),
    at: (i, j) => rows[i][j],
    label: (i, j) => `${name}[${i}][${j}]`,
  }
}

function fromColumns(object: Record<string, unknown>, context: MatrixContext): Source {
  const { name } = context
  const names = Object.keys(object)
  const columns = names.map((key) => {
    const column = object[key]
    if (isNumbers(column)) return column
    return fail('ERR_SHAPE', context, `${name}.${key} is ${show(column)}, expected a column (an array of numbers)`)
  })
  const rows = columns[0]?.length ?? 0
  columns.forEach((column, j) => {
    if (column.length === rows) return
    fail(
      'ERR_SHAPE',
      context,
      `${name}.${names[j]} has ${count(column.length, 'value')}, ${name}.${names[0]} has ${rows}`,
    )
  })
  return {
    rows,
    columns: columns.length,
    copy: (data) => columns.every((column, j) => copyNumbers(column, data, j, columns.length)),
    at: (i, j) => columns[j][i],
    label: (i, j) => `${name}.${names[j]}[${i}]`,
  }
}

function fromTensor({ data, shape }: { data: Floats; shape: number[] }, context: MatrixContext): Source {
  const { name } = context
  const [rows, columns] = shape
  if (shape.length !== 2 || !shape.every(isSize)) {
    fail(
      'ERR_SHAPE',
      context,
      `${name} has shape [${shape.slice(0, 8).map(show).join(', ')}], expected [rows, columns]`,
    )
  }
  if (rows * columns !== data.length) {
    fail('ERR_SHAPE', context, `${name} has shape [${rows}, ${columns}], but ${count(data.length, 'value')}`)
  }
  const copy = (to: Floats) => {
    to.set(data)
    return true
  }
  return {
    rows,
    columns,
    copy,
    at: (i, j) => data[i * columns + j],
    label: (i, j) => `${name}[${i}][${j}]`,
    ...(data instanceof (context.dtype === 'float32' ? Float32Array : Float64Array) && { data }),
  }
}

function copyNumbers(from: ArrayLike<unknown>, to: Floats, start: number, stride: number): boolean {
  for (let k = 0, at = start; k < from.length; k++, at += stride) {
    const cell = from[k]
    if (typeof cell !== 'number') return false
    to[at] = cell
  }
  return true
}

/** Finite numbers times 0 add up to 0, others to NaN. Four sums, as one would wait for each addition. */
export function allFinite(data: Floats): boolean {
  let [a, b, c, d, k] = [0, 0, 0, 0, 0]
  for (; k + 4 <= data.length; k += 4) {
    a += data[k] * 0
    b += data[k + 1] * 0
    c += data[k + 2] * 0
    d += data[k + 3] * 0
  }
  for (; k < data.length; k++) a += data[k] * 0
  return a + b + c + d === 0
}

function toVector(values: ArrayLike<unknown>, context: MatrixContext): { data: Floats; rows: number } {
  const rows = values.length
  if (rows === 0) fail('ERR_DATA', context, `${context.name} is empty, expected one value a row`)
  const data = allocate(context, rows)
  for (let i = 0; i < rows; i++) data[i] = toCell(values[i], context, () => `${context.name}[${i}]`)
  return { data, rows }
}

function toCell(value: unknown, context: MatrixContext, label: () => string): number {
  if (typeof value !== 'number') return fail('ERR_DATA', context, `${label()} is ${show(value)}, expected a number`)
  if (!Number.isFinite(value)) return fail('ERR_DATA', context, `${label()} is ${value}, expected a finite number`)
  if (context.dtype === 'float32' && !Number.isFinite(Math.fround(value))) {
    return fail(
      'ERR_DATA',
      context,
      `${label()} is ${value}, which float32 cannot hold; scale it or use dtype "float64"`,
    )
  }
  return value
}

function checkTargets(
  data: Floats,
  columns: number,
  flat: boolean,
  context: MatrixContext & { outputs: number; loss: Loss },
) {
  const { name, outputs, loss } = context
  const label = (k: number) => (flat ? `${name}[${k}]` : `${name}[${Math.floor(k / columns)}][${k % columns}]`)
  if (loss === 'mse') return
  data.forEach((value, k) => {
    if (loss === 'bce' && !(value >= 0 && value <= 1)) {
      fail('ERR_DATA', context, `${label(k)} is ${value}, expected 0 to 1 for the loss "bce"`)
    }
    if (loss === 'softmax' && !(Number.isInteger(value) && value >= 0 && value < outputs)) {
      fail('ERR_DATA', context, `${label(k)} is ${value}, expected a class number from 0 to ${outputs - 1}`)
    }
  })
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

function isNumbers(value: unknown): value is Numbers {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

function isTensor(value: unknown): value is { data: Floats; shape: number[] } {
  if (!isObject(value) || !Array.isArray(value.shape)) return false
  return value.data instanceof Float32Array || value.data instanceof Float64Array
}

/** One value a row: a plain or typed array of numbers, or { data, shape: [rows] }. */
function vectorOf(value: unknown): ArrayLike<unknown> | undefined {
  if (isTensor(value)) return value.shape.length === 1 && value.shape[0] === value.data.length ? value.data : undefined
  return isNumbers(value) && !isNumbers(value[0]) ? value : undefined
}

const isVector = (value: unknown): boolean => vectorOf(value) !== undefined && (value as Numbers).length !== 0

function allocate(context: MatrixContext, length: number): Floats {
  try {
    return context.dtype === 'float32' ? new Float32Array(length) : new Float64Array(length)
  } catch (cause) {
    const bytes = length * (context.dtype === 'float32' ? 4 : 8)
    const message = `[${context.operation}] ${context.name} needs ${bytes} bytes, which could not be allocated`
    throw new PsilonError('ERR_MEMORY', message, { cause, details: { needed: bytes } })
  }
}

function fail(code: 'ERR_SHAPE' | 'ERR_DATA', context: MatrixContext, message: string): never {
  throw new PsilonError(code, `[${context.operation}] ${message}`)
}

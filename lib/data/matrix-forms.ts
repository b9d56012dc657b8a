import { show } from '../checks.js'
import type { Floats } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import { count } from '../print.js'
import {
  entriesOf,
  has,
  isArray,
  isFloat32Array,
  isFloat64Array,
  isFloats,
  isPlainObject,
  isRecord,
  isTypedArray,
  isUnsteady,
} from '../realms.js'
import type { Dtype } from '../words.js'

/** The forms in which a matrix or one value a row may be given. */

type Numbers = ArrayLike<number>

export interface MatrixContext {
  /** For messages: `x`, `validation.x`. */
  name: string
  dtype: Dtype
}

export const expectedMatrix = 'expected { data, shape: [rows, columns] }, an array of rows or an object of columns'

/**
 * A matrix in any of the three forms: `at` gives an unchecked cell, `label` its name in messages. `copy` writes all
 * cells row by row and returns whether they are numbers; it stops at one that is not. `data` are the given cells, if
 * they have the dtype.
 */
export interface Source {
  data?: Floats
  rows: number
  columns: number
  copy(data: Floats): boolean
  at(i: number, j: number): unknown
  label(i: number, j: number): string
}

export function rowsOf(value: unknown, context: MatrixContext): Source {
  if (isArray(value)) return fromRows(value, context)
  const tensor = tensorOf(value, context)
  if (tensor !== undefined) return fromTensor(tensor, context)
  if (isPlainObject(value)) return fromColumns(value, context)
  return fail('ERR_SHAPE', `${context.name} is ${show(value)}, ${expectedMatrix}`)
}

function fromRows(values: readonly unknown[], context: MatrixContext): Source {
  const { name } = context
  const rows = Array.from(values, (row, i) => {
    if (isNumbers(row)) return row
    return fail('ERR_SHAPE', `${name}[${i}] is ${show(row)}, expected a row (an array of numbers)`)
  })
  const columns = rows[0]?.length ?? 0
  rows.forEach((row, i) => {
    if (row.length === columns) return
    fail('ERR_SHAPE', `${name}[${i}] has ${count(row.length, 'value')}, ${name}[0] has ${columns}`)
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
    return fail('ERR_SHAPE', `${name}.${key} is ${show(column)}, expected a column (an array of numbers)`)
  })
  const rows = columns[0]?.length ?? 0
  columns.forEach((column, j) => {
    if (column.length === rows) return
    fail('ERR_SHAPE', `${name}.${names[j]} has ${count(column.length, 'value')}, ${name}.${names[0]} has ${rows}`)
  })
  return {
    rows,
    columns: columns.length,
    copy: (data) => columns.every((column, j) => copyNumbers(column, data, j, columns.length)),
    at: (i, j) => columns[j][i],
    label: (i, j) => `${name}.${names[j]}[${i}]`,
  }
}

function fromTensor({ data, shape }: Tensor, context: MatrixContext): Source {
  const { name } = context
  const [rows, columns] = shape
  if (shape.length !== 2 || !shape.every(isSize)) {
    fail('ERR_SHAPE', `${name} has shape [${shape.slice(0, 8).map(show).join(', ')}], expected [rows, columns]`)
  }
  if (rows * columns !== data.length) {
    fail('ERR_SHAPE', `${name} has shape [${rows}, ${columns}], but ${count(data.length, 'value')}`)
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
    ...((context.dtype === 'float32' ? isFloat32Array : isFloat64Array)(data) && { data }),
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

const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function isNumbers(value: unknown): value is Numbers {
  return isArray(value) || isTypedArray(value)
}

interface Tensor {
  data: Floats
  shape: number[]
}

/** A value with `data` and `shape`, each read once; undefined if it lacks one of them. */
export function tensorOf(value: unknown, context: MatrixContext): Tensor | undefined {
  if (!isRecord(value) || !has(value, 'data') || !has(value, 'shape')) return undefined
  const { data, shape } = value
  const { name } = context
  const other = Object.keys(value).find((key) => key !== 'data' && key !== 'shape')
  if (other !== undefined) {
    fail('ERR_SHAPE', `${name} has ${show(other)} besides data and shape, ${expectedMatrix}`)
  }
  if (!isFloats(data)) {
    const expected = `expected a Float32Array or Float64Array, as ${name} has a shape`
    fail('ERR_DATA', `${name}.data is ${show(data)}, ${expected}`)
  }
  if (!isArray(shape)) fail('ERR_SHAPE', `${name}.shape is ${show(shape)}, expected an array of sizes`)
  return { data: isUnsteady(data) ? copyOf(data) : data, shape: entriesOf(shape, 9) as number[] }
}

const copyOf = (data: Floats): Floats => (isFloat32Array(data) ? new Float32Array(data) : new Float64Array(data))

/** One value per row: a plain or typed array of numbers, or { data, shape: [rows] }. */
export function vectorOf(value: unknown): ArrayLike<unknown> | undefined {
  if (isNumbers(value)) return isNumbers(value[0]) ? undefined : value
  const { data, shape } = Object(value) as Partial<Tensor>
  return isFloats(data) && isArray(shape) && shape.length === 1 && shape[0] === data.length ? data : undefined
}

export function fail(code: 'ERR_SHAPE' | 'ERR_DATA', message: string): never {
  throw new Refusal(code, message)
}

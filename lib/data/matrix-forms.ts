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
  const { name } = context
  if (isArray(value)) {
    const label = (i: number) => `${name}[${i}]`
    const { lists: rows, length: columns } = equallyLong(value.length, (i) => value[i], label, 'row')
    return {
      rows: rows.length,
      columns,
      copy: (data) => rows.every((row, i) => copyNumbers(row, data, i * columns, 1)),
      at: (i, j) => rows[i][j],
      label: (i, j) => `${label(i)}[${j}]`,
    }
  }
  const tensor = tensorOf(value, context)
  if (tensor !== undefined) return fromTensor(tensor, context)
  if (!isPlainObject(value)) return fail('ERR_SHAPE', `${name} is ${show(value)}, ${expectedMatrix}`)
  const names = Object.keys(value)
  const label = (j: number) => `${name}.${names[j]}`
  const { lists: columns, length: rows } = equallyLong(names.length, (j) => value[names[j]], label, 'column')
  return {
    rows,
    columns: columns.length,
    copy: (data) => columns.every((column, j) => copyNumbers(column, data, j, columns.length)),
    at: (i, j) => columns[j][i],
    label: (i, j) => `${label(j)}[${i}]`,
  }
}

/** Rows or columns, all of one length. */
function equallyLong(size: number, at: (k: number) => unknown, label: (k: number) => string, what: string) {
  const lists = Array.from({ length: size }, (_, k) => {
    const list = at(k)
    if (isNumbers(list)) return list
    return fail('ERR_SHAPE', `${label(k)} is ${show(list)}, expected a ${what} (an array of numbers)`)
  })
  const length = lists[0]?.length ?? 0
  const k = lists.findIndex((list) => list.length !== length)
  if (k < 0) return { lists, length }
  return fail('ERR_SHAPE', `${label(k)} has ${count(lists[k].length, 'value')}, ${label(0)} has ${length}`)
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
  return {
    rows,
    columns,
    copy(to) {
      to.set(data)
      return true
    },
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

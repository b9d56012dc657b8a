import { max, sum } from 'd3-array'
import { reading, show } from '../checks.js'
import type { Floats } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import { count } from '../print.js'
import { type Loss, lossTraits } from '../words.js'
import { expectedMatrix, fail, type MatrixContext, rowsOf, tensorOf, vectorOf } from './matrix-forms.js'

/** Row-major numbers: the given array if it has the dtype, otherwise a copy. */
export interface Matrix {
  data: Floats
  rows: number
  columns: number
}

type Numbers = ArrayLike<number>
type TargetsContext = MatrixContext & { rows: number; outputs: number; loss: Loss }

/**
 * Numbers with a shape, rows, or named columns; all of them finite. An object with `data` and `shape` counts as the
 * first of these and has nothing else.
 */
export type MatrixInput =
  | { readonly data: Floats; readonly shape: readonly number[] }
  | readonly Numbers[]
  | Readonly<Record<string, Numbers>>

/**
 * Checks a table of numbers and brings it into the dtype.
 *
 * @throws Refusal ERR_SHAPE for ragged rows or a number of columns other than `columns`; ERR_DATA for empty data,
 * cells that are not numbers, NaN, infinity, and values beyond the dtype. Rows and columns are named from 0: `x[3][2]`.
 */
export function toMatrix(value: unknown, context: MatrixContext & { columns?: number }): Matrix {
  const { name } = context
  return reading('ERR_DATA', name, () => {
    const source = rowsOf(value, context)
    const { rows, columns } = source
    if (rows === 0 || columns === 0) fail('ERR_DATA', `${name} is empty, ${expectedMatrix}`)
    if (context.columns !== undefined && columns !== context.columns) {
      fail('ERR_SHAPE', `${name} has ${count(columns, 'column')}, expected ${context.columns}`)
    }
    if (source.data !== undefined && allFinite(source.data)) return { data: source.data, rows, columns }
    const data = allocate(context, rows * columns)
    if (source.copy(data) && allFinite(data)) return { data, rows, columns }
    for (let k = 0; k < data.length; k++) {
      const [i, j] = [Math.floor(k / columns), k % columns]
      data[k] = toCell(source.at(i, j), context, () => source.label(i, j))
    }
    return { data, rows, columns }
  })
}

/**
 * Checks targets and brings them into the dtype: [rows, outputs], or [rows] class numbers. One output also takes a
 * plain array.
 *
 * @throws Refusal as toMatrix; ERR_SHAPE if x has another number of rows, ERR_DATA if a value does not fit the loss.
 */
export function toTargets(given: unknown, context: TargetsContext): Floats {
  const { name, loss, outputs } = context
  return reading('ERR_DATA', name, () => {
    const value = tensorOf(given, context) ?? given
    const columns = lossTraits[loss].targets === 'class' ? 1 : outputs
    const flat = vectorOf(value)
    if (columns > 1 && flat?.length) fail('ERR_SHAPE', `${name} has one value a row, expected rows of ${columns}`)
    if (columns > 1 || flat === undefined) {
      const { data, rows } = toMatrix(value, { ...context, columns })
      checkRows(rows, context)
      return checkTargets(data, (k) => `${name}[${Math.floor(k / columns)}][${k % columns}]`, context)
    }
    return checkTargets(toVector(flat, context), (k) => `${name}[${k}]`, context)
  })
}

/**
 * Checks sample weights, one a row, and scales them to mean 1.
 *
 * @throws Refusal ERR_SHAPE for another number of rows, ERR_DATA for negative or non-finite weights, or all zero.
 */
export function toWeights(value: unknown, context: MatrixContext & { rows: number }): Floats {
  const { name } = context
  return reading('ERR_DATA', name, () => {
    const given = vectorOf(tensorOf(value, context) ?? value)
    if (given === undefined) fail('ERR_DATA', `${name} is ${show(value)}, expected an array with one weight a row`)
    const data = toVector(given, { ...context, dtype: 'float64' })
    const negative = data.findIndex((weight) => weight < 0)
    if (negative >= 0) fail('ERR_DATA', `${name}[${negative}] is ${data[negative]}, expected 0 or more`)
    const most = max(data) as number
    if (most === 0) fail('ERR_DATA', `${name} are all zero, expected one above zero`)
    const total = sum(data, (weight) => weight / most)
    const weights = allocate(context, data.length)
    data.forEach((weight, i) => {
      weights[i] = (weight / most) * (data.length / total)
    })
    return weights
  })
}

/** Finite numbers times 0 sum to 0, others to NaN. Four sums, because a single one would wait for each addition. */
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

function toVector(values: ArrayLike<unknown>, context: MatrixContext & { rows: number }): Floats {
  if (values.length === 0) fail('ERR_DATA', `${context.name} is empty, expected one value a row`)
  checkRows(values.length, context)
  const data = allocate(context, values.length)
  for (let i = 0; i < data.length; i++) data[i] = toCell(values[i], context, () => `${context.name}[${i}]`)
  return data
}

function toCell(value: unknown, context: MatrixContext, label: () => string): number {
  if (typeof value !== 'number') return fail('ERR_DATA', `${label()} is ${show(value)}, expected a number`)
  if (!Number.isFinite(value)) return fail('ERR_DATA', `${label()} is ${value}, expected a finite number`)
  if (context.dtype === 'float32' && !Number.isFinite(Math.fround(value))) {
    return fail('ERR_DATA', `${label()} is ${value}, which float32 cannot hold; scale it or use dtype "float64"`)
  }
  return value
}

function checkTargets(data: Floats, label: (k: number) => string, { outputs, loss }: TargetsContext): Floats {
  const { targets } = lossTraits[loss]
  if (targets === 'numbers') return data
  data.forEach((value, k) => {
    if (targets === 'probabilities' && !(value >= 0 && value <= 1)) {
      fail('ERR_DATA', `${label(k)} is ${value}, expected 0 to 1 for the loss "${loss}"`)
    }
    if (targets === 'class' && !(Number.isInteger(value) && value >= 0 && value < outputs)) {
      fail('ERR_DATA', `${label(k)} is ${value}, expected a class number from 0 to ${outputs - 1}`)
    }
  })
  return data
}

function checkRows(rows: number, context: MatrixContext & { rows: number }): void {
  if (rows === context.rows) return
  fail('ERR_SHAPE', `${context.name} has ${count(rows, 'row')}, x has ${context.rows}`)
}

function allocate(context: MatrixContext, length: number): Floats {
  try {
    return context.dtype === 'float32' ? new Float32Array(length) : new Float64Array(length)
  } catch (cause) {
    const bytes = length * (context.dtype === 'float32' ? 4 : 8)
    const message = `${context.name} needs ${bytes} bytes, which could not be allocated`
    throw new Refusal('ERR_MEMORY', message, { cause, details: { needed: bytes } })
  }
}

import { didYouMean } from '../checks.js'
import { PsilonError } from '../errors.js'
import { readArray, readNumber, readObject, readPositive, refuseRepeats } from '../io/json-reader.js'
import type { Dtype, Floats } from '../native.js'
import { checkScale, isConstant, moments, quartiles } from './moments.js'
import { cellError, cellNumber, columnIndex, type Table } from './table.js'

/**
 * The numbers of a target column.
 *
 * @throws PsilonError ERR_OPTION where there is no such column, ERR_DATA for text or a missing cell, naming the row.
 */
export function numericTarget(table: Table, name: string, operation: string): Float64Array {
  const cells = table.columns[columnIndex(table, name, operation, 'target')]
  return Float64Array.from(cells, (cell, row) => {
    const value = cellNumber(cell)
    if (value !== undefined) return value
    const found = cell === null ? 'the target is missing' : `got "${cell}"`
    throw cellError(operation, table, row, name, `${found}, expected a number`)
  })
}

/** Regression targets in units of half their inter-quartile range around their median. */
export class TargetScaler {
  readonly center: number
  /** Half the inter-quartile range; where that is zero, the population standard deviation. */
  readonly scale: number

  private constructor(center: number, scale: number) {
    this.center = center
    this.scale = scale
  }

  /** @throws PsilonError ERR_DATA for a constant target. */
  static learn(values: Float64Array, operation: string, name: string): TargetScaler {
    if (isConstant(values)) {
      throw new PsilonError(
        'ERR_DATA',
        `[${operation}] the target "${name}" is constant (${values[0]}), nothing to learn`,
      )
    }
    const { median, range } = quartiles(values)
    const scale = range > 0 ? range / 2 : moments(values).deviation
    checkScale(median, scale, operation, name)
    return new TargetScaler(median, scale)
  }

  transform(values: Float64Array, dtype: Dtype): Floats {
    const scaled = (value: number) => (value - this.center) / this.scale
    return dtype === 'float32' ? Float32Array.from(values, scaled) : values.map(scaled)
  }

  inverse(values: Floats): Float64Array {
    return Float64Array.from(values, (value) => value * this.scale + this.center)
  }

  toJSON(): { center: number; scale: number } {
    return { center: this.center, scale: this.scale }
  }

  static fromJSON(value: unknown): TargetScaler {
    const { center, scale } = readObject(value, 'target', ['center', 'scale'])
    return new TargetScaler(readNumber(center, 'target.center'), readPositive(scale, 'target.scale'))
  }
}

/** A class as it stands in the table. */
export type Label = number | string | boolean

/** Labels and their class numbers: numbers in ascending order, then texts by code unit, then false and true. */
export class ClassLabels {
  readonly labels: readonly Label[]
  readonly #index: ReadonlyMap<string, number>

  private constructor(labels: readonly Label[]) {
    this.labels = labels
    this.#index = new Map(labels.map((label, k) => [String(label), k]))
  }

  /** @throws PsilonError ERR_OPTION where there is no such column, ERR_DATA for a missing label or a single class. */
  static learn(table: Table, name: string, operation: string): ClassLabels {
    const labels = [...new Set(labelCells(table, name, operation))].sort(compareLabels)
    const found = `[${operation}] the target "${name}" has`
    if (labels.length < 2) {
      throw new PsilonError('ERR_DATA', `${found} the single class ${JSON.stringify(labels[0])}, expected at least two`)
    }
    const texts = new Set<string>()
    for (const label of labels) {
      if (texts.has(String(label))) throw new PsilonError('ERR_DATA', `${found} ${label} both as text and as a value`)
      texts.add(String(label))
    }
    return new ClassLabels(labels)
  }

  /** Class number of each row; a label is known by its text, so that 1 and "1" are one class. */
  encode(table: Table, name: string, operation: string): Uint32Array {
    return Uint32Array.from(labelCells(table, name, operation), (label, row) => {
      const k = this.#index.get(String(label))
      if (k !== undefined) return k
      const known = this.labels
        .slice(0, 10)
        .map((each) => JSON.stringify(each))
        .join(', ')
      const more = this.labels.length > 10 ? ', ...' : ''
      const found = `got ${JSON.stringify(label)}, expected a class of the training rows (${known}${more})`
      throw cellError(operation, table, row, name, found)
    })
  }

  decode(classes: ArrayLike<number>): Label[] {
    return Array.from(classes, (k) => this.labels[k])
  }

  toJSON(): readonly Label[] {
    return this.labels
  }

  static fromJSON(value: unknown): ClassLabels {
    const labels = readArray(value, 'labels', readLabel)
    refuseRepeats(labels.map(String), 'labels')
    if (labels.length < 2) {
      throw new PsilonError('ERR_MODEL_FILE', `[load] labels has ${labels.length} classes, expected at least 2`)
    }
    return new ClassLabels(labels)
  }
}

export type ClassWeight = 'balanced' | Readonly<Record<string, number>>

/**
 * Sample weights from class weights. `balanced` is rows / (classes * rows of the class); otherwise a weight by label,
 * 1 where none is given. `classes` are the class numbers of the rows.
 */
export function classWeights(
  weight: ClassWeight,
  labels: ClassLabels,
  classes: Uint32Array,
  operation: string,
): Float64Array {
  const perClass = weight === 'balanced' ? balanced(labels.labels.length, classes) : byLabel(weight, labels, operation)
  if (classes.every((k) => perClass[k] === 0)) {
    throw new PsilonError('ERR_OPTION', `[${operation}] classWeight gives every row the weight 0, expected one above 0`)
  }
  return Float64Array.from(classes, (k) => perClass[k])
}

function balanced(count: number, classes: Uint32Array): number[] {
  const rows = new Array<number>(count).fill(0)
  for (const k of classes) rows[k] = rows[k] + 1
  return rows.map((n) => (n === 0 ? 0 : classes.length / (count * n)))
}

function byLabel(weight: Readonly<Record<string, number>>, labels: ClassLabels, operation: string): number[] {
  const names = labels.labels.map(String)
  const where = `[${operation}] classWeight`
  if (typeof weight !== 'object' || weight === null) {
    throw new PsilonError(
      'ERR_OPTION',
      `${where} must be "balanced" or an object of weights by label, got ${String(weight)}`,
    )
  }
  for (const [name, value] of Object.entries(weight)) {
    if (!names.includes(name)) {
      throw new PsilonError('ERR_OPTION', `${where} names "${name}", which is no class${didYouMean(name, names)}`)
    }
    if (!(typeof value === 'number' && Number.isFinite(value) && value >= 0)) {
      throw new PsilonError('ERR_OPTION', `${where} of "${name}" must be a number at least 0, got ${String(value)}`)
    }
  }
  return names.map((name) => (Object.hasOwn(weight, name) ? weight[name] : 1))
}

function labelCells(table: Table, name: string, operation: string): Label[] {
  const cells = table.columns[columnIndex(table, name, operation, 'target')]
  return cells.map((cell, row) => {
    if (cell !== null) return cell
    throw cellError(operation, table, row, name, 'the target is missing, expected a class')
  })
}

const order = ['number', 'string', 'boolean']

function compareLabels(a: Label, b: Label): number {
  if (typeof a !== typeof b) return order.indexOf(typeof a) - order.indexOf(typeof b)
  return a < b ? -1 : a > b ? 1 : 0
}

function readLabel(value: unknown, path: string): Label {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return readNumber(value, path)
}

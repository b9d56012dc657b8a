import { ascending } from 'd3-array'
import { didYouMean } from '../checks.js'
import { option, Refusal, setting, type Words, words } from '../errors/refusal.js'
import { array, number, odd, type Reader, refuseRepeats } from '../io/json-reader.js'
import { isCode, plainText } from '../tables/cells.js'
import { type Column, distinctWritten } from '../tables/column.js'
import { doubtHint, doubtOf, doubtText } from '../tables/doubts.js'
import { refuseFaults } from '../tables/faults.js'
import { columnOf, type Table } from '../tables/table.js'
import { requireSound } from './column-encoding.js'

/** The numbers of a target column. @throws Refusal ERR_OPTION if there is none, ERR_DATA for text or a missing cell. */
export function numericTarget(table: Table, name: string): Float64Array {
  const column = columnOf(table, name, 'target')
  requireSound(table, column)
  const faults: [row: number, found: string][] = []
  const values = Float64Array.from(column.cells, (cell, row) => {
    const value = column.number(row)
    if (value !== undefined) return value
    faults.push([row, `${cell === null ? 'the target is missing' : `got "${cell}"`}, expected a number`])
    return Number.NaN
  })
  const isText = faults.some(([row]) => column.cells[row] !== null)
  refuseFaults(table, name, faults, isText ? doubtHint(column, table.where) : [])
  return values
}

/** A class label, as in the table. */
export type Label = number | string | boolean

/** Labels by class number: numbers in ascending order, then texts by code unit, then false and true. */
export class ClassLabels {
  readonly #index: ReadonlyMap<string, number>
  /** Class numbers by the number or boolean of a label, unless that would lose digits. */
  readonly #plain: ReadonlyMap<string, number>

  private constructor(readonly labels: readonly Label[]) {
    this.#index = new Map(labels.map((label, k) => [String(label), k]))
    const codes = labels.some((label) => isCode(String(label)))
    this.#plain = codes ? this.#index : new Map(labels.map((label, k) => [plainText(label), k]))
  }

  /**
   * @param declared whether the user declared the column categorical.
   * @throws Refusal ERR_OPTION if there is no such column, ERR_DATA for a missing label, a single class, and numbers
   * that are not classes.
   */
  static learn(table: Table, name: string, declared = false): ClassLabels {
    const column = labelColumn(table, name)
    if (!declared) refuseNoClasses(table, column)
    const labels = labelsOf(column)
    const found = `the target "${name}" has`
    if (labels.length < 2) {
      throw new Refusal('ERR_DATA', `${found} the single class ${JSON.stringify(labels[0])}, expected at least two`)
    }
    const texts = new Set<string>()
    for (const label of labels) {
      if (texts.has(String(label))) throw new Refusal('ERR_DATA', `${found} ${label} both as text and as a value`)
      texts.add(String(label))
    }
    return new ClassLabels(labels)
  }

  /** Class number of each row. A label is found by its text, as 1 and "1" are one class, or else by its value. */
  encode(table: Table, name: string): Uint32Array {
    const column = labelColumn(table, name)
    const faults: [row: number, found: string][] = []
    const classes = Uint32Array.from(column.cells as Label[], (label, row) => {
      const k = this.#index.get(column.text(row) as string) ?? this.#plain.get(plainText(label))
      if (k === undefined)
        faults.push([row, `got ${JSON.stringify(label)}, expected a class of the training rows (${this.#known()})`])
      return k ?? 0
    })
    refuseFaults(table, name, faults)
    return classes
  }

  #known(): string {
    const some = this.labels.slice(0, 10).map((each) => JSON.stringify(each))
    return [...some, ...(this.labels.length > 10 ? ['...'] : [])].join(', ')
  }

  decode(classes: ArrayLike<number>): Label[] {
    return Array.from(classes, (k) => this.labels[k])
  }

  toJSON(): readonly Label[] {
    return this.labels
  }

  static fromJSON(value: unknown): ClassLabels {
    const labels = array(readLabel)(value, 'labels')
    refuseRepeats(labels.map(String), 'labels')
    if (labels.length < 2) odd(`labels has ${labels.length} classes, expected at least 2`)
    return new ClassLabels(labels)
  }
}

export type ClassWeight = 'balanced' | Readonly<Record<string, number>>

/**
 * Sample weights from class weights. `balanced` is rows / (classes * rows of the class); otherwise a weight by label, 1
 * if none is given. `classes` are the class numbers of the rows.
 */
export function classWeights(weight: ClassWeight, { labels }: ClassLabels, classes: Uint32Array): Float64Array {
  const perClass = weight === 'balanced' ? balanced(labels.length, classes) : byLabel(weight, labels.map(String))
  if (classes.every((k) => perClass[k] === 0)) {
    throw new Refusal('ERR_OPTION', words`${option('classWeight')} gives every row the weight 0, expected one above 0`)
  }
  return Float64Array.from(classes, (k) => perClass[k])
}

function balanced(count: number, classes: Uint32Array): number[] {
  const rows = new Array<number>(count).fill(0)
  for (const k of classes) rows[k] = rows[k] + 1
  return rows.map((n) => (n === 0 ? 0 : classes.length / (count * n)))
}

function byLabel(weight: Readonly<Record<string, number>>, names: readonly string[]): number[] {
  const strange = Object.keys(weight).find((name) => !names.includes(name))
  if (strange !== undefined) {
    const found = `names "${strange}", which is not a class${didYouMean(strange, names)}`
    throw new Refusal('ERR_OPTION', words`${option('classWeight')} ${found}`)
  }
  return names.map((name) => (Object.hasOwn(weight, name) ? weight[name] : 1))
}

/** @throws Refusal ERR_DATA that names the rows without a label. */
function labelColumn(table: Table, name: string): Column {
  const column = columnOf(table, name, 'target')
  requireSound(table, column)
  const missing = 'the target is missing, expected a class'
  const faults = column.cells.flatMap((cell, row) => (cell === null ? [[row, missing] as const] : []))
  refuseFaults(table, name, faults)
  return column
}

/** Distinct labels in order; texts if JavaScript gave texts, and as written if numbers would coincide otherwise. */
function labelsOf(column: Column): Label[] {
  const labels = [...new Set(column.cells as Label[])].sort(compareLabels)
  const written = distinctWritten(column, labels.length)
  if (written !== undefined) return [...written].sort()
  return column.asTexts ? labels.map(String) : labels
}

/** More distinct numbers with decimals than this are values. */
const maxNumbers = 10
/** More classes than this, and than half the rows, are names or keys. */
const maxLabels = 50

function refuseNoClasses(table: Table, column: Column): void {
  const { name, rows, kind, cells } = column
  const { length } = labelsOf(column)
  if (length <= maxNumbers) return
  const remedy = words`${setting('categorical', [name])} says that they are classes`
  const refused = (found: Words) => new Refusal('ERR_DATA', words`the target "${name}" has ${found}; ${remedy}`)
  const doubt = doubtOf(column)
  if (doubt !== undefined) throw refused(words`${doubtText(doubt, column, table.where)}; ${doubt.remedy}`)
  if (kind === 'number' && cells.some((cell) => !Number.isInteger(cell))) {
    throw refused([`${length} different numbers with decimals, which a regressor predicts`])
  }
  if (length > maxLabels && 2 * length > rows) throw refused([`${length} different values in ${rows} rows`])
}

const order = ['number', 'string', 'boolean']

function compareLabels(a: Label, b: Label): number {
  return order.indexOf(typeof a) - order.indexOf(typeof b) || ascending(a, b)
}

export const readLabel: Reader<Label> = (value, path) =>
  typeof value === 'string' || typeof value === 'boolean' ? value : number(value, path)

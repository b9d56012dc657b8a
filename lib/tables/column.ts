import { show } from '../checks.js'
import { booleanOf, type Cell, isCode, isInfinite, numberOf } from './cells.js'
import type { Reading } from './read-options.js'

/**
 * Kind of all cells of a column: numbers, booleans or texts. Numbers that would lose digits (007, and integers beyond
 * 2^53) make it a column of texts.
 */
export type ColumnKind = 'number' | 'boolean' | 'text'

interface Settled {
  kind: ColumnKind
  cells: Cell[]
  /** Texts of numbers and booleans as written, if their values do not reproduce all of them. */
  written: readonly (string | undefined)[] | null
  /** Whether JavaScript gave all values as texts, and so gets texts back. */
  asTexts: boolean
  /** Rows with an invalid cell, and what was found there. */
  faults: ReadonlyMap<number, string>
}

/** A column of a table. Its values are checked at their first use: an unused column may hold anything. */
export class Column {
  /** Releases the given values once it has run. */
  #settle: (() => Settled) | null
  #settled: Settled | undefined

  private constructor(
    readonly name: string,
    readonly rows: number,
    /** How its texts are read. */
    readonly reading: Reading,
    settle: () => Settled,
  ) {
    this.#settle = settle
  }

  /**
   * @param values texts, numbers, booleans or anything else; they are not copied.
   * @param fromFile whether they are the texts of a file, where all cells are texts.
   */
  static of(name: string, values: ArrayLike<unknown>, reading: Reading, fromFile: boolean): Column {
    return new Column(name, values.length, reading, () => settle(values, reading, fromFile))
  }

  /** The given rows, with the kind of the whole column. */
  select(rows: readonly number[]): Column {
    return new Column(this.name, rows.length, this.reading, () => {
      const { kind, cells, written, asTexts, faults } = this.#all
      const chosen = new Map<number, string>()
      rows.forEach((row, i) => {
        const fault = faults.get(row)
        if (fault !== undefined) chosen.set(i, fault)
      })
      const select = <T>(from: readonly T[]) => rows.map((row) => from[row])
      return { kind, cells: select(cells), written: written && select(written), asTexts, faults: chosen }
    })
  }

  get kind(): ColumnKind {
    return this.#all.kind
  }

  /** Numbers, booleans or texts; null if missing. A faulty cell has the value that was given. */
  get cells(): Cell[] {
    return this.#all.cells
  }

  get asTexts(): boolean {
    return this.#all.asTexts
  }

  get faults(): ReadonlyMap<number, string> {
    return this.#all.faults
  }

  /** The text of a cell, as written; undefined if it is missing. */
  text(row: number): string | undefined {
    const cell = this.#all.cells[row]
    return cell === null ? undefined : (this.#all.written?.[row] ?? String(cell))
  }

  /** The number that a cell is or reads as; undefined if there is none. */
  number(row: number): number | undefined {
    return cellNumber(this.#all.cells[row], this.reading.decimal)
  }

  /** The distinct texts of the cells, as written. */
  texts(): Set<string> {
    const texts = new Set<string>()
    for (let row = 0; row < this.rows; row++) {
      const text = this.text(row)
      if (text !== undefined) texts.add(text)
    }
    return texts
  }

  get #all(): Settled {
    this.#settled ??= (this.#settle as () => Settled)()
    this.#settle = null
    return this.#settled
  }
}

/**
 * The distinct texts of a column of numbers, if there are more of them than numbers: 1.10 and 1.1 may be names. Only a
 * fraction of zeros does not count as a difference.
 */
export function distinctWritten(column: Column, numbers: number): Set<string> | undefined {
  if (column.kind !== 'number') return undefined
  const texts = new Set(Array.from(column.texts(), (text) => text.replace(/^([+-]?\d+)\.0*$/, '$1')))
  return texts.size > numbers ? texts : undefined
}

/** The number that a cell is or reads as, true and false as 1 and 0; undefined if there is none. */
function cellNumber(cell: Cell, decimal: Reading['decimal']): number | undefined {
  if (typeof cell === 'number') return cell
  if (typeof cell === 'boolean') return cell ? 1 : 0
  if (cell === null) return undefined
  const word = booleanOf(cell)
  return word === undefined ? numberOf(cell, decimal) : Number(word)
}

function settle(values: ArrayLike<unknown>, reading: Reading, fromFile: boolean): Settled {
  const isMissing = missingBy(reading)
  const faults = new Map<number, string>()
  const cells = new Array<Cell>(values.length)
  let asTexts = !fromFile
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (typeof value === 'string') {
      const text = plainLines(value.trim())
      cells[row] = isMissing(text) ? null : text
    } else if (value === null || value === undefined || Number.isNaN(value) || isMissing(value)) cells[row] = null
    else {
      asTexts = false
      const fault = faultOf(value)
      if (fault !== undefined) faults.set(row, `got ${show(value)}, expected ${fault}`)
      cells[row] = typeof value === 'bigint' ? String(value) : (value as Cell)
    }
  }
  const plain = valuesOf(cells, reading.decimal, faults)
  if (plain === undefined) return { kind: 'text', cells, written: null, asTexts, faults }
  return { asTexts, ...valued(cells, plain, faults) }
}

/** Line ends as in texts read from files. */
const plainLines = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/** Tests whether a value is one of the words for a missing value, or the number or boolean of one. */
function missingBy({ missing, decimal }: Reading): (value: unknown) => boolean {
  const words = new Set(missing.map((word) => word.toLowerCase()))
  const longest = Math.max(0, ...missing.map(({ length }) => length))
  const plain = (word: string) => numberOf(word, decimal) ?? booleanOf(word)
  const values = new Set<unknown>(missing.map(plain).filter((value) => value !== undefined))
  return (value) => {
    if (typeof value !== 'string') return values.has(typeof value === 'bigint' ? Number(value) : value)
    if (value === '' || (value.length <= longest && words.has(value.toLowerCase()))) return true
    return values.size > 0 && values.has(plain(value))
  }
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'bigint') return undefined
  if (typeof value !== 'number') return 'a number, text, boolean or null'
  return Number.isFinite(value) ? undefined : 'a finite number, or null for a missing value'
}

/** Numbers and booleans; NaN for infinity among them. Undefined if a cell is neither, or all are missing. */
function valuesOf(
  cells: readonly Cell[],
  decimal: Reading['decimal'],
  faults: ReadonlyMap<number, string>,
): (number | boolean | null)[] | undefined {
  const values = new Array<number | boolean | null>(cells.length)
  let present = false
  for (let row = 0; row < cells.length; row++) {
    const cell = faults.has(row) ? null : cells[row]
    const value = typeof cell === 'string' ? plainValue(cell, decimal) : cell
    if (value === undefined) return undefined
    present ||= value !== null && !Number.isNaN(value)
    values[row] = value
  }
  return present ? values : undefined
}

/** Undefined for a word, and for a number that would lose digits. */
function plainValue(text: string, decimal: Reading['decimal']): number | boolean | undefined {
  if (isCode(text)) return undefined
  return numberOf(text, decimal) ?? booleanOf(text) ?? (isInfinite(text) ? Number.NaN : undefined)
}

/** Cells as numbers or booleans. Infinity is refused among numbers; among words it is a word. */
function valued(
  given: readonly Cell[],
  values: readonly (number | boolean | null)[],
  faulty: ReadonlyMap<number, string>,
): Omit<Settled, 'asTexts'> {
  const kind = values.some((value) => typeof value === 'number' && !Number.isNaN(value)) ? 'number' : 'boolean'
  const faults = new Map(faulty)
  const cells = given.slice()
  let same = true
  for (let row = 0; row < values.length; row++) {
    const [cell, value] = [given[row], values[row]]
    if (value === null) continue
    if (Number.isNaN(value)) faults.set(row, `got ${show(cell)}, expected a finite number`)
    else {
      cells[row] = kind === 'number' ? Number(value) : value
      same &&= typeof cell !== 'string' || String(cells[row]) === cell
    }
  }
  const written = same ? null : given.map((cell) => (typeof cell === 'string' ? cell : undefined))
  return { kind, cells, written, faults }
}

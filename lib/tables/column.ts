import { show } from '../checks.js'
import { booleanOf, type Cell, isCode, isInfinite, numberOf } from './cells.js'
import { inDays } from './date-column.js'
import type { Reading } from './read-options.js'
import { isDate, meaningOf, textOfDate } from './values.js'

/**
 * Kind of all cells of a column: numbers, booleans or texts. Numbers that would lose digits (007, and integers beyond
 * 2^53) make it a column of texts.
 */
export type ColumnKind = 'number' | 'boolean' | 'text'

export interface Settled {
  kind: ColumnKind
  cells: Cell[]
  /** Texts of numbers and booleans as written, if their values do not reproduce all of them. */
  written: readonly (string | undefined)[] | null
  /** Whether JavaScript gave all values as texts, and so gets texts back. */
  asTexts: boolean
  /** Whether its numbers are dates that were given as such. */
  dates?: true | undefined
  /** Rows with an invalid cell, and what was found there. */
  faults: ReadonlyMap<number, string>
}

/** A column of a table. Its values are checked at their first use: an unused column may hold anything. */
export class Column {
  /** Settled, or how; the given values are released then. */
  #content: Settled | (() => Settled)

  /** @param reading how its texts are read. */
  constructor(
    readonly name: string,
    readonly rows: number,
    readonly reading: Reading,
    settle: () => Settled,
  ) {
    this.#content = settle
  }

  /** The given rows, with the kind of the whole column. */
  select(rows: readonly number[]): Column {
    return new Column(this.name, rows.length, this.reading, () => {
      const { cells, written, faults, ...others } = this.settled
      const chosen = new Map<number, string>()
      rows.forEach((row, i) => {
        const fault = faults.get(row)
        if (fault !== undefined) chosen.set(i, fault)
      })
      const select = <T>(from: readonly T[]) => rows.map((row) => from[row])
      return { ...others, cells: select(cells), written: written && select(written), faults: chosen }
    })
  }

  get kind(): ColumnKind {
    return this.settled.kind
  }

  /** Numbers, booleans or texts; null if missing. A faulty cell has the value that was given. */
  get cells(): Cell[] {
    return this.settled.cells
  }

  get asTexts(): boolean {
    return this.settled.asTexts
  }

  /** Whether dates became its numbers. */
  get dates(): boolean {
    return this.settled.dates === true
  }

  get faults(): ReadonlyMap<number, string> {
    return this.settled.faults
  }

  /** The text of a cell, as written; undefined if it is missing. */
  text(row: number): string | undefined {
    const cell = this.settled.cells[row]
    return cell === null ? undefined : (this.settled.written?.[row] ?? String(cell))
  }

  /** The number that a cell is or reads as, true and false as 1 and 0; undefined if there is none. */
  number(row: number): number | undefined {
    const cell = this.settled.cells[row]
    const value = typeof cell === 'string' ? (booleanOf(cell) ?? numberOf(cell, this.reading.decimal)) : cell
    return value === null || value === undefined ? undefined : Number(value)
  }

  /** The distinct texts of the cells, as written. */
  texts(): Set<string> {
    return new Set(this.cells.flatMap((_, row) => this.text(row) ?? []))
  }

  get settled(): Settled {
    if (typeof this.#content === 'function') this.#content = this.#content()
    return this.#content
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

/** How a column is read. */
export interface ColumnReading extends Omit<Reading, 'dates'> {
  /** Whether its dates become numbers: if all its cells are dates, in any case, or never. */
  dates: 'auto' | 'named' | 'never'
  /** Whether it is one of a file, where all cells are texts. */
  fromFile: boolean
}

/**
 * Checks values.
 *
 * @param values texts, numbers, booleans or anything else.
 */
export function settle(values: readonly unknown[], reading: ColumnReading): Settled {
  const { dates, fromFile } = reading
  const isMissing = missingBy(reading)
  const faults = new Map<number, string>()
  let asTexts = !fromFile
  const cells = values.map((given, row): Cell => {
    const value = typeof given === 'object' ? plainObject(given, dates) : given
    if (typeof value === 'string') {
      const text = plainLines(value.trim())
      return isMissing(text) ? null : text
    }
    if (value === null || value === undefined || Number.isNaN(value) || isMissing(value)) return null
    asTexts = false
    const fault = faultOf(value)
    if (fault !== undefined) faults.set(row, `got ${show(value)}, expected ${fault}`)
    return typeof value === 'bigint' ? String(value) : (value as Cell)
  })
  const days = dates === 'never' ? undefined : inDays(cells, faults, { ...reading, named: dates === 'named' })
  if (days !== undefined) return { kind: 'number', written: null, asTexts: false, ...days }
  const plain = valuesOf(cells, reading.decimal, faults)
  if (plain === undefined) return { kind: 'text', cells, written: null, asTexts, faults }
  return { asTexts, ...valued(cells, plain, faults) }
}

/** What an object stands for. */
function plainObject(given: object | null, dates: ColumnReading['dates']): unknown {
  if (!isDate(given)) return meaningOf(given)
  return dates === 'never' ? given : (textOfDate(given) ?? given)
}

/** Line ends as in texts read from files. */
const plainLines = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/** Tests whether a value is one of the words for a missing value, or the number or boolean of one. */
export function missingBy({ missing, decimal }: Pick<Reading, 'missing' | 'decimal'>): (value: unknown) => boolean {
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

const dateAdvice = 'a number, text, boolean or null; with the option dates, dates are numbers'

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'bigint') return undefined
  if (isDate(value)) return textOfDate(value) === undefined ? 'a date of the years 0 to 9999' : dateAdvice
  if (typeof value !== 'number') return 'a number, text, boolean or null'
  return Number.isFinite(value) ? undefined : 'a finite number, or null for a missing value'
}

type Value = number | boolean | null

/** Numbers and booleans; NaN for infinity among them. Undefined if a cell is neither, or all are missing. */
function valuesOf(
  cells: readonly Cell[],
  decimal: Reading['decimal'],
  faults: ReadonlyMap<number, string>,
): Value[] | undefined {
  const values: Value[] = []
  for (const [row, cell] of cells.entries()) {
    const given = faults.has(row) ? null : cell
    const value = typeof given === 'string' ? plainValue(given, decimal) : given
    if (value === undefined) return undefined
    values.push(value)
  }
  return values.some((value) => value !== null && !Number.isNaN(value)) ? values : undefined
}

/** Undefined for a word, and for a number that would lose digits. */
function plainValue(text: string, decimal: Reading['decimal']): number | boolean | undefined {
  if (isCode(text)) return undefined
  return numberOf(text, decimal) ?? booleanOf(text) ?? (isInfinite(text) ? Number.NaN : undefined)
}

/** Cells as numbers or booleans. Infinity is refused among numbers; among words it is a word. */
function valued(
  given: readonly Cell[],
  values: readonly Value[],
  faulty: ReadonlyMap<number, string>,
): Omit<Settled, 'asTexts'> {
  const kind = values.some((value) => typeof value === 'number' && !Number.isNaN(value)) ? 'number' : 'boolean'
  const faults = new Map(faulty)
  const cells = given.map((cell, row) => {
    const value = values[row]
    if (Number.isNaN(value)) faults.set(row, `got ${show(cell)}, expected a finite number`)
    else if (value !== null) return kind === 'number' ? Number(value) : value
    return cell
  })
  const same = given.every((cell, row) => typeof cell !== 'string' || String(cells[row]) === cell)
  const written = same ? null : given.map((cell) => (typeof cell === 'string' ? cell : undefined))
  return { kind, cells, written, faults }
}

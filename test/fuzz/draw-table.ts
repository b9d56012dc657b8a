import { gzipSync } from 'node:zlib'
import type { Random } from './random.js'

/** A cell as its text; null where it is missing. */
type Text = string | null

export interface Drawn {
  names: string[]
  columns: Text[][]
  rows: number
}

const words = [
  'red',
  'Grün',
  'a,b',
  'x;y',
  'two\nlines',
  'say "so"',
  'tab\there',
  "it's",
  'a|b',
  '0x',
  '日本',
  '-x',
  'TRUEish',
]
const suspicious = [
  '1,5',
  '12 %',
  '1.234,5',
  '3 kg',
  '€ 4',
  '2024-05-06',
  '1e999',
  'inf',
  '-',
  'none',
  '1 2',
  '0b1',
  '１２',
  '007',
]
const names = [
  'a',
  'b c',
  'd,e',
  'f"g',
  'constructor',
  'length',
  'toString',
  'ö',
  '1st',
  'x y\nz',
  'NaN',
  'true',
  '#h',
  'sep=',
  '7',
  '0',
]

function numberText(random: Random): string {
  const value = random.pick([
    random.int(-9, 9),
    random.int(-1e6, 1e6) / 1000,
    random.int(1, 99) * 10 ** random.int(-30, 30),
  ])
  const variants = [`${value}`, `${value}`, `${value}`, value < 0 ? `${value}` : `+${value}`, value.toExponential()]
  return random.pick(variants)
}

/** How cells of a column are drawn, by what it holds. */
const kinds: Record<string, (random: Random) => () => Text> = {
  numbers: (random) => () => numberText(random),
  counts: (random) => () => String(random.int(0, 4)),
  booleans: (random) => () => random.pick(['true', 'false', 'True', 'FALSE']),
  words: (random) => {
    const some = random.list(random.int(1, 4), () => random.pick(words))
    return () => random.pick(some)
  },
  constant: (random) => {
    const cell = random.pick([...words, numberText(random)])
    return () => cell
  },
  missing: () => () => null,
  large: (random) => () => `${random.int(-9, 9)}e${random.int(290, 308)}`,
  identifiers: (random) => () => `90071992547409${random.int(10, 99)}`,
  suspicious: (random) => {
    const one = random.pick(suspicious)
    return () =>
      random.chance(0.5) ? one : random.pick([numberText(random), random.pick(words), random.pick(suspicious)])
  },
  mixed: (random) => () => (random.chance(0.8) ? numberText(random) : random.pick(words)),
}

function column(random: Random, kind: string, rows: number): Text[] {
  const draw = (kinds[kind] as (random: Random) => () => Text)(random)
  const missing = random.pick([0, 0, 0, 0.1, 0.5])
  return random.list(rows, () => (random.chance(missing) ? null : draw()))
}

const plain = ['numbers', 'numbers', 'counts', 'booleans', 'words']

/** A table whose last column is `y`, of this kind; mostly of columns that a model can learn from. */
export function drawTable(random: Random, target: string): Drawn {
  const rows = random.chance(0.1) ? random.int(1, 4) : random.int(5, 40)
  const chosen = new Set(random.list(random.int(1, 5), () => random.pick(names)))
  const kindOf = () => (random.chance(0.85) ? random.pick(plain) : random.pick(Object.keys(kinds)))
  const columns = Array.from(chosen, () => column(random, kindOf(), rows))
  const y = column(random, target, rows).map((cell) => (random.chance(0.98) ? (cell ?? '1') : null))
  return { names: [...chosen, 'y'], columns: [...columns, y], rows }
}

/** The same in other rows, some of them with what the first ones did not hold. */
export function drawRows(random: Random, { names, columns, rows }: Drawn): Drawn {
  const chosen = random.list(random.int(1, 8), () => random.int(0, rows - 1))
  const strange = () => random.pick([null, 'never seen', numberText(random)])
  const cell = (column: Text[], row: number) => (random.chance(0.05) ? strange() : (column[row] as Text))
  return { names, columns: columns.map((column) => chosen.map((row) => cell(column, row))), rows: chosen.length }
}

const missingTexts = ['', 'NA', 'N/A', 'NaN', 'null', '?', 'na']

/** A CSV file of it: any delimiter, line ends, quotes and blanks, with or without a byte order mark, plain or gzip. */
export function asCsv(random: Random, { names, columns, rows }: Drawn): Uint8Array {
  const delimiter = random.pick([',', ';', '\t'])
  const end = random.pick(['\n', '\r\n', '\r'])
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const blanks = () => (random.chance(0.1) ? random.pick([' ', '  ']) : '')
  const cell = (given: Text) => {
    const text = given ?? random.pick(missingTexts)
    const needs = /[",;\t|\n\r]/.test(text) || (columns.length === 1 && text === '')
    return `${blanks()}${needs || random.chance(0.1) ? quoted(text) : text}${blanks()}`
  }
  const lines = [names, ...Array.from({ length: rows }, (_, row) => columns.map((column) => column[row] as Text))]
  const text = lines.map((cells) => cells.map(cell).join(delimiter) + (random.chance(0.05) ? end : '')).join(end)
  const bytes = Buffer.from((random.chance(0.2) ? '\ufeff' : '') + text + random.pick(['', end, end + end]))
  return random.chance(0.2) ? gzipSync(bytes) : bytes
}

type CellsOf = (column: Text[], name: string) => ArrayLike<unknown>

/** The same as JavaScript has it: one column by name. */
export function asColumns({ names, columns }: Drawn, cellsOf: CellsOf) {
  return Object.fromEntries(names.map((name, j) => [name, cellsOf(columns[j] as Text[], name)]))
}

/** The same as objects, one a row. */
export function asObjects(drawn: Drawn, cellsOf: CellsOf): object[] {
  const columns = Object.entries(asColumns(drawn, cellsOf))
  return Array.from({ length: drawn.rows }, (_, row) =>
    Object.fromEntries(columns.map(([name, cells]) => [name, cells[row]])),
  )
}

/** Texts, blanks around some of them, and whatever means a missing value. */
export function texts(random: Random): CellsOf {
  return (column) =>
    column.map((cell) => {
      if (cell === null) return random.pick([...missingTexts, null, undefined])
      return random.chance(0.1) ? ` ${cell} ` : cell
    })
}

/**
 * Numbers and booleans in the columns that hold nothing else in the whole table, in typed arrays at times. Columns of
 * categories, such as those of a single value and missing cells, are known by their texts, also by those that training
 * never saw: they become numbers only where that says as much.
 */
export function values(random: Random, whole: Drawn, categories: readonly string[]): CellsOf {
  const columns = new Map(
    whole.names.map((name, j) => {
      const column = whole.columns[j] as Text[]
      const category = categories.includes(name) || differentNumbers(column) < 2
      return [name, { category, kind: kindOf(column, category) }]
    }),
  )
  return (column, name) => {
    const { kind, category } = columns.get(name) as { kind: string; category: boolean }
    if (kind === 'number' && column.every((cell) => isNumber(cell, category))) {
      if (random.chance(0.3)) return Float64Array.from(column, (cell) => (cell === null ? Number.NaN : Number(cell)))
      return column.map((cell) => (cell === null ? random.pick([null, undefined, Number.NaN]) : Number(cell)))
    }
    if (kind === 'boolean' && column.every(isBoolean))
      return column.map((cell) => (cell === null ? null : cell.toLowerCase() === 'true'))
    return texts(random)(column, name)
  }
}

const differentNumbers = (column: Text[]) => new Set(column.filter((cell) => cell !== null).map(Number)).size

function kindOf(column: Text[], category: boolean): 'number' | 'boolean' | 'text' {
  if (column.every((cell) => cell === null)) return 'text'
  if (column.every((cell) => isNumber(cell, category))) return 'number'
  return column.every(isBoolean) ? 'boolean' : 'text'
}

/** Whether a number keeps all that a cell says; `exactly`: gives its text again. */
function isNumber(cell: Text, exactly = false): boolean {
  if (cell === null) return true
  if (exactly) return String(Number(cell)) === cell && Number.isFinite(Number(cell))
  return /^[+-]?(0|[1-9]\d{0,14})(\.\d+)?(e[+-]?\d+)?$/i.test(cell) && Number.isFinite(Number(cell))
}

const isBoolean = (cell: Text) => cell === null || /^(true|false)$/i.test(cell)

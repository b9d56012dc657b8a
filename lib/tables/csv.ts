import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TextDecoder } from 'node:util'
import { CsvError, parse } from 'csv-parse'
import { sum } from 'd3-array'
import { Refusal } from '../errors/refusal.js'
import { MemoryGauge } from '../machine/devices.js'
import { type Dialect, dialectOf, grammar } from './dialect.js'
import type { Opened } from './source.js'

/** A CSV file as text: `columns[j][i]` is the cell of row i, and `lines[i]` the line in the file where that row begins. */
export interface Csv {
  /** Name of the file in messages. */
  file: string
  names: string[]
  columns: string[][]
  lines: number[]
  /** The line of the header. */
  headerLine: number
  /** Notes on what was left out. */
  notes: string[]
}

/** Characters that suffice to find the delimiter, even if the header is longer. */
const headSize = 65536
/** Most characters without a line end, and in a record. */
const maxInLine = 2 ** 26

/**
 * Reads a CSV file with a header row, plain or gzip (told by its first bytes), in UTF-8 with or without a byte order
 * mark, with any line ends, and with commas, semicolons, tabs or bars between the cells. Cells are trimmed, blank lines
 * are skipped, and so is a first column without a name, which is an index of the rows.
 *
 * @throws Refusal ERR_DATA, with the line, if it is not a table; ERR_MEMORY if it is too large. What the bytes throw.
 */
export async function readCsv({ name, bytes }: Pick<Opened, 'name' | 'bytes'>): Promise<Csv> {
  const { head, whole, rest } = await splitHead(readText(bytes, name))
  return withoutUnnamed(await collect(rest, dialectOf(head, whole), name))
}

/** The text of the file in pieces, every line end as '\n'. */
async function* readText(source: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes?: Uint8Array): string => {
    try {
      const text = decoder.decode(bytes, { stream: bytes !== undefined })
      if (!text.includes('\0')) return text
    } catch {}
    throw new Refusal('ERR_DATA', `${file} is not a text file in UTF-8, expected a CSV file`)
  }
  let held = ''
  let inLine = 0
  for await (const bytes of source) {
    const text = held + decode(bytes)
    held = text.endsWith('\r') ? '\r' : ''
    const piece = text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n')
    const end = piece.lastIndexOf('\n')
    inLine = end < 0 ? inLine + piece.length : piece.length - end
    if (inLine > maxInLine) throw tooLong(file)
    yield piece
  }
  yield (held + decode()).replace('\r', '\n')
}

const tooLong = (file: string, cause?: unknown) =>
  new Refusal('ERR_DATA', `${file} has a row of more than ${maxInLine} characters`, { cause })

async function splitHead(text: AsyncGenerator<string>) {
  let head = ''
  let whole = false
  while (head.length < headSize && !whole) {
    const next = await text.next()
    if (next.done) whole = true
    else head += next.value
  }
  async function* rest(): AsyncGenerator<string> {
    if (head !== '') yield head
    yield* text
  }
  return { head, whole, rest: rest() }
}

async function collect(text: AsyncIterable<string>, { delimiter, firstLine }: Dialect, file: string): Promise<Csv> {
  const csv: Csv = { file, names: [], columns: [], lines: [], headerLine: 0, notes: [] }
  const gauge = new MemoryGauge(`${file} is read whole, and`)
  let last = 0
  const add = (record: string[], { lines }: { lines: number }): null => {
    last = lines
    // strings of one byte per character, their headers, and the pointers to them in growing arrays
    gauge.add(sum(record, ({ length }) => 48 + length))
    addRecord(csv, record, lines - newlines(record))
    return null
  }
  const options = { ...grammar, delimiter, from_line: firstLine, max_record_size: maxInLine, on_record: add }
  try {
    await pipeline(Readable.from(text, { objectMode: false, encoding: 'utf8' }), parse(options).resume())
  } catch (cause) {
    throw cause instanceof CsvError ? csvError(file, last, cause) : cause
  }
  if (csv.lines.length > 0) return csv
  const found = csv.names.length === 0 ? 'is empty, expected a header row' : 'has a header, but no rows'
  throw new Refusal('ERR_DATA', `${file} ${found}`)
}

/**
 * Drops unnamed columns: the index of the rows, as pandas writes it, and columns after a delimiter that ends each line.
 */
function withoutUnnamed(csv: Csv): Csv {
  const left = csv.names.map((name, j) => name !== '' || (j > 0 && csv.columns[j].some((cell) => cell !== '')))
  const unnamed = csv.names.findIndex((name, j) => name === '' && left[j])
  if (unnamed >= 0) throw new Refusal('ERR_DATA', `${headerOf(csv)} has no name for column ${unnamed + 1}`)
  return {
    ...csv,
    names: csv.names.filter((_, j) => left[j]),
    columns: csv.columns.filter((_, j) => left[j]),
    notes: left[0] ? [] : ['the first column has no name and is left out as an index of the rows'],
  }
}

const headerOf = ({ headerLine, file }: Csv): string => `the header on line ${headerLine} of ${file}`

function addRecord(csv: Csv, record: string[], line: number): void {
  if (csv.names.length === 0) {
    csv.names = record.map((name) => name.trim())
    csv.headerLine = line
    csv.columns = record.map(() => [])
    refuseRepeated(csv)
    return
  }
  if (record.length !== csv.names.length) {
    const found = `line ${line} of ${csv.file} has ${record.length} cells`
    throw new Refusal('ERR_DATA', `${found}, the header has ${csv.names.length}`)
  }
  for (let j = 0; j < record.length; j++) csv.columns[j].push(record[j])
  csv.lines.push(line)
}

/** Line ends inside quoted cells. */
function newlines(record: string[]): number {
  return sum(record, (cell) => (cell.includes('\n') ? cell.split('\n').length - 1 : 0))
}

function refuseRepeated(csv: Csv): void {
  const seen = new Map<string, number>()
  for (const [j, name] of csv.names.entries()) {
    const before = name === '' ? undefined : seen.get(name)
    if (before !== undefined) {
      throw new Refusal('ERR_DATA', `${headerOf(csv)} calls columns ${before + 1} and ${j + 1} both "${name}"`)
    }
    seen.set(name, j)
  }
}

const quoteReasons: Record<string, string> = {
  CSV_INVALID_CLOSING_QUOTE: 'has text after a closing quote',
  INVALID_OPENING_QUOTE: 'has a quote inside a cell that is not quoted',
}

/** `last` is the line on which the last whole row ended. */
function csvError(file: string, last: number, cause: CsvError): Refusal {
  const { code, lines, message } = cause as CsvError & { lines?: number }
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLong(file, cause)
  const found =
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? `${file} opens a quote after line ${last} and never closes it`
      : `line ${lines} of ${file} ${quoteReasons[code] ?? `is not CSV (${message})`}`
  return new Refusal('ERR_DATA', found, { cause })
}

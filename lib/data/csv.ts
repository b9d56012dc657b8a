import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { PsilonError } from '../errors.js'
import { fileError, fileName } from '../io/file-error.js'

/** A CSV file as text: `columns[j][i]` is the cell of row i, and `lines[i]` the line in the file where that row begins. */
export interface Csv {
  names: string[]
  columns: string[][]
  lines: number[]
}

const delimiters = [',', ';', '\t']
/** Text that is enough to tell the delimiter, even where the header is longer. */
const headSize = 65536

/**
 * Reads a CSV file with a header row, plain or gzip (told by its first bytes), in UTF-8 with or without a byte order
 * mark, with any line ends, and with commas, semicolons or tabs between the cells. Cells lose the blanks around them,
 * blank lines are skipped.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_DATA where it is not a table; the line is named.
 */
export async function readCsv(path: string, operation: string): Promise<Csv> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (cause) {
    throw fileError(operation, 'read', path, cause)
  }
  try {
    const text = readText(file, path, operation)
    const { head, rest } = await splitHead(text)
    return await collect(rest, delimiterOf(head), path, operation)
  } catch (cause) {
    throw fileError(operation, 'read', path, cause)
  } finally {
    await file.close()
  }
}

async function* readBytes(file: FileHandle, path: string, operation: string): AsyncGenerator<Uint8Array> {
  const { bytesRead, buffer: magic } = await file.read(new Uint8Array(2), 0, 2, 0)
  const source = file.createReadStream({ start: 0, autoClose: false })
  if (bytesRead < 2 || magic[0] !== 0x1f || magic[1] !== 0x8b) {
    if (path.endsWith('.gz')) {
      source.destroy()
      throw new PsilonError('ERR_FILE', `[${operation}] ${fileName(path)} is named .gz, but it is not a gzip file`)
    }
    yield* source
    return
  }
  const gunzip = createGunzip()
  const done = pipeline(source, gunzip)
  done.catch(() => {})
  try {
    yield* gunzip
    await done
  } catch (cause) {
    const reason = (cause as Error).message
    throw new PsilonError('ERR_FILE', `[${operation}] ${fileName(path)} is not a whole gzip file: ${reason}`, { cause })
  }
}

/** The text of the file in pieces, every line end as '\n'. */
async function* readText(file: FileHandle, path: string, operation: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes?: Uint8Array): string => {
    try {
      const text = decoder.decode(bytes, { stream: bytes !== undefined })
      if (!text.includes('\0')) return text
    } catch {}
    throw new PsilonError(
      'ERR_DATA',
      `[${operation}] ${fileName(path)} is not a text file in UTF-8, expected a CSV file`,
    )
  }
  let held = ''
  for await (const bytes of readBytes(file, path, operation)) {
    const text = held + decode(bytes)
    held = text.endsWith('\r') ? '\r' : ''
    yield text.slice(0, text.length - held.length).replace(/\r\n?/g, '\n')
  }
  yield (held + decode()).replace('\r', '\n')
}

async function splitHead(text: AsyncGenerator<string>): Promise<{ head: string; rest: AsyncGenerator<string> }> {
  let head = ''
  while (head.length < headSize && !head.trimStart().includes('\n')) {
    const next = await text.next()
    if (next.done) break
    head += next.value
  }
  async function* rest(): AsyncGenerator<string> {
    if (head !== '') yield head
    yield* text
  }
  return { head, rest: rest() }
}

/** The delimiter that stands most often in the header, quoted names left out. */
function delimiterOf(head: string): string {
  const header = head
    .replace(/^\s*\n/, '')
    .split('\n', 1)[0]
    .replace(/"[^"]*"/g, '')
  const counts = delimiters.map((delimiter) => header.split(delimiter).length - 1)
  return delimiters[counts.indexOf(Math.max(...counts))]
}

async function collect(text: AsyncIterable<string>, delimiter: string, path: string, operation: string): Promise<Csv> {
  const file = fileName(path)
  const csv: Csv = { names: [], columns: [], lines: [] }
  let last = 0
  const add = (record: string[], { lines }: { lines: number }): null => {
    last = lines
    addRecord(csv, record, lines - newlines(record), file, operation)
    return null
  }
  const parser = parse({
    delimiter,
    on_record: add,
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  })
  try {
    await pipeline(Readable.from(text, { objectMode: false, encoding: 'utf8' }), parser.resume())
  } catch (cause) {
    throw cause instanceof CsvError ? csvError(operation, file, last, cause) : cause
  }
  if (csv.lines.length > 0) return csv
  const found = csv.names.length === 0 ? 'is empty, expected a header row' : 'has a header, but no rows'
  throw new PsilonError('ERR_DATA', `[${operation}] ${file} ${found}`)
}

function addRecord(csv: Csv, record: string[], line: number, file: string, operation: string): void {
  if (csv.names.length === 0) {
    csv.names = checkHeader(record, line, file, operation)
    csv.columns = record.map(() => [])
    return
  }
  if (record.length !== csv.names.length) {
    const found = `line ${line} of ${file} has ${record.length} cells`
    throw new PsilonError('ERR_DATA', `[${operation}] ${found}, the header has ${csv.names.length}`)
  }
  record.forEach((cell, j) => {
    csv.columns[j].push(cell)
  })
  csv.lines.push(line)
}

/** Line ends inside quoted cells. */
function newlines(record: string[]): number {
  let count = 0
  for (const cell of record) if (cell.includes('\n')) count += cell.split('\n').length - 1
  return count
}

function checkHeader(names: string[], line: number, file: string, operation: string): string[] {
  const seen = new Map<string, number>()
  names.forEach((name, j) => {
    const where = `[${operation}] the header on line ${line} of ${file}`
    if (name === '') throw new PsilonError('ERR_DATA', `${where} has no name for column ${j + 1}`)
    const before = seen.get(name)
    if (before !== undefined) {
      throw new PsilonError('ERR_DATA', `${where} calls columns ${before + 1} and ${j + 1} both "${name}"`)
    }
    seen.set(name, j)
  })
  return names
}

const quoteReasons: Record<string, string> = {
  CSV_INVALID_CLOSING_QUOTE: 'has text behind a closing quote',
  INVALID_OPENING_QUOTE: 'has a quote inside a cell that is not quoted',
}

/** `last` is the line on which the last whole row ended. */
function csvError(operation: string, file: string, last: number, cause: CsvError): PsilonError {
  const { code, lines } = cause as CsvError & { code: string; lines?: number }
  const reason = quoteReasons[code] ?? `is not CSV (${cause.message})`
  const open = code === 'CSV_QUOTE_NOT_CLOSED'
  const what = open
    ? `${file} opens a quote behind line ${last} and never closes it`
    : `line ${lines} of ${file} ${reason}`
  return new PsilonError('ERR_DATA', `[${operation}] ${what}`, { cause })
}

import { Refusal } from '../errors/refusal.js'
import { fileError } from '../io/file-error.js'
import { readCsv } from './csv.js'
import { Input } from './gunzip.js'
import { bytesInMemory, openForParquet } from './parquet/bytes.js'
import { readParquet } from './parquet/parquet.js'
import { type Opened, openSource, type Source, sourceName } from './source.js'

/** What a file holds: `columns[j][i]` is the cell of row i. */
export interface FileTable {
  names: readonly string[]
  columns: readonly (readonly unknown[])[]
  rows: number
  /** Notes on what was left out. */
  notes: readonly string[]
  /** Where a row came from. */
  where(row: number): string
}

/** The first bytes of a Parquet file: PAR1. */
const parquetMark = [0x50, 0x41, 0x52, 0x31]

/**
 * Reads a CSV or Parquet file, which its first bytes tell apart.
 *
 * @throws Refusal ERR_FILE if it cannot be read, ERR_DATA if it is not a table, ERR_MEMORY if it is too large.
 */
export async function readFile(source: Source): Promise<FileTable> {
  try {
    const opened = await openSource(source)
    const input = new Input(opened.bytes)
    if (await input.beginsWith(...parquetMark)) return await parquetTable(opened, input)
    if (/\.parquet$/i.test(opened.name)) {
      await opened.bytes.return(undefined)
      throw new Refusal('ERR_FILE', `${opened.name} is named .parquet, but it is not a Parquet file`)
    }
    return await csvTable(opened.name, input.rest())
  } catch (cause) {
    throw fileError('read', sourceName(source), cause)
  }
}

async function csvTable(file: string, bytes: AsyncGenerator<Uint8Array>): Promise<FileTable> {
  const { names, columns, lines, notes } = await readCsv({ name: file, bytes })
  return { names, columns, notes, rows: lines.length, where: (row) => `line ${lines[row]} of ${file}` }
}

/** A regular file is read piece by piece, anything else as a whole. */
async function parquetTable({ name, bytes, path }: Opened, input: Input): Promise<FileTable> {
  if (path === undefined || /\.gz$/i.test(name)) return await readParquet(name, await bytesInMemory(name, input.rest()))
  await bytes.return(undefined)
  const file = await openForParquet(path)
  try {
    return await readParquet(name, file)
  } finally {
    await file.close()
  }
}

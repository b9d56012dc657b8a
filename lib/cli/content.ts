import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** What a file holds, by its first bytes: a model, or what is no table, with what can be done about it. */
export interface Content {
  model: boolean
  other: { kind: string; advice: string } | null
}

const csv = 'save the table as CSV'
const sheet = 'save the sheet as CSV'
const unpack = 'unpack it; only gzip is read as it is'

const signatures: [begin: string, kind: string, advice: string][] = [
  ['PAR1', 'a Parquet file', csv],
  ['ARROW1', 'an Arrow file', csv],
  ['FEA1', 'a Feather file', csv],
  ['\x89HDF', 'an HDF5 file', csv],
  ['\x93NUMPY', 'a NumPy file', csv],
  ['SQLite format 3\0', 'an SQLite database', csv],
  ['\xd0\xcf\x11\xe0', 'an Excel workbook', sheet],
  ['%PDF-', 'a PDF document', csv],
  ['Obj\x01', 'an Avro file', csv],
  ['{"', 'a JSON text', csv],
  ['[{', 'a JSON text', csv],
  ['[[', 'a JSON text', csv],
  ['BZh', 'a file compressed by bzip2', unpack],
  ['\xfd7zXZ\0', 'a file compressed by xz', unpack],
  ['\x28\xb5\x2f\xfd', 'a file compressed by zstd', unpack],
]

/** UTF-16, and gzip. */
const tables = ['\xff\xfe', '\xfe\xff', '\x1f\x8b']

/** Null for what is not a regular file, or cannot be read: whoever reads it says so. */
export async function contentOf(path: string): Promise<Content | null> {
  const start = await startOf(path)
  if (start === null) return null
  const model = isModel(start)
  return { model, other: model ? null : otherThanTable(start.toString('latin1')) }
}

async function startOf(path: string): Promise<Buffer | null> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await file.stat()).isFile()) return null
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return buffer.subarray(0, bytesRead)
  } catch {
    return null
  } finally {
    await file?.close()
  }
}

/** Safetensors: the length of the header, which is an object, before it. */
const isModel = (start: Buffer): boolean =>
  start.length > 9 && start.readBigUInt64LE() < 2n ** 27n && start.subarray(8, 10).toString('latin1') === '{"'

function otherThanTable(start: string): Content['other'] {
  const found = signatures.find(([begin]) => start.startsWith(begin))
  if (found !== undefined) return { kind: found[1], advice: found[2] }
  if (start.startsWith('PK\x03\x04')) return zipped(start)
  const text = !start.includes('\0') || tables.some((begin) => start.startsWith(begin))
  return text ? null : { kind: 'no text', advice: csv }
}

/** Sheets are archives whose first entries have these names. */
function zipped(start: string): Content['other'] {
  const excel = start.includes('[Content_Types].xml') || start.includes('xl/')
  if (excel) return { kind: 'an Excel workbook', advice: sheet }
  const open = start.includes('opendocument.spreadsheet')
  return open ? { kind: 'an OpenDocument spreadsheet', advice: sheet } : { kind: 'a zip archive', advice: unpack }
}

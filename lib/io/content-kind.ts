import { TextDecoder } from 'node:util'

/** What a binary file holds: something packed, a sheet of tables, or anything else. */
export interface BinaryKind {
  kind: string
  form: 'packed' | 'sheet' | 'other'
}

/** First bytes, one per character, of files that are neither models nor plain text. */
const signatures: [begin: string, kind: string, form?: BinaryKind['form']][] = [
  ['\x1f\x8b', 'a gzip file', 'packed'],
  ['BZh', 'a file compressed by bzip2', 'packed'],
  ['\xfd7zXZ\0', 'a file compressed by xz', 'packed'],
  ['\x28\xb5\x2f\xfd', 'a file compressed by zstd', 'packed'],
  ['\xd0\xcf\x11\xe0', 'an Excel workbook', 'sheet'],
  ['PAR1', 'a Parquet file'],
  ['ARROW1', 'an Arrow file'],
  ['FEA1', 'a Feather file'],
  ['Obj\x01', 'an Avro file'],
  ['SQLite format 3\0', 'an SQLite database'],
  ['%PDF-', 'a PDF document'],
  ['\x89HDF', 'an HDF5 file'],
  ['\x93NUMPY', 'a NumPy file'],
  ['GGUF', 'a GGUF file'],
  ...['\x02', '\x03', '\x04', '\x05'].map((version): [string, string] => [`\x80${version}`, 'a Python pickle']),
]

/** Kinds of archives by the name of an entry. */
const archives: [entry: string, kind: string][] = [
  ['[Content_Types].xml', 'an Excel workbook'],
  ['xl/', 'an Excel workbook'],
  ['opendocument.spreadsheet', 'an OpenDocument spreadsheet'],
]
const plainArchive: BinaryKind = { kind: 'a zip archive', form: 'packed' }

/** Kind of a binary file, by its first bytes; undefined if unknown. */
export function binaryKind(start: Buffer): BinaryKind | undefined {
  const bytes = start.toString('latin1')
  if (bytes.startsWith('PK\x03\x04')) {
    const sheet = archives.find(([entry]) => bytes.includes(entry))
    return sheet === undefined ? plainArchive : { kind: sheet[1], form: 'sheet' }
  }
  const [, kind, form = 'other'] = signatures.find(([begin]) => bytes.startsWith(begin)) ?? []
  return kind === undefined ? undefined : { kind, form }
}

/** Kind of a file that is not a model, text included; undefined if unknown. */
export function contentKind(start: Buffer): string | undefined {
  const binary = binaryKind(start)
  if (binary === plainArchive) return `${binary.kind}, as PyTorch and Keras write them`
  if (binary !== undefined) return binary.kind
  const text = new TextDecoder().decode(start)
  if (/[\p{Cc}\ufffd]/u.test(text.replace(/[\t\r\n]/g, '').replace(/\ufffd$/, ''))) return undefined
  return /^\s*[{[]/.test(text) ? 'a JSON text' : 'a text, such as a CSV file'
}

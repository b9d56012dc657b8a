import { TextDecoder } from 'node:util'

/** What a binary file holds: something packed, a sheet of tables, or anything else. */
export interface BinaryKind {
  kind: string
  form: 'packed' | 'sheet' | 'other'
}

const zip = 'PK\x03\x04'
export const onnxKind = 'an ONNX model'

/** First bytes, one per character, of files that are neither models nor plain text; for archives, also an entry. */
const signatures: [begin: string, kind: string, form?: BinaryKind['form'], entry?: string][] = [
  ['\x1f\x8b', 'a gzip file', 'packed'],
  ['BZh', 'a file compressed by bzip2', 'packed'],
  ['\xfd7zXZ\0', 'a file compressed by xz', 'packed'],
  ['\x28\xb5\x2f\xfd', 'a file compressed by zstd', 'packed'],
  ['\xd0\xcf\x11\xe0', 'an Excel workbook', 'sheet'],
  [zip, 'an Excel workbook', 'sheet', '[Content_Types].xml'],
  [zip, 'an Excel workbook', 'sheet', 'xl/'],
  [zip, 'an OpenDocument spreadsheet', 'sheet', 'opendocument.spreadsheet'],
  [zip, 'a zip archive', 'packed'],
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
  ...onnxBeginnings().map((begin): [string, string] => [begin, onnxKind]),
]

/** The version of the format, from 3 on, then the producer, the graph or the versions of the operators. */
function onnxBeginnings(): string[] {
  const versions = Array.from({ length: 29 }, (_, k) => String.fromCharCode(k + 3))
  return versions.flatMap((version) => ['\x12', '\x3a', '\x42'].map((next) => `\x08${version}${next}`))
}

/** Kind of a binary file, by its first bytes; undefined if unknown. */
export function binaryKind(start: Buffer): BinaryKind | undefined {
  const bytes = start.toString('latin1')
  const found = signatures.find(([begin, , , entry = '']) => bytes.startsWith(begin) && bytes.includes(entry))
  return found && { kind: found[1], form: found[2] ?? 'other' }
}

/** Kind of a file that is not a model, text included; undefined if unknown. */
export function contentKind(start: Buffer): string | undefined {
  const kind = binaryKind(start)?.kind
  if (kind !== undefined) return kind === 'a zip archive' ? `${kind}, as PyTorch and Keras write them` : kind
  const text = new TextDecoder().decode(start)
  if (/[\p{Cc}\ufffd]/u.test(text.replace(/[\t\r\n]/g, '').replace(/\ufffd$/, ''))) return undefined
  return /^\s*[{[]/.test(text) ? 'a JSON text' : 'a text, such as a CSV file'
}

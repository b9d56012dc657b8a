import { TextDecoder } from 'node:util'

/** First bytes by which other files are known. */
const signatures: [bytes: number[], kind: string][] = [
  [[0x1f, 0x8b], 'a gzip file'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive, as PyTorch and Keras write them'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file'],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], 'a NumPy file'],
  [[0x47, 0x47, 0x55, 0x46], 'a GGUF file'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file'],
  ...[2, 3, 4, 5].map((version): [number[], string] => [[0x80, version], 'a Python pickle']),
]

/** What a file that is no model file seems to be, from its first bytes; undefined where that cannot be said. */
export function contentKind(start: Buffer): string | undefined {
  const known = signatures.find(([bytes]) => bytes.every((byte, i) => start[i] === byte))
  if (known !== undefined) return known[1]
  const text = new TextDecoder().decode(start)
  if (/[\p{Cc}\ufffd]/u.test(text.replace(/[\t\r\n]/g, '').replace(/\ufffd$/, ''))) return undefined
  return /^\s*[{[]/.test(text) ? 'a JSON text' : 'a text, such as a CSV file'
}

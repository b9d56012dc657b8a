import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type BinaryKind, binaryKind } from '../../io/content-kind.js'

/** Content of a file, judged by its first bytes: a model, or something that is not a table, with advice. */
export interface Content {
  model: boolean
  other: { kind: string; advice: string } | null
}

const advices = {
  sheet: 'save the sheet as CSV',
  packed: 'unpack it; only gzip is read directly',
  other: 'save the table as CSV',
}

/** UTF-16 contains zeros but is text, which the reader of tables refuses itself. */
const wideTexts = ['\xff\xfe', '\xfe\xff']
const jsonTexts = ['{"', '[{', '[[']

/** Null if it is not a regular file or cannot be read: reading it later gives the error. */
export async function contentOf(path: string): Promise<Content | null> {
  const start = await startOf(path)
  if (start === null) return null
  const model = isModel(start)
  const found = model ? undefined : otherThanTable(start)
  return { model, other: found === undefined ? null : { kind: found.kind, advice: advices[found.form] } }
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

/** A safetensors file begins with the length of its header, an object. */
const isModel = (start: Buffer): boolean =>
  start.length > 9 && start.readBigUInt64LE() < 2n ** 27n && start.subarray(8, 10).toString('latin1') === '{"'

function otherThanTable(start: Buffer): BinaryKind | undefined {
  const binary = binaryKind(start)
  if (binary !== undefined) return binary.kind === 'a gzip file' ? undefined : binary
  const bytes = start.toString('latin1')
  if (jsonTexts.some((begin) => bytes.startsWith(begin))) return { kind: 'a JSON text', form: 'other' }
  const text = !bytes.includes('\0') || wideTexts.some((begin) => bytes.startsWith(begin))
  return text ? undefined : { kind: 'not text', form: 'other' }
}

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type BinaryKind, binaryKind } from '../../io/content-kind.js'

/** What a file holds, by its first bytes: a model, or what is no table, with what can be done about it. */
export interface Content {
  model: boolean
  other: { kind: string; advice: string } | null
}

const advices = {
  sheet: 'save the sheet as CSV',
  packed: 'unpack it; only gzip is read as it is',
  other: 'save the table as CSV',
}

/** What is read as text though it holds zeros: UTF-16, of which the reader tells. */
const wideTexts = ['\xff\xfe', '\xfe\xff']
const jsonTexts = ['{"', '[{', '[[']

/** Null for what is not a regular file, or cannot be read: whoever reads it says so. */
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

/** Safetensors: the length of the header, which is an object, before it. */
const isModel = (start: Buffer): boolean =>
  start.length > 9 && start.readBigUInt64LE() < 2n ** 27n && start.subarray(8, 10).toString('latin1') === '{"'

function otherThanTable(start: Buffer): BinaryKind | undefined {
  const binary = binaryKind(start)
  if (binary !== undefined) return binary.kind === 'a gzip file' ? undefined : binary
  const bytes = start.toString('latin1')
  if (jsonTexts.some((begin) => bytes.startsWith(begin))) return { kind: 'a JSON text', form: 'other' }
  const text = !bytes.includes('\0') || wideTexts.some((begin) => bytes.startsWith(begin))
  return text ? undefined : { kind: 'no text', form: 'other' }
}

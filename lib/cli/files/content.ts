import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Command } from 'commander'
import { Refusal } from '../../errors/refusal.js'
import { type BinaryKind, binaryKind } from '../../io/content-kind.js'
import { fileName } from '../../io/file-error.js'

const advices = {
  sheet: 'save the sheet as CSV',
  packed: 'unpack it; only gzip is read directly',
  other: 'save the table as CSV',
}

/**
 * Checks the content of a command's input files before it reads them: refuses a model in the place of a table, and a
 * table in the place of a model.
 *
 * @throws Refusal ERR_OPTION for arguments in the wrong order, ERR_DATA for a file that is not a table.
 */
export async function checkContents(command: Command): Promise<void> {
  const given = new Map(command.registeredArguments.map((argument, k) => [argument.name(), command.args[k]]))
  const model = given.get('model')
  for (const table of [given.get('file'), command.opts().table]) {
    if (table === undefined || table === '-') continue
    if (model !== undefined && (await contentOf(table)) === 'model') await refuseSwapped(command, model, table)
    await checkTable(table)
  }
}

/** @throws Refusal ERR_DATA for a file that is not a table. */
export async function checkTable(path: string): Promise<void> {
  const content = await contentOf(path)
  if (content === null || content === 'table') return
  const [kind, advice] =
    content === 'model'
      ? ['a model file', 'give the table that the model should read']
      : [content.kind, advices[content.form]]
  throw new Refusal('ERR_DATA', `${fileName(path)} is ${kind}, expected a CSV or Parquet file; ${advice}`)
}

/** For a file in the place of the model that is not a model. */
async function refuseSwapped(command: Command, model: string, table: string): Promise<void> {
  const content = await contentOf(model)
  if (content === null || content === 'model') return
  const message = `${fileName(table)} is a model file and ${fileName(model)} is not, expected the model first`
  throw new Refusal('ERR_OPTION', `${message}: psilon ${command.name()} ${table} ${model}`)
}

/** A gzip file may hold a table. */
const tableKinds = ['a gzip file', 'a Parquet file']
/** UTF-16 contains zeros but is text, which the reader of tables refuses itself. */
const wideTexts = ['\xff\xfe', '\xfe\xff']
const jsonTexts = ['{"', '[{', '[[']

/**
 * What a file holds, judged by its first bytes. Null if it is not a regular file or cannot be read: reading it later gives
 * the error.
 */
async function contentOf(path: string): Promise<'model' | 'table' | BinaryKind | null> {
  const start = await startOf(path)
  if (start === null) return null
  if (isModel(start)) return 'model'
  const binary = binaryKind(start)
  if (binary !== undefined) return tableKinds.includes(binary.kind) ? 'table' : binary
  const bytes = start.toString('latin1')
  if (jsonTexts.some((begin) => bytes.startsWith(begin))) return { kind: 'a JSON text', form: 'other' }
  const text = !bytes.includes('\0') || wideTexts.some((begin) => bytes.startsWith(begin))
  return text ? 'table' : { kind: 'not text', form: 'other' }
}

/** A safetensors file begins with the length of its header, an object. */
const isModel = (start: Buffer): boolean =>
  start.length > 9 && start.readBigUInt64LE() < 2n ** 27n && start.subarray(8, 10).toString('latin1') === '{"'

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

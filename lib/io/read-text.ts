import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { Refusal } from '../errors/refusal.js'
import { fileError } from './file-error.js'
import { odd } from './json-reader.js'

/** Bytes of the largest sensible JSON file of psilon: the record of some 400,000 epochs. */
const maxBytes = 2 ** 26

/**
 * The text of an untrusted regular file in UTF-8; null if there is none.
 *
 * @throws Refusal ERR_FILE if it cannot be read, ERR_MODEL_FILE if it is too long or not text.
 */
export async function readText(path: string): Promise<string | null> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile()) throw new Refusal('ERR_FILE', `cannot read ${path}: it is not a regular file`)
    if (stat.size > maxBytes) odd(`${path} has ${stat.size} bytes, expected at most ${maxBytes}`)
    const bytes = await file.readFile()
    return isUtf8(bytes) ? new TextDecoder().decode(bytes) : odd(`${path} is not a text in UTF-8`)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fileError('read', path, cause)
  } finally {
    await file?.close()
  }
}

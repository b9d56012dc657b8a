import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { PsilonError } from '../errors.js'
import { fileError } from './file-error.js'

/** The most that a file of JSON which psilon wrote can sensibly have: the record of some 400,000 epochs. */
const mostBytes = 2 ** 26

/**
 * The text of a regular file in UTF-8, which may be hostile; null where there is none.
 *
 * @throws PsilonError ERR_FILE where it cannot be read, ERR_MODEL_FILE where it is too long or no text.
 */
export async function readText(operation: string, path: string): Promise<string | null> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (!stat.isFile()) {
      throw new PsilonError('ERR_FILE', `[${operation}] cannot read ${path}: it is not a regular file`)
    }
    if (stat.size > mostBytes) throw odd(operation, path, `has ${stat.size} bytes, expected at most ${mostBytes}`)
    return decode(await file.readFile(), () => odd(operation, path, 'is not a text in UTF-8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fileError(operation, 'read', path, cause)
  } finally {
    await file?.close()
  }
}

function decode(bytes: Buffer, refuse: () => PsilonError): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse()
  }
}

const odd = (operation: string, path: string, what: string) =>
  new PsilonError('ERR_MODEL_FILE', `[${operation}] ${path} ${what}`)

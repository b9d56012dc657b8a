import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from '../io/file-error.js'

/**
 * Finds out before the work begins that its file could not be written.
 *
 * @throws PsilonError ERR_FILE
 */
export async function checkFolder(path: string, operation: string): Promise<void> {
  const folder = dirname(path)
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    const there = await stat(path).catch(() => undefined)
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
  } catch (cause) {
    throw fileError(operation, 'write', path, cause)
  }
}

export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size
}

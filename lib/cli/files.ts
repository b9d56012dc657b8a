import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from '../io/file-error.js'
import { checkTargetFile } from '../io/target-file.js'

/**
 * Finds out before the work begins that its file could not be written.
 *
 * @throws PsilonError ERR_FILE
 */
export async function checkFolder(path: string, operation: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
    await checkTargetFile(operation, path)
  } catch (cause) {
    throw fileError(operation, 'write', path, cause)
  }
}

export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size
}

import { stat } from 'node:fs/promises'
import { PsilonError } from '../errors.js'

/**
 * Refuses a path, links followed, at which something other than a regular file is: renaming would replace a device, and
 * a pipe has no place for a file.
 *
 * @throws PsilonError ERR_FILE
 */
export async function checkTargetFile(operation: string, path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there === undefined || there.isFile()) return
  throw new PsilonError('ERR_FILE', `[${operation}] cannot write ${path}: it is not a regular file`)
}

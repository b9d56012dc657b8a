import writeFileAtomic from 'write-file-atomic'
import { fileError } from './file-error.js'
import { checkTargetFile } from './target-file.js'

/**
 * Writes a temporary file, syncs it and renames it to `path`.
 *
 * @throws PsilonError ERR_FILE
 */
export async function writeFile(operation: string, path: string, content: string | Buffer): Promise<void> {
  await checkTargetFile(operation, path)
  try {
    await writeFileAtomic(path, content)
  } catch (cause) {
    throw fileError(operation, 'write', path, cause)
  }
}

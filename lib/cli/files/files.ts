import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal, type Words, words } from '../../errors/refusal.js'
import { fileError } from '../../io/file-error.js'
import { checkTargetFile } from '../../io/write-file.js'

/**
 * Checks before the work begins that a file can be written.
 *
 * @throws Refusal ERR_FILE
 */
export async function checkFolder(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
    await checkTargetFile(path)
  } catch (cause) {
    throw fileError('write', path, cause)
  }
}

export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size
}

/**
 * Refuses to overwrite a file that is read, even under another name, such as that of a link.
 *
 * @param how what would write it: `--out x`.
 * @throws Refusal ERR_OPTION
 */
export async function refuseSame(
  how: Words,
  path: string,
  inputs: readonly (readonly [name: string, path: string])[],
): Promise<void> {
  const own = await identity(path)
  for (const [name, input] of inputs) {
    if (own === null || own !== (await identity(input))) continue
    throw new Refusal('ERR_OPTION', words`${how}, which is ${name}, expected another file`)
  }
}

export const isFile = async (path: string): Promise<boolean> => (await identity(path)) !== null

/** Identity of the file that a path leads to; null if there is none. */
async function identity(path: string): Promise<string | null> {
  const file = await stat(path, { bigint: true }).catch(() => null)
  return file === null ? null : `${file.dev} ${file.ino}`
}

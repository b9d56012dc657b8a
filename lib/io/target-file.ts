import { constants, type Stats } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal } from '../errors/refusal.js'

/** Where a file is to be written, and what is there. */
export interface TargetFile {
  /** The path with links followed. */
  target: string
  folder: string
  before: Stats | undefined
}

/**
 * Refuses a path where no file may be written, or that is not a regular file: renaming would replace a device or a pipe.
 *
 * @throws Refusal ERR_FILE; or the error of the system, which the caller words.
 */
export async function checkTargetFile(path: string): Promise<TargetFile> {
  const target = (await unlessMissing(realpath(path))) ?? path // a link that leads nowhere is itself replaced
  const before = await unlessMissing(stat(target))
  if (before !== undefined && !before.isFile()) {
    throw new Refusal('ERR_FILE', `cannot write ${path}: it is not a regular file`)
  }
  const folder = dirname(target)
  if (before !== undefined) await access(target, constants.W_OK)
  await access(folder, constants.W_OK | constants.X_OK)
  return { target, folder, before }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

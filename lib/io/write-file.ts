import { constants, type Stats } from 'node:fs'
import { access, type FileHandle, open, realpath, rename, rm, stat, writeFile as writeAll } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Refusal } from '../errors/refusal.js'
import { fileError } from './file-error.js'
import { removeAbandoned, removeTemporary, temporaryIn } from './temporary-file.js'

/** One piece, or several in order. */
export type Content = string | Uint8Array | Iterable<Uint8Array>

/**
 * Writes a file at `path`, links followed, in full or not at all: the content is written to a temporary file beside it,
 * synced and renamed. The file keeps the mode and, if allowed, the owner of the file that it replaces. Calls for one
 * path take turns.
 *
 * @throws Refusal ERR_FILE
 */
export async function writeFile(path: string, content: Content): Promise<void> {
  try {
    await inTurn(resolve(path), () => replaceFile(path, content))
  } catch (cause) {
    throw fileError('write', path, cause)
  }
}

/** Removes a file, if there is one. @throws Refusal ERR_FILE */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw fileError('remove', path, cause)
  }
}

async function replaceFile(path: string, content: Content): Promise<void> {
  const { target, folder, before } = await checkTargetFile(path)
  await removeAbandoned(folder)
  const temporary = temporaryIn(folder)
  try {
    await fill(await open(temporary, 'wx', before === undefined ? 0o666 : before.mode & 0o666), content, before)
    await rename(temporary, target)
  } finally {
    await removeTemporary(temporary)
  }
  await syncFolder(folder)
}

/**
 * Refuses a path where no file may be written, or that is not a regular file: renaming would replace a device or a pipe.
 *
 * @returns the path with links followed, its folder, and what is there.
 * @throws Refusal ERR_FILE; or the error of the system, which the caller words.
 */
export async function checkTargetFile(path: string) {
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

const unlessMissing = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw cause
  })

/** Writes and syncs everything. Closes the file. */
async function fill(file: FileHandle, content: Content, before: Stats | undefined): Promise<void> {
  try {
    await writeAll(file, content)
    if (before !== undefined) await copyOwner(file, before)
    await file.sync()
  } finally {
    await file.close()
  }
}

const notAllowed = ['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP']

async function copyOwner(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const tolerate = (cause: NodeJS.ErrnoException) => {
    if (!notAllowed.includes(cause.code ?? '')) throw cause
  }
  const own = await file.stat()
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid).catch(tolerate)
  await file.chmod(mode & 0o7777).catch(tolerate)
}

/** Makes the new name survive a loss of power. Some systems cannot sync, or open, a folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined)
  try {
    await folder?.sync()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EIO') throw cause
  } finally {
    await folder?.close()
  }
}

const turns = new Map<string, Promise<void>>()

async function inTurn(path: string, work: () => Promise<void>): Promise<void> {
  const turn = (turns.get(path) ?? Promise.resolve()).then(work)
  const settled = turn.catch(() => {})
  turns.set(path, settled)
  try {
    await turn
  } finally {
    if (turns.get(path) === settled) turns.delete(path)
  }
}

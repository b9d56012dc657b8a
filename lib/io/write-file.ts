import type { Stats } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileError } from './file-error.js'
import { checkTargetFile } from './target-file.js'
import { createTemporary, forget, removeAbandoned, removeTemporary } from './temporary-file.js'

/** One piece, or several in order. */
export type Content = string | Uint8Array | Iterable<Uint8Array>

/** Bytes per write: systems accept less than 2 GiB. */
const step = 2 ** 28

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

async function replaceFile(path: string, content: Content): Promise<void> {
  const { target, folder, before } = await checkTargetFile(path)
  await removeAbandoned(folder)
  const { file, path: temporary } = await createTemporary(folder, before === undefined ? 0o666 : before.mode & 0o666)
  try {
    await fill(file, content, before)
    await rename(temporary, target)
    forget(temporary)
  } catch (cause) {
    await removeTemporary(temporary)
    throw cause
  }
  await syncFolder(folder)
}

/** Writes and syncs everything. Closes the file. */
async function fill(file: FileHandle, content: Content, before: Stats | undefined): Promise<void> {
  try {
    for (const piece of piecesOf(content)) await writeAll(file, piece)
    if (before !== undefined) await copyOwner(file, before)
    await file.sync()
  } finally {
    await file.close()
  }
}

function piecesOf(content: Content): Iterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)]
  return ArrayBuffer.isView(content) ? [content] : content
}

/** A system may write less than it is given, for instance when the disk becomes full; the rest is then written again. */
export async function writeAll(file: Pick<FileHandle, 'write'>, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(step, bytes.length - done))
    if (bytesWritten === 0) throw new Error('nothing more can be written')
    done += bytesWritten
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

import { randomBytes } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { lstat, readdir, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fateOf, ownProcess, processName } from './process-name.js'

/**
 * Files that are being written under a temporary name, `.psilon-PROCESS-RANDOM.tmp`. The process removes its files; if it was
 * killed, the next one does when it first writes into the folder.
 */

const pattern = new RegExp(`^\\.psilon-(${processName})-[0-9a-f]{16}\\.tmp$`)

/** A file unchanged for so long is abandoned, even if its process cannot be seen from here. */
const quietMilliseconds = 60 * 60 * 1000
/** Files of this thread, which are removed when it ends. */
const own = new Set<string>()

function removeOwn(): void {
  for (const path of own) {
    try {
      unlinkSync(path)
    } catch {}
  }
}

/** A path for a new file in the folder. */
export function temporaryIn(folder: string): string {
  const path = join(folder, `.psilon-${ownProcess}-${randomBytes(8).toString('hex')}.tmp`)
  if (own.size === 0) process.on('exit', removeOwn)
  own.add(path)
  return path
}

/** Removes the file, unless it has been renamed. */
export async function removeTemporary(path: string): Promise<void> {
  await unlink(path).catch(() => {})
  own.delete(path)
  if (own.size === 0) process.off('exit', removeOwn)
}

/** Folders that have been searched: a search takes as long as the folder is large, and once is enough. */
const searched = new Map<string, Promise<void>>()

/** Removes files that ended processes of this host left in the folder; only the first call searches it. Never fails. */
export function removeAbandoned(folder: string): Promise<void> {
  const path = resolve(folder)
  const search = searched.get(path) ?? searchFor(path)
  searched.set(path, search)
  return search
}

async function searchFor(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, owner] = pattern.exec(name) ?? []
    const fate = owner === undefined ? 'may run' : fateOf(owner)
    if (fate === 'may run') continue
    const path = join(folder, name)
    const there = await lstat(path).catch(() => undefined)
    const isQuiet = there !== undefined && Date.now() - there.mtimeMs > quietMilliseconds
    if (there?.isFile() && (isQuiet || fate === 'ended')) await unlink(path).catch(() => {})
  }
}

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync, unlinkSync } from 'node:fs'
import { lstat, readdir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Files that are being written under a temporary name, `.psilon-HOST-SPACE-PID-STARTED-RANDOM.tmp`. SPACE identifies a
 * namespace of process IDs since one start of the system. STARTED is when the process began, in seconds. The process
 * removes its files; if it was killed, the next one does when it first writes into the folder.
 */

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)
const host = digest(hostname())
const started = Math.round(Date.now() / 1000 - process.uptime())
const unknown = '00000000'
const space = spaceOfProcesses()
const pattern = /^\.psilon-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{16}\.tmp$/

function spaceOfProcesses(): string {
  try {
    return digest(readlinkSync('/proc/self/ns/pid') + readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  } catch {
    return unknown
  }
}

/** A file unchanged for so long is abandoned, even if its process cannot be seen from here. */
const quietMilliseconds = 60 * 60 * 1000
/** Tolerance in the start time of a process, as its threads see it. */
const clockSeconds = 5

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
  const name = `.psilon-${host}-${space}-${process.pid}-${started}-${randomBytes(8).toString('hex')}.tmp`
  const path = join(folder, name)
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
    const [, itsHost, itsSpace, pid, itsStart] = pattern.exec(name) ?? []
    if (itsHost !== host) continue
    const isHere = itsSpace === space
    if (isHere && isRunning(Number(pid), Number(itsStart))) continue
    const path = join(folder, name)
    const there = await lstat(path).catch(() => undefined)
    const isQuiet = there !== undefined && Date.now() - there.mtimeMs > quietMilliseconds
    if (there?.isFile() && (isQuiet || (isHere && space !== unknown))) await unlink(path).catch(() => {})
  }
}

/** Whether that process may still run: its ID may belong to another one by now. */
function isRunning(pid: number, itsStart: number): boolean {
  if (pid === process.pid) return Math.abs(itsStart - started) <= clockSeconds
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

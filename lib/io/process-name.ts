import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * A process in the names of its temporary files, `HOST-SPACE-PID-STARTED`. SPACE identifies a namespace of process IDs since one
 * start of the system. STARTED is when the process began, in seconds.
 */

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)
const host = digest(hostname())
const started = Math.round(Date.now() / 1000 - process.uptime())
const unknown = '00000000'
const space = spaceOfProcesses()

function spaceOfProcesses(): string {
  try {
    return digest(readlinkSync('/proc/self/ns/pid') + readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  } catch {
    return unknown
  }
}

export const ownProcess = `${host}-${space}-${process.pid}-${started}`
/** Matches the name of any process. */
export const processName = '[0-9a-f]{8}-[0-9a-f]{8}-\\d+-\\d+'

/** Tolerance in the start time of a process, as its threads see it. */
const clockSeconds = 5

/** Whether a process may run, has certainly ended, or, on this host, cannot be seen from here. */
export function fateOf(name: string): 'may run' | 'ended' | 'unseen' {
  const [itsHost, itsSpace, pid, itsStart] = name.split('-')
  if (itsHost !== host) return 'may run'
  if (itsSpace !== space) return 'unseen'
  if (isRunning(Number(pid), Number(itsStart))) return 'may run'
  return space === unknown ? 'unseen' : 'ended'
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

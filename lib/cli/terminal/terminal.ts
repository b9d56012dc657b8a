import { isatty } from 'node:tty'

/**
 * Node.js aborts where it cannot reset a terminal when it ends: a process whose terminal was closed ends as such processes
 * do, by SIGHUP.
 */
export function watchTerminal(): void {
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', () => {
    if (terminals.every(isatty)) return
    process.removeAllListeners('SIGHUP')
    process.kill(process.pid, 'SIGHUP')
  })
}

import { isatty } from 'node:tty'

/** Node.js aborts at exit if it cannot reset the terminal: a process whose terminal was closed ends by SIGHUP instead. */
export function watchTerminal(): void {
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', () => {
    if (terminals.every(isatty)) return
    process.removeAllListeners('SIGHUP')
    process.kill(process.pid, 'SIGHUP')
  })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const program = join(dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')), 'bin', 'cmake-js')

/** A signal that ends this process ends what it started too: compilers and all. */
function endTogether(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const end = (signal) => {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
    process.exit(1)
  }
  for (const signal of signals) process.on(signal, end)
  child.once('exit', () => {
    for (const signal of signals) process.off(signal, end)
  })
}

/**
 * Runs one command of cmake-js in a folder; `tell` gets its lines.
 *
 * @param {string} root
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @param {(line: string) => void} tell
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function cmakeJs(root, args, env, tell) {
  const child = spawn(process.execPath, [program, ...args, '--directory', root], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32', // a group of its own
  })
  endTogether(child)
  let output = ''
  const read = async (stream) => {
    for await (const line of createInterface(stream)) {
      output += `${line}\n`
      tell(line)
    }
  }
  const ended = once(child, 'close')
  await Promise.all([read(child.stdout), read(child.stderr)])
  const [status] = await ended
  return { ok: status === 0, output }
}

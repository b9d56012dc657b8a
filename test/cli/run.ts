import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type ChildEnd, packageRoot } from '../support/child.js'

export interface CliOptions {
  cwd?: string
  env?: Record<string, string>
  /** Called with everything that has come on stderr so far, whenever more comes. */
  onProgress?: (stderr: string, child: ChildProcessWithoutNullStreams) => void
  /** What stands on its standard input, which is closed behind it. Default: nothing. */
  input?: string
  /** Closes the end of stdout that is read after the first piece. */
  closeEarly?: boolean
}

export const cli = join(packageRoot, 'dist', 'cli', 'main.js')

/** Runs `psilon` with these arguments in a process of its own, without a terminal, and waits for its end. */
export function psilon(args: readonly string[], options: CliOptions = {}): Promise<ChildEnd> {
  const { cwd = packageRoot, env = {}, input = '', onProgress, closeEarly = false } = options
  const { NODE_OPTIONS: _hooks, PSILON_DEBUG: _debug, ...plain } = process.env
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    env: { ...plain, ...env },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => {}).end(input)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (closeEarly) child.stdout.destroy()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    onProgress?.(stderr, child)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** The one JSON document on stdout of a call that ended well and wrote nothing else. */
export async function psilonJson(args: readonly string[], options: CliOptions = {}) {
  const { code, stdout, stderr } = await psilon([...args, '--json'], options)
  if (code !== 0 || stderr !== '') throw new Error(`exit code ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}

import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ChildEnd {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface ChildOptions {
  /** Where the code runs, and from where it imports. Default: the package's own folder. */
  cwd?: string
  env?: Record<string, string>
  /** Modules to import first. */
  imports?: string[]
  /** Options of Node.js. */
  flags?: string[]
  /** What runs Node.js, such as ['unshare', '-m']. */
  within?: string[]
  /** Sends this signal when the code first prints something. */
  signal?: NodeJS.Signals
}

export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Milliseconds after which a process is taken to hang, far more than any needs on a machine that does other work. */
export const hung = 600_000

/**
 * Runs the text of a module in a Node.js process of its own, without the hooks of the test runner, which come by
 * NODE_OPTIONS, and waits for its end.
 */
export function runModule(code: string, options: ChildOptions = {}): Promise<ChildEnd> {
  const { cwd = packageRoot, env = {}, imports = [], flags = [], within = [], signal } = options
  const given = [...flags, ...imports.map((file) => `--import=${file}`), '--input-type=module', '--eval', code]
  const [command, ...args] = ['env', '-u', 'NODE_OPTIONS', ...within, process.execPath, ...given]
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, timeout: hung, killSignal: 'SIGKILL' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout === '' && signal !== undefined) child.kill(signal)
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

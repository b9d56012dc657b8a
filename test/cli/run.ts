import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type ChildEnd, hung, packageRoot } from '../support/child.js'

export interface CliOptions {
  cwd?: string
  env?: Record<string, string>
  /** Presses Ctrl-C when the command first writes this to stderr. */
  interruptAt?: string
  /** What is sent in place of that. Default SIGINT. */
  signal?: NodeJS.Signals
  /** Runs this code within the command when it first writes `text` to stderr. */
  runAt?: { text: string; code: string }
  /** What stands on its standard input, which is closed behind it. Default: nothing. */
  input?: string
  /** Closes the end of stdout that is read after the first piece. */
  closeEarly?: boolean
}

export const cli = join(packageRoot, 'dist', 'cli', 'main.js')

/** Flags of `psilon train` for one small network. */
export const small = [
  ...['--preset', 'paper', '--hidden', '16', '--depth', '2'],
  ...['--batch-size', '20', '--learning-rate', '0.01', '--seed', '3'],
]

/** A module that runs code within the process, so that no work is done between the text and the code. */
function runningAt({ text, code }: { text: string; code: string }): string {
  const module = `
    const { stderr } = process
    const write = stderr.write
    stderr.write = (...args) => {
      const done = write.apply(stderr, args)
      if (String(args[0]).includes(${JSON.stringify(text)})) {
        stderr.write = write
        ${code}
      }
      return done
    }`
  return `data:text/javascript,${encodeURIComponent(module)}`
}

/** Runs `psilon` with these arguments in a process of its own, without a terminal, and waits for its end. */
export function psilon(args: readonly string[], options: CliOptions = {}): Promise<ChildEnd> {
  const { cwd = packageRoot, env = {}, input = '', interruptAt, signal = 'SIGINT', closeEarly = false } = options
  const interrupt = { text: interruptAt ?? '', code: `process.kill(process.pid, '${signal}')` }
  const { runAt = interruptAt === undefined ? undefined : interrupt } = options
  const imports = runAt === undefined ? [] : ['--import', runningAt(runAt)]
  const { NODE_OPTIONS: _hooks, PSILON_DEBUG: _debug, ...plain } = process.env
  const child = spawn(process.execPath, [...imports, cli, ...args], {
    cwd,
    env: { ...plain, ...env },
    timeout: hung,
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

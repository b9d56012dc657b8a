import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

interface Options {
  cwd: string
  env?: Record<string, string>
  /** Presses Ctrl-C when the command first writes this to stderr. */
  interruptAt?: string
}

export interface End {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Milliseconds after which a process is taken to hang, far more than any needs on a machine that does other work. */
const hung = 600_000

/** A module that sends the process SIGINT as soon as it writes this, so that no work is done in between. */
function interruptingAt(text: string): string {
  const module = `
    const { stderr } = process
    const write = stderr.write
    stderr.write = (...args) => {
      const done = write.apply(stderr, args)
      if (String(args[0]).includes(${JSON.stringify(text)})) {
        stderr.write = write
        process.kill(process.pid, 'SIGINT')
      }
      return done
    }`
  return `data:text/javascript,${encodeURIComponent(module)}`
}

/** Runs a built command in a process of its own, without a terminal and the hooks of the test runner. */
export function run(
  command: 'reproduce' | 'measure-accuracy' | 'measure-train' | 'check-bounds' | 'check-certificates',
  args: readonly string[],
  options: Options,
): Promise<End> {
  const { cwd, env = {}, interruptAt } = options
  const script = fileURLToPath(new URL(`../../dist/${command}.js`, import.meta.url))
  const imports = interruptAt === undefined ? [] : ['--import', interruptingAt(interruptAt)]
  const { NODE_OPTIONS: _hooks, ...plain } = process.env
  const child = spawn(process.execPath, [...imports, script, ...args], {
    ...{ cwd, env: { ...plain, ...env } },
    ...{ timeout: hung, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
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

export const reproduce = (args: readonly string[], options: Options): Promise<End> => run('reproduce', args, options)

/** The one JSON document on stdout of a call that ended well and wrote nothing else. */
export async function reproduceJson(args: readonly string[], options: Options) {
  const { code, stdout, stderr } = await reproduce([...args, '--json'], options)
  if (code !== 0 || stderr !== '') throw new Error(`exit code ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}

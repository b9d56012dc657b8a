/**
 * Runs test files, each in a process of its own; all there are, if none is named. Prints what failed, and at the end how
 * many checks there were.
 *
 * node test/run.mjs [--jobs 2] [--timeout SECONDS] [--env NAME=VALUE]... [FILE]...
 */

import { spawn } from 'node:child_process'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compile, compiledFile } from './support/compile.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folders = ['test', 'experiments/test']

/**
 * Runs one file, which reports its checks in the Test Anything Protocol.
 *
 * @param {string} file
 * @param {number} timeout seconds
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ end: string, output: string }>} end: empty for a process that says that it went well
 */
function run(file, timeout, env) {
  const child = spawn(process.execPath, ['--import=./test/addon/use.mjs', compiledFile(file)], {
    // no suite takes a GPU that is there; npm run gpu-check tests that
    env: { ...process.env, CUDA_VISIBLE_DEVICES: '', TAP_TIMEOUT: String(timeout), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 1000 * timeout,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ end: code === 0 ? '' : `exit code ${code ?? signal}`, output }))
  })
}

/** The checks that an output ends with, by their results: `{ total: 12, pass: 11, fail: 1 }`. */
function countsOf(output) {
  const [, list] = /^# \{ (total: .*) \}$/m.exec(output) ?? []
  if (list === undefined) return undefined
  return new Map(
    list.split(', ').map((entry) => /** @type {const} */ ([entry.split(': ')[0], Number(entry.split(': ')[1])])),
  )
}

/** The checks that failed, with what is told of them; of an output without any its last lines. */
function failuresIn(output) {
  const failures = output.match(/^ *not ok .*\n(?: +---\n(?:.*\n)*? +\.\.\.\n)?/gm)
  return failures?.join('') ?? output.split('\n').slice(-40).join('\n')
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2' },
    timeout: { type: 'string', default: '1800' },
    env: { type: 'string', multiple: true, default: [] },
  },
})
const env = Object.fromEntries(values.env.map((text) => text.split(/=(.*)/s, 2)))
const named = positionals.map((file) => relative(root, file))
process.chdir(root)
const sources = await compile(folders)

const files = (named.length > 0 ? named : sources.filter((file) => file.endsWith('.test.ts')).sort()).values()
const totals = new Map()
async function worker() {
  for (const file of files) {
    const { end, output } = await run(file, Number(values.timeout), env)
    const counts = countsOf(output)
    for (const [result, count] of counts ?? []) totals.set(result, (totals.get(result) ?? 0) + count)
    if (end === '' && counts !== undefined && !counts.has('fail')) continue
    process.exitCode = 1
    console.log(`not ok ${file}: ${end || 'its output is not whole'}\n${failuresIn(output)}`)
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, worker))
console.log(`# { ${[...totals].map(([result, count]) => `${result}: ${count}`).join(', ')} }`)

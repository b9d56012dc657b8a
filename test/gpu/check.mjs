/**
 * npm run gpu-check [-- FILE]: what can be proven on a GPU alone. Runs every step, whatever fails, and writes what they
 * found to FILE, by default gpu-check.json. A step for which something is missing is left out by name, and the result is
 * not complete. Exits with 1 if a step failed, with 2 without a GPU.
 */

import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { devices } from 'psilon'
import { reportOf } from './report.mjs'
import { runStep } from './run-step.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const file = process.argv[2] ?? 'gpu-check.json'
/** @typedef {import('./run-step.mjs').Step} Step */

/** @param {string[]} args @returns {Step} */
const node = (...args) => ({ command: [process.execPath, ...args], minutes: 30 })

const conformance = (dtype, precision = 'float32') =>
  node(
    ...['test/conformance/main.mjs', 'test/fixtures', '--device', 'cuda'],
    ...['--dtype', dtype, '--precision', precision],
  )

const failure = (name) => node('test/gpu/failures.mjs', name, 'build/psilon_gpu_faults.node')

/**
 * That of the CUDA toolkit where it is not on the PATH. It slows kernels down a hundredfold, so it gets the small shapes.
 *
 * @returns {Step}
 */
function sanitized(tool, program = ['build/psilon_gpu_kernels', '--quick']) {
  const installed = join(process.env.CUDA_HOME ?? '/usr/local/cuda', 'bin', 'compute-sanitizer')
  const sanitizer = existsSync(installed) ? installed : 'compute-sanitizer'
  const args = ['--tool', tool, '--target-processes', 'all', '--error-exitcode', '1', ...program]
  return { command: [sanitizer, ...args], minutes: 30, optional: true }
}

/** @type {Record<string, Step>} */
const steps = {
  doctor: node('dist/cli/main.js', 'doctor'),
  driver: {
    command: ['nvidia-smi', '--query-gpu=driver_version', '--format=csv,noheader'],
    ...{ minutes: 1, optional: true },
  },
  'programs are built': {
    command: ['cmake', '--build', 'build', '--parallel', '--target', 'psilon_gpu_programs'],
    minutes: 30,
  },
  'facts of the device': { command: ['build/psilon_gpu_facts'], minutes: 1 },
  'kernels agree with plain loops': { command: ['build/psilon_gpu_kernels'], minutes: 10 },
  'golden numbers, float64': conformance('float64'),
  'golden numbers, float32': conformance('float32'),
  'golden numbers, tf32': conformance('float32', 'tf32'),
  trajectories: node('test/gpu/trajectories.mjs'),
  'fits end as on the CPU': node('test/gpu/fits.mjs'),
  'a fit that needs more memory than is free': failure('too-large'),
  'memory that is taken after the check': failure('taken-after-the-check'),
  'a device that is lost': failure('lost'),
  memcheck: sanitized('memcheck'),
  racecheck: sanitized('racecheck'),
  synccheck: sanitized('synccheck'),
  initcheck: sanitized('initcheck'),
  'networks that train at once': node('test/gpu/fits-at-once.mjs'),
  'memcheck of networks that train at once': sanitized('memcheck', [process.execPath, 'test/gpu/fits-at-once.mjs']),
  'time of a step': node('test/gpu/steps.mjs'),
  'time of a step in PyTorch': node('test/gpu/torch.mjs'),
}

const gpu = devices().find(({ kind }) => kind === 'cuda')
if (gpu === undefined || !gpu.available) {
  console.error(`no GPU can be used: ${gpu?.reason ?? 'none is listed'}`)
  process.exit(2)
}
// ends the step under way too
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
console.log(gpu.description)
/** @type {Record<string, import('./run-step.mjs').StepResult>} */
const results = {}
let report
for (const [name, step] of Object.entries(steps)) {
  const result = await runStep(step, root)
  results[name] = result
  report = reportOf(Object.keys(steps), results)
  const end = result.leftOut !== null ? `left out: ${result.leftOut}` : (result.failure ?? '')
  const word = result.passed ? 'passed' : result.leftOut !== null ? '      ' : 'FAILED'
  console.log(`${word}  ${result.seconds.toFixed(1).padStart(6)} s  ${name}${end === '' ? '' : `: ${end}`}`)
  writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`)
}
process.exitCode = report?.passed ? 0 : 1

/**
 * npm run gpu-check [-- FILE]: what can be proven on a GPU alone. Runs everything, whatever fails, and writes what each
 * step printed to FILE, by default gpu-check.json. A step for which something is missing is left out and says what.
 * Exits with 1 if a step failed, with 2 without a GPU.
 */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { devices } from 'psilon'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const file = process.argv[2] ?? 'gpu-check.json'
/** @typedef {[program: string, ...args: string[]]} Command */

/** @returns {Command} */
const node = (...args) => [process.execPath, ...args]
const conformance = (dtype) => node('test/conformance/main.mjs', 'test/fixtures', '--device', 'cuda', '--dtype', dtype)

/**
 * A sanitizer slows kernels down a hundredfold, so it gets the small shapes.
 *
 * @type {Record<string, Command>}
 */
const steps = {
  doctor: node('dist/cli/main.js', 'doctor'),
  'kernel tests are built': ['cmake', '--build', 'build', '--parallel', '--target', 'psilon_gpu_kernels'],
  'kernels agree with plain loops': ['build/psilon_gpu_kernels'],
  'golden numbers, float64': conformance('float64'),
  'golden numbers, float32': conformance('float32'),
  'fits end as on the CPU': node('test/gpu/fits.mjs'),
  memcheck: ['compute-sanitizer', '--tool', 'memcheck', '--error-exitcode', '1', 'build/psilon_gpu_kernels', '--quick'],
  racecheck: [
    'compute-sanitizer',
    '--tool',
    'racecheck',
    '--error-exitcode',
    '1',
    'build/psilon_gpu_kernels',
    '--quick',
  ],
  'time of a step': node('test/gpu/steps.mjs'),
  'time of a step in PyTorch': node('test/gpu/torch.mjs'),
}

/** Exit status of a step for which something is missing. */
const leftOut = 77

/** @param {Command} command */
function runStep([program, ...args]) {
  const begin = performance.now()
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const output = (error === undefined ? stdout + stderr : String(error)).slice(-20_000)
  return {
    passed: status === 0 || status === leftOut,
    skipped: status === leftOut,
    seconds: (performance.now() - begin) / 1e3,
    output,
  }
}

const gpu = devices().find(({ kind }) => kind === 'cuda')
if (gpu === undefined || !gpu.available) {
  console.error(`no GPU can be used: ${gpu?.reason ?? 'none is listed'}`)
  process.exit(2)
}
console.log(gpu.description)
const results = { date: new Date().toISOString(), gpu: gpu.description, steps: {} }
for (const [name, command] of Object.entries(steps)) {
  const result = runStep(command)
  results.steps[name] = result
  console.log(
    `${result.skipped ? 'left out' : result.passed ? 'passed' : 'FAILED'}  ${result.seconds.toFixed(1).padStart(6)} s  ${name}`,
  )
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
}
process.exitCode = Object.values(results.steps).every(({ passed }) => passed) ? 0 : 1

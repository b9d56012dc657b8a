/**
 * npm run gpu-check [-- FILE]: what can be proven on a GPU alone. Runs everything, whatever fails, and writes what each
 * step printed to FILE, by default gpu-check.json. A step for which something is missing is left out and says what.
 * Exits with 1 if a step failed, with 2 without a GPU.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { devices } from 'psilon'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const file = process.argv[2] ?? 'gpu-check.json'
/** @typedef {[program: string, ...args: string[]]} Command */

/** @returns {Command} */
const node = (...args) => [process.execPath, ...args]
const conformance = (dtype, precision = 'float32') => {
  return node(
    ...['test/conformance/main.mjs', 'test/fixtures', '--device', 'cuda'],
    ...['--dtype', dtype, '--precision', precision],
  )
}

/**
 * That of the CUDA toolkit where it is not on the PATH. It slows kernels down a hundredfold, so it gets the small shapes.
 *
 * @returns {Command}
 */
function sanitized(tool) {
  const installed = join(process.env.CUDA_HOME ?? '/usr/local/cuda', 'bin', sanitizer)
  const program = existsSync(installed) ? installed : sanitizer
  return [program, '--tool', tool, '--error-exitcode', '1', 'build/psilon_gpu_kernels', '--quick']
}
const sanitizer = 'compute-sanitizer'

/** @type {Record<string, Command>} */
const steps = {
  doctor: node('dist/cli/main.js', 'doctor'),
  'kernel tests are built': ['cmake', '--build', 'build', '--parallel', '--target', 'psilon_gpu_kernels'],
  'kernels agree with plain loops': ['build/psilon_gpu_kernels'],
  'golden numbers, float64': conformance('float64'),
  'golden numbers, float32': conformance('float32'),
  'golden numbers, tf32': conformance('float32', 'tf32'),
  'fits end as on the CPU': node('test/gpu/fits.mjs'),
  memcheck: sanitized('memcheck'),
  racecheck: sanitized('racecheck'),
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
  const missing = program === sanitizer && /** @type {NodeJS.ErrnoException} */ (error)?.code === 'ENOENT'
  const skipped = missing || status === leftOut
  const output = missing
    ? `${sanitizer} is not installed`
    : (error === undefined ? stdout + stderr : String(error)).slice(-20_000)
  return {
    passed: status === 0 || skipped,
    skipped,
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

// Builds the native core with cmake-js, or says in one sentence what stands in the way.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cudaArchitectures, cudaLine, findNvcc } from './build-native/cuda.mjs'
import { progress } from './build-native/progress.mjs'
import { findTools, refusal } from './build-native/requirements.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const start = performance.now()
const seconds = () => Math.round((performance.now() - start) / 1000)

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** Runs one command of cmake-js, whose lines `tell` gets, and returns whether it succeeded and what it printed. */
async function cmakeJs(args, compiler, tell = (_line) => {}) {
  const program = join(dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')), 'bin', 'cmake-js')
  const child = spawn(process.execPath, [program, ...args, '--directory', root], {
    cwd: root,
    env: { ...process.env, CXX: compiler, CUDACXX: findNvcc() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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

function configure(compiler) {
  const options = {
    PSILON_STRICT: process.env.PSILON_STRICT || 'OFF',
    PSILON_SANITIZE: process.env.PSILON_SANITIZE || 'OFF',
    PSILON_CUDA_ARCHITECTURES: cudaArchitectures(),
  }
  const defined = Object.entries(options).map(([name, value]) => `--CD${name}=${value}`)
  return cmakeJs(['configure', '--config', 'Release', ...defined], compiler)
}

async function build(compiler) {
  let step = await configure(compiler)
  if (!step.ok && existsSync(join(root, 'build'))) {
    // left by another generator, or made where this folder stood before
    rmSync(join(root, 'build'), { recursive: true })
    step = await configure(compiler)
  }
  if (step.ok) {
    const { tell, end } = progress(seconds)
    const targets = ['psilon', ...(existsSync(join(root, 'build', 'psilon_test.node')) ? ['psilon_test_addon'] : [])]
    for (const target of targets)
      if (step.ok)
        step = await cmakeJs(['build', '--target', target, '--parallel', `${availableParallelism()}`], compiler, tell)
    end()
  }
  if (!step.ok) fail(`${step.output}\npsilon: the native core did not build; the compiler's output stands above.`)
}

const refused = refusal()
if (refused !== undefined) fail(refused)
const { compiler, missing } = findTools()
if (missing !== undefined) fail(missing)
if (cudaArchitectures() === undefined)
  fail(
    `psilon: PSILON_CUDA_ARCHITECTURES is "${process.env.PSILON_CUDA_ARCHITECTURES}"; expected ptx, all, or numbers such as 90 or 80,90`,
  )
await build(compiler)
if (!process.env.PSILON_SANITIZE)
  console.log(`psilon: ${cudaLine(readFileSync(join(root, 'build', 'CMakeCache.txt'), 'utf8'))}`)
console.log(`psilon: native core is built (${seconds()} s)`)

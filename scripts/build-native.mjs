// Builds the native core with cmake-js, or says in one sentence what stands in the way.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cmakeJs } from './build-native/cmake-js.mjs'
import { cudaArchitectures, cudaLine, findNvcc } from './build-native/cuda.mjs'
import { jobs } from './build-native/jobs.mjs'
import { progress } from './build-native/progress.mjs'
import { findTools, refusal } from './build-native/requirements.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(root, 'build', 'CMakeCache.txt')
const start = performance.now()
const seconds = () => Math.round((performance.now() - start) / 1000)

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** Makes CMake begin anew, which keeps what is built until something takes its place. */
function forgetConfiguration() {
  rmSync(cache, { force: true })
  rmSync(join(root, 'build', 'CMakeFiles'), { recursive: true, force: true })
}

async function configure(tools, options, tell) {
  const compilers = `${tools.CXX}, ${tools.CUDACXX ?? 'no CUDA'}`
  const defined = Object.entries({ ...options, PSILON_COMPILERS: compilers }).map(
    ([name, value]) => `--CD${name}=${value}`,
  )
  const run = () => cmakeJs(root, ['configure', '--config', 'Release', ...defined], tools, tell)
  // CMake keeps the compilers that it found first
  const others =
    existsSync(cache) && !readFileSync(cache, 'utf8').includes(`PSILON_COMPILERS:UNINITIALIZED=${compilers}\n`)
  if (others) forgetConfiguration()
  const step = await run()
  const elsewhere =
    /Does not match the generator used previously|is different than the directory|does not match the source/
  if (step.ok || !elsewhere.test(step.output)) return step
  // left by another generator, or made where this folder stood before
  forgetConfiguration()
  return run()
}

async function build(tools, options) {
  const { tell, end } = progress(seconds)
  const targets = ['psilon', ...(existsSync(join(root, 'build', 'psilon_test.node')) ? ['psilon_test_addon'] : [])]
  let step = await configure(tools, options, tell)
  for (const target of targets)
    if (step.ok) step = await cmakeJs(root, ['build', '--target', target, '--parallel', jobs], tools, tell)
  end()
  if (!step.ok) fail(`${step.output}\npsilon: the native core did not build; what was printed stands above.`)
}

const refused = refusal()
if (refused !== undefined) fail(refused)
const { compiler, missing } = findTools()
if (missing !== undefined) fail(missing)
const nvcc = findNvcc()
const architectures = cudaArchitectures(nvcc)
if (architectures.refusal !== undefined) fail(`psilon: ${architectures.refusal}`)
const options = {
  PSILON_STRICT: process.env.PSILON_STRICT || 'OFF',
  PSILON_SANITIZE: process.env.PSILON_SANITIZE || 'OFF',
  PSILON_CUDA_ARCHITECTURES: architectures.list,
}
await build({ CXX: compiler, CUDACXX: nvcc }, options)
if (!process.env.PSILON_SANITIZE) console.log(`psilon: ${cudaLine(readFileSync(cache, 'utf8'), root)}`)
console.log(`psilon: native core is built (${seconds()} s)`)

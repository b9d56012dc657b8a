// Builds the native core with cmake-js, or says in one sentence what stands in the way.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const minimumCmake = '3.19'
const cxx20 = '#include <concepts>\n#include <span>\nint main() { return std::integral<int> ? 0 : 1; }\n'

// Each package manager's commands and its names for cmake, the compiler and make.
const managers = [
  { tool: 'apt-get', commands: ['apt-get update', 'apt-get install -y'], names: ['cmake', 'g++', 'make'] },
  { tool: 'dnf', commands: ['dnf install -y'], names: ['cmake', 'gcc-c++', 'make'] },
  { tool: 'zypper', commands: ['zypper install -y'], names: ['cmake', 'gcc-c++', 'make'] },
  { tool: 'apk', commands: ['apk add'], names: ['cmake', 'g++', 'make'] },
  { tool: 'pacman', commands: ['pacman -S --noconfirm'], names: ['cmake', 'gcc', 'make'] },
]

const start = performance.now()
const seconds = () => Math.round((performance.now() - start) / 1000)

function fail(message) {
  console.error(message)
  process.exit(1)
}

function onPath(tool) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, tool)))
}

/** Why this platform cannot build psilon, or undefined. */
function refusal() {
  if (process.platform === 'win32') return 'psilon does not build on Windows yet: use Linux, macOS or WSL.'
  if (!['x64', 'arm64'].includes(process.arch)) return `psilon builds for x64 and arm64, not for ${process.arch}.`
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    return `psilon needs Node.js 20.19 or newer, and this is ${process.versions.node}: install a newer one.`
  }
  return undefined
}

/** The version of the cmake on the path, or undefined. */
function cmakeVersion() {
  const { stdout } = spawnSync('cmake', ['--version'], { encoding: 'utf8' })
  return /version (\d+\.\d+)/.exec(stdout ?? '')?.[1]
}

function isOlder(version, minimum) {
  return version.localeCompare(minimum, 'en', { numeric: true }) < 0
}

/** The first C++ compiler that understands C++20, or undefined. */
function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  return candidates.find((candidate) => {
    const [command, ...flags] = candidate.split(' ')
    const args = [...flags, '-std=c++20', '-x', 'c++', '-fsyntax-only', '-']
    return spawnSync(command, args, { input: cxx20 }).status === 0
  })
}

/** The CUDA compiler: that of the environment or the path, or of a toolkit at the place where it is usually installed. */
function findNvcc() {
  if (process.env.CUDACXX) return process.env.CUDACXX
  if (onPath('nvcc')) return 'nvcc'
  const folders = [process.env.CUDA_HOME, process.env.CUDA_PATH, '/usr/local/cuda'].filter((folder) => folder)
  return folders.map((folder) => join(/** @type {string} */ (folder), 'bin', 'nvcc')).find((file) => existsSync(file))
}

/** The words for cmake, the compiler and make, each null where the machine has what psilon needs. */
function findMissing(cmake, compiler) {
  const old = cmake === undefined ? '' : ` instead of ${cmake}`
  return [
    cmake === undefined || isOlder(cmake, minimumCmake) ? `cmake ${minimumCmake} or newer${old}` : null,
    compiler === undefined ? 'a C++20 compiler' : null,
    onPath('make') || onPath('ninja') ? null : 'make',
  ]
}

/** How to get what is missing on this system. */
function remedy(missing) {
  const [cmake, compiler, make] = missing
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  let commands
  if (process.platform === 'darwin') {
    commands = []
    if (compiler || make) commands.push('xcode-select --install')
    if (cmake) commands.push(onPath('port') && !onPath('brew') ? `${sudo}port install cmake` : 'brew install cmake')
  } else {
    const manager = managers.find(({ tool }) => onPath(tool))
    if (manager === undefined) return "install it with this system's package manager"
    const names = manager.names.filter((_, i) => missing[i] !== null)
    commands = manager.commands.map((command) => sudo + command)
    commands.push(`${commands.pop()} ${names.join(' ')}`)
  }
  return `run \`${commands.join(' && ')}\``
}

/**
 * What GPUs the build has code for, as CMakeLists.txt names it: what PSILON_CUDA_ARCHITECTURES says; else those that answer
 * here; where none does, PTX alone, which takes half the time.
 */
function cudaArchitectures() {
  if (process.env.PSILON_CUDA_ARCHITECTURES) return process.env.PSILON_CUDA_ARCHITECTURES
  const query = ['--query-gpu=compute_cap', '--format=csv,noheader']
  const { stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: 30_000 })
  const found = new Set((stdout ?? '').match(/^\d+\.\d+$/gm)?.map((capability) => capability.replace('.', '')))
  return found.size > 0 ? [...found].join(';') : 'ptx'
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

/** The share of the work that a line of ninja or make tells, such as "[3/31] Building ..." or "[ 12%] Building ...". */
function shareDone(line) {
  const [, done, all] = /^\[ *(\d+)(?:\/(\d+)|%)\]/.exec(line) ?? []
  return done === undefined ? undefined : Number(done) / Number(all ?? 100)
}

/** Says every ten seconds how far the build is. */
function progress() {
  let share = 0
  const timer = setInterval(() => {
    console.log(`psilon: building the native core, ${Math.floor(100 * share)} % done after ${seconds()} s`)
  }, 10_000)
  return {
    tell: (line) => {
      share = shareDone(line) ?? share
    },
    end: () => clearInterval(timer),
  }
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
    const { tell, end } = progress()
    const targets = ['psilon', ...(existsSync(join(root, 'build', 'psilon_test.node')) ? ['psilon_test_addon'] : [])]
    for (const target of targets)
      if (step.ok)
        step = await cmakeJs(['build', '--target', target, '--parallel', `${availableParallelism()}`], compiler, tell)
    end()
  }
  if (!step.ok) fail(`${step.output}\npsilon: the native core did not build; the compiler's output stands above.`)
}

/** What the build has for GPUs. */
function cudaLine() {
  const cache = readFileSync(join(root, 'build', 'CMakeCache.txt'), 'utf8')
  if (!cache.includes('PSILON_GPU:INTERNAL=psilon_cuda'))
    return 'no CUDA compiler, 13.0 or newer, was found: built without the CUDA backend'
  const [, code] = /^PSILON_CUDA_ARCHITECTURES:\w+=(.*)$/m.exec(cache) ?? []
  if (code !== 'ptx') return `built with the CUDA backend, with code for ${code === 'all' ? 'all GPUs' : `sm_${code}`}`
  const all = 'PSILON_CUDA_ARCHITECTURES=all npm run build:native'
  return `built with the CUDA backend as PTX, which the driver compiles at first use, as no GPU is here; \`${all}\` builds code for all GPUs`
}

const refused = refusal()
if (refused !== undefined) fail(refused)
const compiler = findCompiler()
const missing = findMissing(cmakeVersion(), compiler)
if (missing.some((words) => words !== null)) {
  const what = new Intl.ListFormat('en').format(missing.filter((words) => words !== null))
  fail(`psilon needs ${what} to build its core: ${remedy(missing)}, then install again.`)
}
await build(compiler)
if (!process.env.PSILON_SANITIZE) console.log(`psilon: ${cudaLine()}`)
console.log(`psilon: native core is built (${seconds()} s)`)

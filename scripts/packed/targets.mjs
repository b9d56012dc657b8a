// The cores that go into the packed file: what can be built here, and how.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import wrapper from 'node-addon-api'
import headers from 'node-api-headers'
import { target as targetHere } from '#psilon/core/packed-core.js'

/** What this machine is. */
export const host = targetHere()

// The triples of Debian's and Ubuntu's cross-compilers, and CMake's names of the processors.
const cross = {
  'linux-x64': { compiler: 'x86_64-linux-gnu-g++', processor: 'x86_64' },
  'linux-arm64': { compiler: 'aarch64-linux-gnu-g++', processor: 'aarch64' },
}

/** What can be in a packed file. */
export const known = ['linux-x64', 'linux-arm64', 'linux-x64-musl', 'linux-arm64-musl', 'darwin-x64', 'darwin-arm64']

/** What every packed file should hold, and this machine's own. */
export const targets = [...new Set([...Object.keys(cross), host])].sort()

function runs(command) {
  return spawnSync(command, ['--version']).status === 0
}

/** Why a target cannot be built here, or undefined. */
export function obstacle(target) {
  if (!runs('cmake')) return 'there is no cmake'
  if (target === host) return undefined
  const compiler = cross[target]?.compiler
  if (compiler === undefined) return `it is built on such a machine alone, and this is ${host}`
  return runs(compiler) ? undefined : `there is no ${compiler}`
}

/** What it prints is seen, as a build takes minutes. */
function cmake(args, root) {
  const { status, error } = spawnSync('cmake', args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`cmake ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}`)
}

/** Links the core for other machines from what is compiled in a folder of CMake, after compiling what is not. */
function link(root, folder, jobs) {
  cmake(['--build', folder, '--target', 'psilon_packed', '--parallel', String(jobs)], root)
  return join(folder, 'psilon_packed.node')
}

/** This machine's core, from the objects of `npm run build`; returns its file. @param {string} root @param {number} jobs */
export function linkCore(root, jobs) {
  return link(root, join(root, 'build'), jobs)
}

/**
 * Builds the core of a target in build/packed/<target>, where the objects stay for the next time; returns its file.
 * @param {string} root @param {string} target @param {{ cuda: boolean, jobs: number }} options
 */
export function buildCore(root, target, { cuda, jobs }) {
  const folder = join(root, 'build', 'packed', target)
  const { compiler, processor } = target === host ? {} : cross[target]
  const foreign = [
    '-DCMAKE_SYSTEM_NAME=Linux',
    `-DCMAKE_SYSTEM_PROCESSOR=${processor}`,
    `-DCMAKE_CXX_COMPILER=${compiler}`,
    '-DCMAKE_EXE_LINKER_FLAGS=-static', // the kernel tests then run under qemu without that system's libraries
  ]
  const generator = process.env.CMAKE_GENERATOR || !runs('ninja') ? [] : ['-G', 'Ninja']
  const options = [
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_JS_INC=${headers.include_dir};${resolve(wrapper.include_dir)}`,
    `-DPSILON_STRICT=${process.env.PSILON_STRICT || 'OFF'}`,
    `-DPSILON_CUDA=${cuda && target === host ? 'ON' : 'OFF'}`,
    '-DPSILON_CUDA_ARCHITECTURES=all',
  ]
  cmake(['-S', root, '-B', folder, ...generator, ...options, ...(compiler === undefined ? [] : foreign)], root)
  return link(root, folder, jobs)
}

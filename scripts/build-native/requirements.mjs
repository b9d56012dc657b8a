import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { onPath } from './on-path.mjs'

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

/** Why this platform cannot build psilon, or undefined. */
export function refusal() {
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

/** The first C++ compiler that understands C++20, or undefined: that of CXX, which may have flags, where it says one. */
function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  return candidates.find((candidate) => {
    const [command, ...flags] = existsSync(candidate) ? [candidate] : candidate.split(' ')
    const args = [...flags, '-std=c++20', '-x', 'c++', '-fsyntax-only', '-']
    return spawnSync(command, args, { input: cxx20 }).status === 0
  })
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

/** @returns {{ compiler: string | undefined, missing: string | undefined }} The compiler, and what stands in the way. */
export function findTools() {
  const compiler = findCompiler()
  const missing = findMissing(cmakeVersion(), compiler)
  const words = missing.filter((each) => each !== null)
  if (words.length === 0) return { compiler, missing: undefined }
  if (compiler === undefined && process.env.CXX)
    return {
      compiler,
      missing: `psilon needs a C++20 compiler, and CXX is "${process.env.CXX}": name another one, or none.`,
    }
  const what = new Intl.ListFormat('en').format(words)
  return { compiler, missing: `psilon needs ${what} to build its core: ${remedy(missing)}, then try again.` }
}

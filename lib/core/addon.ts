import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PsilonError } from '../errors/errors.js'
import { version } from '../version.js'
import { packedCore, packedTargets, target } from './packed-core.js'

interface Core {
  version: string
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const built = join(root, 'build', 'Release', 'psilon.node')
const require = createRequire(import.meta.url)

/** Explains the system's message, which names the file. */
function whyNotLoaded(file: string, error: Error): string {
  const message = error.message.replaceAll(file, 'psilon.node')
  if (/libstdc\+\+|libc\+\+|GLIBCXX|CXXABI/.test(message)) {
    const install = 'install libstdc++ (Debian, Ubuntu: apt-get install libstdc++6)'
    return `the C++ runtime it needs is missing or too old on this system (${message}); ${install}`
  }
  if (/GLIBC_|ld-linux|ld-musl|libc\.musl|libc\.so/.test(message)) {
    return `it needs a different or newer C library than this system has (${message})`
  }
  if (/file too short|invalid ELF header|past end of file|not a mach-o/i.test(message)) {
    return `it is damaged, or not a library for this system (${message})`
  }
  // The last of these is how Linux reports a library for another processor.
  const foreign =
    /NODE_MODULE_VERSION|\bELF\b|architecture|mach-o|napi_|self-register|psilon\.node: cannot open shared/i
  if (foreign.test(message)) {
    const here = `Node.js ${process.version} on ${process.platform} ${process.arch}`
    return `it was built for another Node.js or another processor than this one, ${here} (${message})`
  }
  return message
}

/** Command that builds the core; in an installed package it works with any package manager, without scripts. */
function buildCommand(): string {
  return root.includes('node_modules') ? `node "${join(root, 'scripts', 'build-native.mjs')}"` : 'npm run build'
}

function failure(file: string, why: string, cause?: unknown): PsilonError {
  const unused = file === built && packedCore(root) !== undefined
  const other = unused ? `, or delete ${join(root, 'build')} to use the core that came with the package` : ''
  const remedy = process.platform === 'win32' ? 'on Windows psilon runs only in WSL' : `run: ${buildCommand()}`
  const message = `[import] looked for the native core ${file}: ${why}; ${remedy}${other}`
  return new PsilonError('ERR_NATIVE', message, { cause })
}

const headerBytes = 64

/**
 * Whether a Linux library (ELF, 64 bits, little-endian) is truncated: its section table is at the end, and loading such
 * a file can kill the process with SIGBUS. False for other kinds of files, which the system itself refuses.
 */
function isCutShort(file: string): boolean {
  const header = Buffer.alloc(headerBytes)
  const descriptor = openSync(file, 'r')
  try {
    if (readSync(descriptor, header) < headerBytes || header.readUInt32BE(0) !== 0x7f454c46) return false
    const table = Number(header.readBigUInt64LE(40)) // e_shoff, then e_shentsize and e_shnum
    return table + header.readUInt16LE(58) * header.readUInt16LE(60) > fstatSync(descriptor).size
  } finally {
    closeSync(descriptor)
  }
}

const isDisabled = (cause: unknown) => (cause as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED'

/** Loads a core from a file; refuses another version. */
function checked(file: string, load: () => Core): Core {
  let core: Core
  try {
    if (isCutShort(file)) throw new Error('file too short')
    core = load()
  } catch (cause) {
    if (!isDisabled(cause)) throw failure(file, whyNotLoaded(file, cause as Error), cause)
    const how = 'run node without --no-addons, or with --allow-addons beside --permission'
    throw new PsilonError(
      'ERR_NATIVE',
      `[import] this process does not load addons, and the core of psilon is an addon; ${how}`,
      { cause },
    )
  }
  if (core.version === version) return core
  throw failure(file, `it is the core of psilon ${core.version}, and this is ${version}`)
}

/** The core that came with the package. @throws PsilonError ERR_NATIVE unless one fits this machine and loads. */
export function loadPackedCore(): Core {
  const file = packedCore(root)
  if (file !== undefined) return checked(file, () => require(file))
  const targets = packedTargets(root)
  if (targets.length === 0) throw failure(built, 'no such file, the core was never built')
  const others = new Intl.ListFormat('en').format(targets)
  throw failure(built, `no such file, and the package came with cores for ${others}, not for ${target()}`)
}

/** The core that was built here, or else the one that came with the package. @throws PsilonError ERR_NATIVE */
export function loadAddon(): unknown {
  if (!existsSync(built)) return loadPackedCore()
  return checked(built, () => require('bindings')({ bindings: 'psilon', module_root: root }))
}

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PsilonError } from './errors.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function whyNotLoaded(error: Error & { tries?: string[] }): string {
  if (error.tries !== undefined) return 'no such file, the core was never built'
  if (/libstdc\+\+|libc\+\+|GLIBCXX|CXXABI/.test(error.message)) {
    const install = 'install libstdc++ (Debian, Ubuntu: apt-get install libstdc++6)'
    return `the C++ runtime it needs is missing or too old on this system (${error.message}); ${install}`
  }
  // The last of these is how Linux reports a library for another processor.
  const foreign = /NODE_MODULE_VERSION|ELF|architecture|mach-o|napi_|self-register|psilon\.node: cannot open shared/i
  if (foreign.test(error.message)) {
    const here = `Node.js ${process.version} on ${process.platform} ${process.arch}`
    return `it was built for another Node.js or another processor than this one, ${here} (${error.message})`
  }
  return error.message
}

const isDisabled = (cause: unknown) => (cause as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED'

/** @throws PsilonError ERR_NATIVE, which says why the core cannot be loaded and what to do. */
export function loadAddon(): unknown {
  try {
    const bindings = createRequire(import.meta.url)('bindings') as (options: object) => unknown
    return bindings({ bindings: 'psilon', module_root: root })
  } catch (cause) {
    const wanted = join(root, 'build', 'Release', 'psilon.node')
    const rebuild = root.includes('node_modules') ? 'npm rebuild psilon' : 'npm run build'
    const message = isDisabled(cause)
      ? 'this process loads no addons, but the core of psilon is one; run node without --no-addons, or with --allow-addons beside --permission'
      : `looked for the native core ${wanted}: ${whyNotLoaded(cause as Error)}; run: ${rebuild}`
    throw new PsilonError('ERR_NATIVE', `[import] ${message}`, { cause })
  }
}

import { dirname, join } from 'node:path'
import { buildTarget } from './build-target.mjs'

/**
 * Builds an addon, and lets psilon load it in the place of its own one.
 *
 * @param {string} target of CMake
 * @param {string} name of its file
 */
export function useAddon(target, name) {
  const addon = join(dirname(buildTarget(target)), name)
  const open = process.dlopen
  process.dlopen = (module, file, ...flags) => {
    return open.call(process, module, file.endsWith('psilon.node') ? addon : file, ...flags)
  }
}

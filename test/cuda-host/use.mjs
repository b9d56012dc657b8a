/**
 * Import it first, and psilon loads an addon whose GPU is the host. `node --import ./test/cuda-host/use.mjs` does so for
 * a whole process.
 */

import { dirname, join } from 'node:path'
import { buildTarget } from '../support/build-target.mjs'

const addon = join(dirname(buildTarget('psilon_cuda_host_addon')), 'psilon_cuda_host.node')

const open = process.dlopen
process.dlopen = (module, file, ...flags) => {
  return open.call(process, module, file.endsWith('psilon.node') ? addon : file, ...flags)
}

/**
 * Import it first, and psilon loads an addon whose GPU is the host. `node --import ./test/cuda-host/use.mjs` does so for
 * a whole process.
 */

import { dirname, join } from 'node:path'
import { replaceAddon } from '../addon/replace-addon.mjs'
import { buildTarget } from '../support/build-target.mjs'

replaceAddon(join(dirname(buildTarget('psilon_cuda_host_addon')), 'psilon_cuda_host.node'))

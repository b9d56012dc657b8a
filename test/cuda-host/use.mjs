/**
 * Import it first, and psilon loads an addon whose GPU is the host. `node --import ./test/cuda-host/use.mjs` does so for
 * a whole process.
 */

import { useAddon } from '../support/use-addon.mjs'

useAddon('psilon_cuda_host_addon', 'psilon_cuda_host.node')

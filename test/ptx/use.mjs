/**
 * Import it first, and psilon loads an addon whose GPU is the host, which runs nvcc's PTX. `node --import
 * ./test/ptx/use.mjs` does so for a whole process.
 */

import { useAddon } from '../support/use-addon.mjs'

useAddon('psilon_ptx_addon', 'psilon_ptx.node')

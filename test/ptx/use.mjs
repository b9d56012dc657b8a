/**
 * Import it first, and psilon loads an addon whose GPU is the host, which runs nvcc's PTX. `node --import
 * ./test/ptx/use.mjs` does so for a whole process.
 */

import { dirname, join } from 'node:path'
import { replaceAddon } from '../addon/replace-addon.mjs'
import { buildTarget } from '../support/build-target.mjs'

replaceAddon(join(dirname(buildTarget('psilon_ptx_addon')), 'psilon_ptx.node'))

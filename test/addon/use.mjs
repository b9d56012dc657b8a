/**
 * Import it first, and psilon loads the addon with what tests and benchmarks alone call: run.mjs does so for every test.
 */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { replaceAddon } from './replace-addon.mjs'

const file = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'build', 'psilon_test.node')
if (!existsSync(file)) throw new Error(`${file} is missing; run: npm run build && npm run build:test-programs`)
replaceAddon(file)

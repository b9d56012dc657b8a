/**
 * npm run test:levels: the suites whose numbers depend on the processor, at each of its instruction sets but the highest,
 * which npm test takes. Suites that go through all of them by themselves are not among them. Arguments are tap's.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { instructionSets } from './support/instruction-sets.mjs'

const folders = ['api', 'network', 'training']
const files = ['cuda-host/fits.test.ts', 'examples.test.ts', 'readme.test.ts']

const inFolders = folders.flatMap((folder) => readdirSync(join('test', folder)).map((name) => join(folder, name)))
const suites = [...inFolders, ...files].filter((name) => name.endsWith('.test.ts')).map((name) => join('test', name))

for (const level of instructionSets.slice(0, -1)) {
  console.log(`instruction set ${level}`)
  const env = { ...process.env, PSILON_INSTRUCTION_SET: level }
  const { status } = spawnSync('npx', ['tap', ...process.argv.slice(2), ...suites], { stdio: 'inherit', env })
  if (status !== 0) process.exitCode = 1
}

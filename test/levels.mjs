/**
 * npm run test:levels: the suites whose numbers depend on the processor, at each of its instruction sets but the highest,
 * which npm test takes; at baseline, which hardly any processor has to take, those of the core alone. Suites that go
 * through all of them by themselves are not among them. Arguments are those of run.mjs.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { instructionSets } from './support/instruction-sets.mjs'

const ofTheCore = ['network', 'training']
const others = [
  'cuda-host/fits.test.ts',
  'examples.test.ts',
  'readme.test.ts',
  '../experiments/test/check-bounds.test.ts',
]

const filesOf = (folder) => readdirSync(join('test', folder)).map((name) => join(folder, name))

function suitesAt(level) {
  const core = ofTheCore.flatMap(filesOf)
  const names = level === 'baseline' ? core : [...core, ...filesOf('api'), ...others]
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => join('test', name))
}

for (const level of instructionSets.slice(0, -1)) {
  console.log(`instruction set ${level}`)
  const env = { ...process.env, PSILON_INSTRUCTION_SET: level }
  const { status } = spawnSync(process.execPath, ['test/run.mjs', ...process.argv.slice(2), ...suitesAt(level)], {
    stdio: 'inherit',
    env,
  })
  if (status !== 0) process.exitCode = 1
}

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { native } from '#psilon/native.js'
import { packageRoot } from '../support/child.js'

const fixtures = join(packageRoot, 'test', 'fixtures')
const files = readdirSync(fixtures).filter((name) => name.endsWith('.json'))
const double = files.length
const single = files.filter((name) => JSON.parse(readFileSync(join(fixtures, name), 'utf8')).float32 !== false).length

function conformance(args: string[], level?: string) {
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/conformance/main.mjs', ...args], {
    cwd: packageRoot,
    encoding: 'utf8',
    env: level === undefined ? env : { ...env, PSILON_INSTRUCTION_SET: level },
  })
  return { status, last: stdout.trimEnd().split('\n').at(-1), stdout, stderr }
}

t.test('every golden number, at every instruction set of this processor', async (t) => {
  for (const level of ['baseline', 'avx2', 'avx512', 'neon'])
    for (const [dtype, count] of [
      ['float64', double],
      ['float32', single],
    ] as const) {
      const { status, last, stdout, stderr } = conformance([fixtures, '--dtype', dtype], level)
      if (stdout.includes('PSILON_INSTRUCTION_SET') || stderr.includes('PSILON_INSTRUCTION_SET')) {
        t.comment(`${level} is not an instruction set of this processor`)
        continue
      }
      t.equal(last, `${count} passed, 0 failed`, `${level} ${dtype}\n${stdout}`)
      t.equal(status, 0)
    }
  t.ok(native.devices()[0]?.instructionSet)
})

t.test('a wrong number fails', async (t) => {
  const folder = mkdtempSync(join(t.testdir({}), 'golden-'))
  const golden = JSON.parse(readFileSync(join(fixtures, 'psilon-mlp-mse-d1.json'), 'utf8'))
  golden.expected.loss *= 1 + 1e-8
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify(golden))
  const { status, last, stdout } = conformance([folder])
  t.equal(last, '0 passed, 1 failed')
  t.equal(status, 1)
  t.match(stdout, /FAIL wrong\.json: loss is off by/)
})

t.test('a folder without golden files fails, and so does none', async (t) => {
  const { status, last } = conformance([t.testdir({})])
  t.strictSame({ status, last }, { status: 1, last: '0 passed, 0 failed' })
  t.equal(conformance([join(t.testdir({}), 'nowhere')]).status, 2)
  t.equal(conformance([fixtures, '--dtype', 'float16']).status, 2)
})

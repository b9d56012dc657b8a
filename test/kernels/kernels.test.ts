import { spawnSync } from 'node:child_process'
import { devices } from 'psilon'
import t from 'tap'
import { buildTarget } from '../support/build-target.mjs'

const program = buildTarget('psilon_kernels')
const run = (args: string[]) => spawnSync(program, args, { encoding: 'utf8' })

t.test('the kernel tests have the levels of the core', async (t) => {
  t.strictSame(run(['--levels']).stdout.trim().split('\n'), devices()[0]?.instructionSets)
})

for (const level of devices()[0]?.instructionSets ?? [])
  t.test(`${level} kernels agree with plain loops, with the same bits for any number of threads`, async (t) => {
    const { status, stdout, stderr } = run([level])
    t.match(stdout, new RegExp(`^${level} float64: [1-9]\\d{3} checks, 0 failed\n${level} float32: .*, 0 failed\n$`))
    t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  })

t.test('a level or type that is not there is refused', async (t) => {
  t.equal(run(['mmx']).status, 2)
  t.equal(run(['all', 'float16']).status, 2)
  t.equal(run(['all', 'all', 'all']).status, 2)
})

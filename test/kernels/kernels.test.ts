import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { devices } from 'psilon'
import t from 'tap'
import { packageRoot } from '../support/child.js'

function run(command: string, args: string[]) {
  return spawnSync(command, args, { cwd: packageRoot, encoding: 'utf8' })
}

const built = run('cmake', ['--build', 'build', '--target', 'psilon_kernels', '--parallel'])
const program = join(packageRoot, 'build', 'psilon_kernels')

t.test('the kernel tests are built beside the core', async (t) => {
  t.equal(built.status, 0, 'cmake built psilon_kernels', { output: built.stdout + built.stderr })
  t.strictSame(run(program, ['--levels']).stdout.trim().split('\n'), devices()[0]?.instructionSets)
})

for (const level of devices()[0]?.instructionSets ?? [])
  t.test(`${level} kernels agree with plain loops, with the same bits for any number of threads`, async (t) => {
    const { status, stdout, stderr } = run(program, [level])
    t.match(stdout, new RegExp(`^${level} float64: [1-9]\\d{3} checks, 0 failed\n${level} float32: .*, 0 failed\n$`))
    t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  })

t.test('a level or type that is not there is refused', async (t) => {
  t.equal(run(program, ['mmx']).status, 2)
  t.equal(run(program, ['all', 'float16']).status, 2)
  t.equal(run(program, ['all', 'all', 'all']).status, 2)
})

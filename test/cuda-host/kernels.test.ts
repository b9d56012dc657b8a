import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../support/child.js'

const program = 'psilon_cuda_kernels'

t.test('the kernel tests of CUDA are built', async (t) => {
  const built = spawnSync('cmake', ['--build', 'build', '--target', program, '--parallel'], { cwd: packageRoot })
  t.equal(built.status, 0, { output: `${built.stdout}${built.stderr}` })
})

for (const order of ['forward', 'backward', 'shuffled']) {
  t.test(`CUDA kernels agree with plain loops, with threads in ${order} order`, async (t) => {
    const env = { ...process.env, PSILON_CUDA_HOST_ORDER: order }
    const run = spawnSync(join(packageRoot, 'build', program), ['--quick'], { env, encoding: 'utf8' })
    t.match(run.stdout, /^cuda float64: [1-9]\d{3} checks, 0 failed\ncuda float32: .*, 0 failed\n$/)
    t.strictSame({ status: run.status, stderr: run.stderr }, { status: 0, stderr: '' })
  })
}

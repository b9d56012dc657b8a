import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../support/child.js'

function run(command: string, args: string[]) {
  return spawnSync(command, args, { cwd: packageRoot, encoding: 'utf8' })
}

t.test('kernels of CUDA run on the CPU as on a strict device', async (t) => {
  const built = run('cmake', ['--build', 'build', '--target', 'psilon_cuda_host_tests', '--parallel'])
  t.equal(built.status, 0, 'cmake built psilon_cuda_host_tests', { output: built.stdout + built.stderr })
  const { status, stdout, stderr } = run(join(packageRoot, 'build', 'psilon_cuda_host_tests'), [])
  t.match(stdout, /^[1-9]\d+ cases, 0 failed\n$/)
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
})

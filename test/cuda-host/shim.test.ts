import { spawnSync } from 'node:child_process'
import t from 'tap'
import { buildTarget } from '../support/build-target.mjs'

t.test('kernels of CUDA run on the CPU as on a strict device', async (t) => {
  const { status, stdout, stderr } = spawnSync(buildTarget('psilon_cuda_host_tests'), { encoding: 'utf8' })
  t.match(stdout, /^[1-9]\d+ cases, 0 failed\n$/)
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
})

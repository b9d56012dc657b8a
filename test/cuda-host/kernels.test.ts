import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { buildTarget } from '../support/build-target.mjs'

const program = buildTarget('psilon_cuda_kernels')
const orders = ['forward', 'backward', 'shuffled']
const runs = orders.map((order) => {
  const env = { ...process.env, PSILON_CUDA_HOST_ORDER: order }
  // the same bits in a second run are for one of them; in forward order, device memory is closed to the host
  const extent = order === 'backward' ? ['--quick'] : ['--quick', '--once']
  return promisify(execFile)(program, extent, { env })
})

for (const [k, order] of orders.entries()) {
  t.test(`CUDA kernels agree with plain loops, with threads in ${order} order`, async (t) => {
    const { stdout, stderr } = (await runs[k]) as { stdout: string; stderr: string }
    t.match(
      stdout,
      /^cuda float64: [1-9]\d{3} checks, 0 failed\ncuda float32: .*, 0 failed\ncuda, tf32 float32: .*, 0 failed\n$/,
    )
    t.equal(stderr, '')
  })
}

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { buildTarget } from '../support/build-target.mjs'
import { packageRoot } from '../support/child.js'

// test/gpu/build.test.ts says that it has, where there is a compiler
const hasCuda = readFileSync(join(packageRoot, 'build', 'CMakeCache.txt'), 'utf8').includes(
  'PSILON_GPU:INTERNAL=psilon_cuda',
)
const skip = hasCuda ? false : 'the core was built without a CUDA compiler, 13.0 or newer'

t.test('what nvcc makes of the kernels agrees with plain loops', { skip }, async (t) => {
  const program = buildTarget('psilon_ptx_kernels')
  const folder = t.testdir()
  const kinds = { float64: 'shuffled', float32: 'backward', tf32: 'shuffled' }
  const runs = Object.entries(kinds).map(async ([kind, order]) => {
    const counts = join(folder, kind)
    const env = { ...process.env, PSILON_CUDA_HOST_ORDER: order, PSILON_PTX_COUNTS: counts }
    const { stdout, stderr } = await promisify(execFile)(program, ['--quick', '--once', kind], { env })
    t.match(stdout, /^cuda(, tf32)? float\d\d: [1-9]\d{3} checks, 0 failed\n$/, kind)
    t.equal(stderr, '')
    return readFileSync(counts, 'utf8').trim().split('\n')
  })
  const lines = (await Promise.all(runs)).flat()
  const launched = new Set(lines.filter((line) => !line.startsWith('0 ')).map((line) => line.replace(/^\d+ /, '')))
  const all = lines.map((line) => line.replace(/^\d+ /, ''))
  t.strictSame(
    all.filter((kernel) => kernel.endsWith(', 1>') && !launched.has(kernel)),
    [],
    'every kernel for one network was launched',
  )
  t.ok(
    [...launched].some((kernel) => !kernel.endsWith(', 1>')),
    'so were some for several',
  )
})

t.test('so do whole trainings with golden numbers', { skip }, async (t) => {
  const args = ['test/conformance/main.mjs', 'test/fixtures', '--device', 'cuda-ptx']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: packageRoot })
  t.match(stdout, /^[1-9]\d* passed, 0 failed\n$/m)
})

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { devices } from 'psilon'
import t from 'tap'
import { packageRoot } from '../support/child.js'

const { stdout } = spawnSync('nvcc', ['--version'], { encoding: 'utf8' })
const compiler = /release (\d+)\./.exec(stdout ?? '')?.[1]
const skip = Number(compiler ?? 0) >= 13 ? false : 'no CUDA compiler, 13.0 or newer, is on the PATH'
const build = (name: string) => join(packageRoot, 'build', name)

t.test('where there is a CUDA compiler, the core has the CUDA backend', { skip }, (t) => {
  t.match(readFileSync(build('CMakeCache.txt'), 'utf8'), /^PSILON_GPU:INTERNAL=psilon_cuda$/m)
  const [, cuda] = devices()
  const { available, reason } = cuda ?? {}
  t.ok(available || /^(no NVIDIA (driver|GPU) was found|its compute capability is)/.test(String(reason)), `${reason}`)
  t.end()
})

t.test('what checks a GPU is built, and says so where there is none', { skip }, (t) => {
  const faults = createRequire(import.meta.url)(build('psilon_gpu_faults.node'))
  for (const name of ['leave', 'takeAfter', 'lose']) t.type(faults[name], 'function')
  const [, cuda] = devices()
  const run = (name: string) => spawnSync(build(name), { encoding: 'utf8' })
  if (!cuda?.available) {
    t.match(run('psilon_gpu_kernels'), { status: 2, stderr: `no device can be used: ${cuda?.reason}` })
    t.match(run('psilon_gpu_facts'), { status: 1, stderr: `${cuda?.reason}`, stdout: '' })
  }
  t.end()
})

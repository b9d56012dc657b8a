/**
 * Import it first, and psilon loads an addon whose GPU is the host. `node --import ./test/cuda-host/use.mjs` does so for
 * a whole process.
 */

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const target = 'psilon_cuda_host_addon'
const built = spawnSync('cmake', ['--build', 'build', '--target', target, '--parallel'], {
  cwd: root,
  encoding: 'utf8',
})
if (built.status !== 0) throw new Error(`cmake did not build ${target}:\n${built.stdout}${built.stderr}`)

const open = process.dlopen
process.dlopen = (module, file, ...flags) => {
  const wanted = file.endsWith('psilon.node') ? join(root, 'build', 'psilon_cuda_host.node') : file
  return open.call(process, module, wanted, ...flags)
}

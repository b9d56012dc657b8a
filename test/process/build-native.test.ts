import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cudaLine } from '../../scripts/build-native/cuda.mjs'
import { shareDone } from '../../scripts/build-native/progress.mjs'
import { runModule } from '../support/child.js'

t.test('how far a build is, from the lines of ninja and make', async (t) => {
  t.equal(shareDone('[3/12] Building CXX object CMakeFiles/psilon_avx2.dir/gemm.cpp.o'), 0.25)
  t.equal(shareDone('[ 12%] Building CXX object CMakeFiles/psilon_avx2.dir/gemm.cpp.o'), 0.12)
  t.equal(shareDone('[100%] Built target psilon'), 1)
  t.equal(shareDone('-- Configuring done'), undefined)
})

/** What the build would have code for, where these programs print that. */
async function architecturesBeside(t: Pick<Test, 'equal' | 'testdir'>, programs: Record<string, string>, wanted = '') {
  const folder = t.testdir()
  for (const [name, prints] of Object.entries(programs)) {
    const file = join(folder, name)
    await writeFile(file, `#!/bin/sh\nprintf '${prints}'\n`)
    await chmod(file, 0o755)
  }
  const code = `
    import { cudaArchitectures } from './scripts/build-native/cuda.mjs'
    const { list, refusal } = cudaArchitectures('nvcc')
    console.log(JSON.stringify(list ?? refusal))`
  const env = { PATH: `${folder}:/usr/bin:/bin`, PSILON_CUDA_ARCHITECTURES: wanted }
  const { stdout, stderr } = await runModule(code, { env })
  t.equal(stderr, '')
  return JSON.parse(stdout)
}

t.test('the GPUs that a build has code for', { skip: process.platform === 'win32' && 'shell scripts' }, async (t) => {
  const nvcc = 'sm_75\\nsm_80\\nsm_90\\nsm_120\\n'
  const beside = (gpus: string, wanted = '') => architecturesBeside(t, { nvcc, 'nvidia-smi': gpus }, wanted)
  t.equal(await beside('9.0\\n'), '90', 'the one that is here')
  t.equal(await beside('9.0\\n12.0\\n9.0\\n'), '90;120', 'those that are here')
  t.equal(await beside('7.5\\n'), 'ptx', 'too old')
  t.equal(await beside('13.0\\n'), 'ptx', 'newer than the compiler')
  t.equal(await beside('NVIDIA-SMI has failed because\\n'), 'ptx', 'a driver that does not answer')
  t.equal(await beside(''), 'ptx', 'no driver')
  t.equal(await beside('9.0\\n', 'all'), 'all', 'what is asked for')
  t.equal(await beside('9.0\\n', '80,120'), '80;120')
  const expected = 'expected ptx, all, or some of 80, 90, 120 with commas between them'
  for (const none of ['sm_90', '75', '999', '90,9'])
    t.equal(await beside('9.0\\n', none), `PSILON_CUDA_ARCHITECTURES is "${none}"; ${expected}`)
})

t.test('what a build has for GPUs, in a sentence', async (t) => {
  const cache = (gpu: string, code: string) =>
    `PSILON_CUDA_ARCHITECTURES:STRING=${code}\n//words\nPSILON_GPU:INTERNAL=${gpu}\n`
  t.match(cudaLine(cache('psilon_no_cuda', 'ptx'), '/psilon'), /^no CUDA compiler, 13\.0 or newer, was found/)
  t.match(
    cudaLine(cache('psilon_cuda', 'ptx'), '/psilon'),
    /^built with the CUDA backend as PTX, .*PSILON_CUDA_ARCHITECTURES=all npm/,
  )
  t.match(
    cudaLine(cache('psilon_cuda', 'ptx'), '/a/node_modules/psilon'),
    /PSILON_CUDA_ARCHITECTURES=all node \/a\/node_modules\/psilon\/scripts\/build-native\.mjs/,
  )
  t.match(cudaLine(cache('psilon_cuda', 'all'), '/psilon'), /with code for all GPUs$/)
  t.match(cudaLine(cache('psilon_cuda', '90;120'), '/psilon'), /with code for GPUs of compute capability 9\.0, 12\.0$/)
})

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from './on-path.mjs'

/** The CUDA compiler: that of the environment or the path, or of a toolkit at the place where it is usually installed. */
export function findNvcc() {
  if (process.env.CUDACXX) return process.env.CUDACXX
  if (onPath('nvcc')) return 'nvcc'
  const folders = [process.env.CUDA_HOME, process.env.CUDA_PATH, '/usr/local/cuda'].filter((folder) => folder)
  return folders.map((folder) => join(/** @type {string} */ (folder), 'bin', 'nvcc')).find((file) => existsSync(file))
}

/** Of a program; empty where there is none. */
function output(program, args) {
  return spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 }).stdout ?? ''
}

/** The GPUs that the compiler makes code for, from compute capability 8.0 on, such as "90". */
function gpusOf(nvcc) {
  const names = output(nvcc, ['--list-gpu-code']).match(/\bsm_\d+\b/g) ?? []
  return names.map((name) => name.slice(3)).filter((each) => Number(each) >= 80)
}

/** Those of them that answer here. */
function gpusHere(nvcc) {
  const answers = output('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'])
  const found = (answers.match(/^\d+\.\d+$/gm) ?? []).map((capability) => capability.replace('.', ''))
  const known = gpusOf(nvcc)
  return [...new Set(found)].filter((each) => known.includes(each))
}

/**
 * What GPUs the build has code for: what PSILON_CUDA_ARCHITECTURES says, else those that answer here; where none does, PTX
 * alone, which takes half the time.
 *
 * @param {string | undefined} nvcc
 * @returns {{ list?: string, refusal?: string }} `list` as CMakeLists.txt takes it
 */
export function cudaArchitectures(nvcc) {
  const wanted = process.env.PSILON_CUDA_ARCHITECTURES
  if (nvcc === undefined) return { list: 'ptx' }
  if (!wanted) return { list: gpusHere(nvcc).join(';') || 'ptx' }
  if (wanted === 'ptx' || wanted === 'all') return { list: wanted }
  const known = gpusOf(nvcc)
  const each = wanted.split(/[,;]/)
  if (each.every((gpu) => known.includes(gpu))) return { list: each.join(';') }
  return {
    refusal: `PSILON_CUDA_ARCHITECTURES is "${wanted}"; expected ptx, all, or some of ${known.join(', ')} with commas between them`,
  }
}

/**
 * What the build has for GPUs.
 *
 * @param {string} cache CMake's
 * @param {string} root
 */
export function cudaLine(cache, root) {
  if (!cache.includes('PSILON_GPU:INTERNAL=psilon_cuda'))
    return 'no CUDA compiler, 13.0 or newer, was found: built without the CUDA backend'
  const [, code] = /^PSILON_CUDA_ARCHITECTURES:\w+=(.*)$/m.exec(cache) ?? []
  const gpus =
    code === 'all'
      ? 'all GPUs'
      : `GPUs of compute capability ${code?.replace(/(\d)(?=;|$)/g, '.$1').replaceAll(';', ', ')}`
  if (code !== 'ptx') return `built with the CUDA backend, with code for ${gpus}`
  const script = root.includes('node_modules')
    ? `node ${join(root, 'scripts', 'build-native.mjs')}`
    : 'npm run build:native'
  const all = `PSILON_CUDA_ARCHITECTURES=all ${script}`
  return `built with the CUDA backend as PTX, which the driver compiles at first use; \`${all}\` builds code for all GPUs`
}

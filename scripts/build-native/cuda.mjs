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

/** Of the GPUs that answer here, those from compute capability 8.0 on that the compiler knows, such as "90". */
function gpusHere(nvcc) {
  const answers = output('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'])
  const known = output(nvcc, ['--list-gpu-code'])
  const found = (answers.match(/^\d+\.\d+$/gm) ?? []).map((capability) => capability.replace('.', ''))
  const usable = found.filter((each) => Number(each) >= 80 && known.split(/\s+/).includes(`sm_${each}`))
  return [...new Set(usable)]
}

/**
 * What GPUs the build has code for: what PSILON_CUDA_ARCHITECTURES says, else those that answer here; where none does, PTX
 * alone, which takes half the time.
 *
 * @returns {string | undefined} As CMakeLists.txt takes it; undefined for what is none.
 */
export function cudaArchitectures() {
  const wanted = process.env.PSILON_CUDA_ARCHITECTURES
  if (wanted) return /^(ptx|all|\d+([;,]\d+)*)$/.test(wanted) ? wanted.replaceAll(',', ';') : undefined
  const nvcc = findNvcc()
  const here = nvcc === undefined ? [] : gpusHere(nvcc)
  return here.length > 0 ? here.join(';') : 'ptx'
}

/**
 * What the build has for GPUs.
 *
 * @param {string} cache CMake's
 */
export function cudaLine(cache) {
  if (!cache.includes('PSILON_GPU:INTERNAL=psilon_cuda'))
    return 'no CUDA compiler, 13.0 or newer, was found: built without the CUDA backend'
  const [, code] = /^PSILON_CUDA_ARCHITECTURES:\w+=(.*)$/m.exec(cache) ?? []
  const gpus =
    code === 'all'
      ? 'all GPUs'
      : `GPUs of compute capability ${code?.replace(/(\d)(?=;|$)/g, '.$1').replaceAll(';', ', ')}`
  if (code !== 'ptx') return `built with the CUDA backend, with code for ${gpus}`
  const all = 'PSILON_CUDA_ARCHITECTURES=all npm run build:native'
  return `built with the CUDA backend as PTX, which the driver compiles at first use; \`${all}\` builds code for all GPUs`
}

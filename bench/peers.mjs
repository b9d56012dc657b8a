/** The libraries psilon is compared with; `npm run bench:peers` installs them. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { devices } from 'psilon'
import { threadCount } from './markdown.mjs'
import { Peer } from './peer.mjs'
import { pythonWith } from './python.mjs'

const fileOf = (name) => fileURLToPath(new URL(`peers/${name}`, import.meta.url))

/**
 * What keeps PyTorch to the instruction set that psilon uses. OpenBLAS has to be told in any case: on processors that it
 * does not know it takes slower kernels.
 *
 * @type {Record<string, Record<string, string>>}
 */
const limits = {
  avx512: { OPENBLAS_CORETYPE: 'SkylakeX' },
  avx2: { OPENBLAS_CORETYPE: 'Haswell', ATEN_CPU_CAPABILITY: 'avx2' },
  baseline: { OPENBLAS_CORETYPE: 'Nehalem', ATEN_CPU_CAPABILITY: 'default' },
}
const used = devices()[0].instructionSet ?? ''
const instructions = {
  ...limits[used],
  ...(process.env.OPENBLAS_CORETYPE && { OPENBLAS_CORETYPE: process.env.OPENBLAS_CORETYPE }),
}
const architecture = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch
const openmpFolder = `/usr/lib/${architecture}-linux-gnu/openblas-openmp`

/** @param {number} threads @param {number} blas threads of OpenBLAS; fixed when the process starts */
function torch(name, threads, blas, env = {}) {
  const counts = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(blas) }
  return new Peer(name, pythonWith('torch'), [fileOf('torch_step.py')], { ...instructions, ...counts, ...env })
}

const node = (name, file) => new Peer(name, process.execPath, ['--expose-gc', fileOf(file)], {})

/** PyTorch with the OpenBLAS that is chosen on this system. @param {number[]} counts numbers of threads */
export function pyTorch(counts) {
  const settings = counts.map((threads) => ({ setting: threadCount(threads), threads, blas: threads }))
  const most = Math.max(...counts)
  // two pools of threads, PyTorch's and OpenBLAS's, can be in each other's way
  if (most > 1) settings.push({ setting: `${threadCount(most)} in products, 1 elsewhere`, threads: 1, blas: most })
  return settings.map(({ setting, threads, blas }) => ({
    peer: 'PyTorch',
    setting,
    open: () => torch('PyTorch', threads, blas),
  }))
}

/** PyTorch with the OpenBLAS that shares its pool of threads. */
export function pyTorchOpenMP(counts) {
  const env = { LD_LIBRARY_PATH: openmpFolder }
  const absent = existsSync(openmpFolder) ? undefined : `there is no ${openmpFolder}`
  return counts.map((threads) => ({
    ...{ peer: 'PyTorch, OpenBLAS on OpenMP', setting: threadCount(threads), absent },
    open: () => torch('PyTorch, OpenBLAS on OpenMP', threads, threads, env),
  }))
}

export function tensorFlow() {
  const peer = 'TensorFlow.js (wasm)'
  return [{ peer, setting: '1 thread', absent: undefined, open: () => node(peer, 'tfjs.mjs') }]
}

export function onnxRuntime() {
  return node('ONNX Runtime', 'onnxruntime.mjs')
}

/**
 * Opens the settings whose library is there.
 *
 * @param {{ peer: string, setting: string, absent?: string, open(): Peer }[]} settings
 */
export async function openPeers(settings) {
  const opened = []
  /** @type {Record<string, string>} */
  const skipped = {}
  /** @type {Record<string, string>} */
  const versions = {}
  for (const { peer, setting, absent, open } of settings) {
    if (skipped[peer] !== undefined) continue
    if (absent !== undefined) {
      skipped[peer] = absent
      continue
    }
    const process = open()
    const { version, missing } = await process.greeting()
    if (version === undefined) {
      skipped[peer] = missing ?? 'it does not start'
      process.end()
      continue
    }
    versions[peer] = version
    opened.push({ peer, setting, process })
  }
  return { opened, skipped, versions }
}

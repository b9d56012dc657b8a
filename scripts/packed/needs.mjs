// What a built core needs of the system it runs on, read from the file by readelf, which comes with every compiler for Linux.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const compilerRuntime = /^lib(stdc\+\+|c\+\+|gcc|asan|ubsan)/

/** How readelf names the processors. */
const machines = { x64: /Machine: .*X86-64/, arm64: /Machine: +AArch64/ }

/** The newest of versions such as 2.34. */
function newest(versions) {
  return versions.reduce((a, b) => (a.localeCompare(b, 'en', { numeric: true }) < 0 ? b : a))
}

/**
 * Of a core for Linux: the libraries it loads, the oldest glibc that has what it uses (null: it is not of glibc), and
 * whether kernels for GPUs are in it. Null for other systems.
 * @param {string} file @param {string} target
 */
export function needsOf(file, target) {
  if (target.startsWith('darwin-')) {
    const magic = readFileSync(file).subarray(0, 4).toString('hex')
    if (magic !== 'cffaedfe') throw new Error(`${file} is no core for ${target}`)
    return null
  }
  const options = ['--file-header', '--dynamic', '--version-info', '--section-headers', '--wide']
  const { status, stdout, error } = spawnSync('readelf', [...options, file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 2 ** 26,
  })
  if (error !== undefined) throw new Error(`readelf, which comes with a compiler, does not run: ${error.message}`)
  const machine = machines[target.split('-')[1] ?? '']
  if (status !== 0 || !stdout.includes('(NEEDED)') || !machine?.test(stdout)) {
    throw new Error(`${file} is no core for ${target}`)
  }
  const libraries = [...stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name)
  const versions = [...stdout.matchAll(/Name: GLIBC_([\d.]+)/g)].map(([, version]) => version)
  const runtime = libraries.filter((name) => compilerRuntime.test(name))
  if (runtime.length > 0)
    throw new Error(`${file} has not the compiler's libraries inside: it loads ${runtime.join(', ')}`)
  return { libraries, glibc: versions.length > 0 ? newest(versions) : null, cuda: stdout.includes(' .nv_fatbin ') }
}

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jobs } from '../../scripts/build-native/jobs.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Builds targets of CMake that are no part of a plain build.
 *
 * @param {string[]} targets
 * @param {'pipe' | 'inherit'} [stdio] inherit: what cmake prints is seen
 */
export function buildTargets(targets, stdio = 'pipe') {
  const args = ['--build', 'build', '--parallel', jobs, '--target', ...targets]
  const { status, stdout, stderr } = spawnSync('cmake', args, { cwd: root, encoding: 'utf8', stdio })
  if (status !== 0) throw new Error(`cmake did not build ${targets.join(', ')}:\n${stdout ?? ''}${stderr ?? ''}`)
}

/**
 * The same for one, of which it returns where a program of that name stands.
 *
 * @param {string} target
 */
export function buildTarget(target) {
  buildTargets([target])
  return join(root, 'build', target)
}

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Builds a target of CMake that is no part of a plain build, and returns where a program of that name stands.
 *
 * @param {string} target
 */
export function buildTarget(target) {
  const args = ['--build', 'build', '--target', target, '--parallel']
  const { status, stdout, stderr } = spawnSync('cmake', args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`cmake did not build ${target}:\n${stdout}${stderr}`)
  return join(root, 'build', target)
}

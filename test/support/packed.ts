import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { version } from 'psilon'
import type { Test } from 'tap'
import { packageRoot } from './child.js'

/** The packed file that `npm test` makes, with cores inside. */
export const packedFile = join(packageRoot, 'build', 'packed', `psilon-${version}.tgz`)

export const noPackedFile = existsSync(packedFile) ? false : 'needs npm run build:test-package'

/** A folder outside of this package, so that nothing of it is found from there. */
export function emptyFolder(t: Pick<Test, 'teardown'>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'psilon-package-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** node_modules/psilon below a folder, as the packed file has it. */
export function unpack(folder: string): string {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  const { status, stderr } = spawnSync('tar', ['-xzf', packedFile, '-C', modules], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  renameSync(join(modules, 'package'), join(modules, 'psilon'))
  return join(modules, 'psilon')
}

/** The script that is npm. */
export function npmScript(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const npm = folders.map((folder) => join(folder, 'npm')).find((file) => existsSync(file))
  if (npm === undefined) throw new Error('there is no npm on the PATH')
  return realpathSync(npm)
}

/** A folder for the PATH, in which nothing but node stands. */
export function nodeAlone(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  return bin
}

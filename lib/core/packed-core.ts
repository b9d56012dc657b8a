import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { familySync, MUSL } from 'detect-libc'

/** The folder of the cores that came with the package. */
const folder = (root: string) => join(root, 'prebuilds')

/** The target of a core: system, processor and, if it is not the usual one, C library. */
export function target(): string {
  const libc = familySync() === MUSL ? '-musl' : ''
  return `${process.platform}-${process.arch}${libc}`
}

/** The targets whose cores came with the package; none in a clone. */
export function packedTargets(root: string): string[] {
  const names = existsSync(folder(root)) ? readdirSync(folder(root)) : []
  return names.filter((name) => existsSync(join(folder(root), name, 'psilon.node'))).sort()
}

/** The file of the core that came with the package for this machine, or undefined. */
export function packedCore(root: string): string | undefined {
  const file = join(folder(root), target(), 'psilon.node')
  return existsSync(file) ? file : undefined
}

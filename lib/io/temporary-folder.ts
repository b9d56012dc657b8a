import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fateOf, ownProcess, processName } from './process-name.js'

/**
 * Makes a folder of this process, `psilon-KIND-PROCESS-RANDOM` in the system's folder of temporary files, and removes those of
 * this kind whose process has certainly ended.
 */
export async function temporaryFolder(kind: string): Promise<string> {
  const pattern = new RegExp(`^psilon-${kind}-(${processName})-\\w{6}$`)
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const [, owner] = pattern.exec(name) ?? []
    if (owner === undefined || fateOf(owner) !== 'ended') continue
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {})
  }
  return mkdtemp(join(tmpdir(), `psilon-${kind}-${ownProcess}-`))
}

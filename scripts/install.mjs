// What npm runs after it has put the package down: builds the core, unless one came with the package that runs here.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const built = join(root, 'build', 'Release', 'psilon.node')

/** Whether the core that came with the package loads; in a process of its own, as one that does not fit may end it. */
function packedCoreLoads() {
  const loader = pathToFileURL(join(root, 'dist', 'core', 'addon.js'))
  const code = `(await import(${JSON.stringify(loader)})).loadPackedCore()`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code]).status === 0
}

if (process.env.PSILON_BUILD !== '1' && existsSync(join(root, 'prebuilds')) && packedCoreLoads()) {
  console.log('psilon: the core that came with the package runs here; nothing is built (PSILON_BUILD=1 builds one)')
  if (existsSync(built)) console.log(`psilon: ${built}, which was built before, is loaded all the same`)
} else {
  await import('./build-native.mjs')
}

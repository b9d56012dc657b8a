// Lets `psilon` be this clone. As a dependency, "file:..", npm would run the install and prepare scripts of the clone twice.
import { lstatSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const link = join(folder, 'node_modules', 'psilon')

if (lstatSync(link, { throwIfNoEntry: false }) === undefined) {
  mkdirSync(dirname(link), { recursive: true })
  if (process.platform === 'win32') symlinkSync(dirname(folder), link, 'junction')
  else symlinkSync(join('..', '..'), link)
}

// Lets `psilon` be this clone: node_modules/psilon has its package.json and its dist. As a dependency, "file:..", npm would
// run the install and prepare scripts of the clone twice; a link to the whole clone would hold itself.
import { lstatSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'node_modules', 'psilon')

mkdirSync(folder, { recursive: true })
for (const name of ['package.json', 'dist']) {
  const link = join(folder, name)
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(join('..', '..', '..', name), link)
}

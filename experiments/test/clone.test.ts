import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '..', '..'))
const found = (specifier: string) => realpathSync(fileURLToPath(import.meta.resolve(specifier)))

t.test('psilon is this clone', async (t) => {
  t.equal(found('psilon'), join(root, 'dist', 'index.js'))
  t.equal(found('psilon/report'), join(root, 'dist', 'report', 'index.js'))
  t.notOk(existsSync(join(root, 'node_modules', 'psilon')), 'which npm does not install once more')
})

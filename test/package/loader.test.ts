import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { version } from 'psilon'
import type { Test } from 'tap'
import t from 'tap'
import { target } from '#psilon/core/packed-core.js'
import { packageRoot } from '../support/child.js'
import { noPackedFile, unpack } from '../support/packed.js'

/** Which core an installed psilon loads, what it says where none loads, and when its install script builds one. */

interface Installed {
  root: string
  /** The core that came with the package for this machine. */
  packed: string
  /** One that was built here. */
  built: string
}

/** psilon as it is installed; what it depends on is found in the folders above, those of this package. */
function install(t: Pick<Test, 'testdir'>): Installed {
  const root = unpack(t.testdir({}))
  const packed = join(root, 'prebuilds', target(), 'psilon.node')
  return { root, packed, built: join(root, 'build', 'Release', 'psilon.node') }
}

/** How a core is built. */
function command({ root }: Installed): string {
  return `node "${join(root, 'scripts', 'build-native.mjs')}"`
}

/** Puts the core of this package where a build would. */
function build({ built }: Installed): void {
  mkdirSync(dirname(built), { recursive: true })
  cpSync(join(packageRoot, 'build', 'Release', 'psilon.node'), built)
}

function node(args: string[], env: Record<string, string> = {}) {
  const without = ['-u', 'NODE_OPTIONS', '-u', 'PSILON_BUILD']
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return spawnSync('env', [...without, ...given, process.execPath, ...args], { encoding: 'utf8' })
}

/** Code of which an installed psilon is the import `path`. */
function run({ root }: Installed, path: string, code: string, flags: string[] = []): string {
  const module = `const psilon = await import(${JSON.stringify(join(root, 'dist', path))}); ${code}`
  const { stdout, stderr } = node([...flags, '--input-type=module', '--eval', module])
  return stdout + stderr
}

/** The file of the core that is loaded, or the message of the error. */
function loaded(installed: Installed, flags: string[] = []): string {
  const code = `
    try {
      psilon.loadAddon()
      console.log(Object.keys(require.cache).find((file) => file.endsWith('.node')))
    } catch (error) { console.log(error.code, error.message) }`
  const require = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); "
  return run(installed, 'core/addon.js', require + code, flags).trimEnd()
}

t.test('the order of the loader', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  t.equal(loaded(installed), installed.packed, 'what came with the package')
  build(installed)
  t.equal(loaded(installed), installed.built, 'what was built here')
})

t.test('a local build that is broken is not passed over', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  mkdirSync(dirname(installed.built), { recursive: true })
  writeFileSync(installed.built, 'no library at all')
  const message = loaded(installed)
  t.ok(message.startsWith(`ERR_NATIVE [import] looked for the native core ${installed.built}: `), message)
  const folder = join(installed.root, 'build')
  const remedy = `${command(installed)}, or delete ${folder} to use the core that came with the package`
  t.ok(message.endsWith(`; run: ${remedy}`), message)
  rmSync(folder, { recursive: true })
  t.equal(loaded(installed), installed.packed)
})

t.test('a core of another version', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  const file = join(installed.root, 'package.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"version": "${version}"`, '"version": "99.0.0"'))
  const why = `it is the core of psilon ${version}, and this is 99.0.0; run: ${command(installed)}`
  t.equal(loaded(installed), `ERR_NATIVE [import] looked for the native core ${installed.packed}: ${why}`)
  build(installed)
  t.match(loaded(installed), new RegExp(`${installed.built}: it is the core of psilon ${version}, and this is 99`))
})

t.test('a packed core that is cut short, or no library', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  for (const bytes of [1_000_000, 4096, 20, 0]) {
    truncateSync(installed.packed, bytes)
    const message = loaded(installed)
    t.ok(
      message.startsWith(`ERR_NATIVE [import] looked for the native core ${installed.packed}: it is damaged`),
      message,
    )
    t.ok(message.endsWith(`; run: ${command(installed)}`), message)
  }
})

t.test('cores for other machines alone', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  rmSync(join(installed.root, 'prebuilds'), { recursive: true })
  for (const other of ['aix-ppc64', 'linux-riscv64']) {
    mkdirSync(join(installed.root, 'prebuilds', other), { recursive: true })
    writeFileSync(join(installed.root, 'prebuilds', other, 'psilon.node'), 'a core')
  }
  mkdirSync(join(installed.root, 'prebuilds', target())) // without a core
  const others = `the package came with cores for aix-ppc64 and linux-riscv64, not for ${target()}`
  const wanted = `looked for the native core ${installed.built}`
  t.equal(loaded(installed), `ERR_NATIVE [import] ${wanted}: no such file, and ${others}; run: ${command(installed)}`)
})

t.test('a package of sources', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  rmSync(join(installed.root, 'prebuilds'), { recursive: true })
  const wanted = `looked for the native core ${installed.built}: no such file, the core was never built`
  t.equal(loaded(installed), `ERR_NATIVE [import] ${wanted}; run: ${command(installed)}`)
})

t.test('processes that load no addons, or read nothing else', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  t.match(
    loaded(installed, ['--no-addons']),
    /^ERR_NATIVE \[import\] this process does not load addons, .* --no-addons/,
  )
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
  const permitted = [flag, `--allow-fs-read=${packageRoot}/*`, '--allow-addons', '--no-warnings']
  t.equal(loaded(installed, permitted), installed.packed)
})

t.test('what the install script decides', { skip: noPackedFile }, async (t) => {
  const installed = install(t)
  const script = join(installed.root, 'scripts', 'install.mjs')
  writeFileSync(join(installed.root, 'scripts', 'build-native.mjs'), "console.log('builds')")
  const decides = (env = {}) => {
    const { status, stdout, stderr } = node([script], env)
    t.equal(status, 0, stderr)
    return stdout.trimEnd()
  }
  const stays = 'psilon: the core that came with the package runs here; nothing is built (PSILON_BUILD=1 builds one)'
  t.equal(decides(), stays)
  t.equal(decides({ PSILON_BUILD: '1' }), 'builds')
  build(installed)
  t.equal(decides(), `${stays}\npsilon: ${installed.built}, which was built before, is loaded all the same`)
  rmSync(join(installed.root, 'build'), { recursive: true })

  renameSync(dirname(installed.packed), join(installed.root, 'prebuilds', 'aix-ppc64'))
  t.equal(decides(), 'builds', 'none that fits')
  mkdirSync(dirname(installed.packed))
  writeFileSync(installed.packed, 'no library at all')
  t.equal(decides(), 'builds', 'one that does not load')
  rmSync(join(installed.root, 'prebuilds'), { recursive: true })
  t.equal(decides(), 'builds', 'none at all')
  t.notOk(existsSync(join(installed.root, 'build')))
})

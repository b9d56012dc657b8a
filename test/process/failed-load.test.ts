import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot, runModule } from '../support/child.js'

/** A copy of the package with `core` in place of the native core, or without one. */
async function copyOfPackage(t: Tap, core?: Buffer, folder = 'psilon'): Promise<string> {
  const root = join(t.testdir({ [folder]: {} }), folder)
  for (const part of ['dist', 'package.json']) await cp(join(packageRoot, part), join(root, part), { recursive: true })
  await symlink(join(packageRoot, 'node_modules'), join(root, 'node_modules'))
  if (core === undefined) return root
  await mkdir(join(root, 'build', 'Release'), { recursive: true })
  await writeFile(join(root, 'build', 'Release', 'psilon.node'), core)
  return root
}

type Tap = Pick<typeof t, 'testdir'>

const importIt = `
  try { await import('psilon') }
  catch (error) { console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message })) }
`

async function failureOf(cwd: string): Promise<{ name: string; code: string; message: string }> {
  const { stdout } = await runModule(importIt, { cwd })
  return JSON.parse(stdout)
}

t.test('a core that was never built: what was looked for, the cause, the command', async (t) => {
  const root = await copyOfPackage(t)
  const { name, code, message } = await failureOf(root)
  t.equal(name, 'PsilonError')
  t.equal(code, 'ERR_NATIVE')
  const core = join(root, 'build', 'Release', 'psilon.node')
  const cause = 'no such file, the core was never built'
  t.equal(message, `[import] looked for the native core ${core}: ${cause}; run: npm run build`)
})

t.test('a core for another processor', { skip: process.platform !== 'linux' }, async (t) => {
  const header = Buffer.from('7f454c460201010000000000000000000300f300010000000000000000000000', 'hex')
  const { code, message } = await failureOf(await copyOfPackage(t, Buffer.concat([header, Buffer.alloc(4096)])))
  t.equal(code, 'ERR_NATIVE')
  t.match(
    message,
    /: it was built for another Node\.js or another processor than this one, Node\.js v\d.*; run: npm run b/,
  )
})

t.test('a C++ runtime that is missing', { skip: process.platform !== 'linux' }, async (t) => {
  const core = await readFile(join(packageRoot, 'build', 'Release', 'psilon.node'))
  const at = core.indexOf('libstdc++.so.6')
  if (at < 0) return t.comment('the core has the C++ runtime built in')
  core.write('libstdc++.so.0', at, 'latin1')
  const { code, message } = await failureOf(await copyOfPackage(t, core))
  t.equal(code, 'ERR_NATIVE')
  t.match(message, /: the C\+\+ runtime it needs is missing .*libstdc\+\+.*; install .*; run: npm run build$/)
})

t.test('a C library that is older than the core needs', { skip: process.platform !== 'linux' }, async (t) => {
  const core = await readFile(join(packageRoot, 'build', 'Release', 'psilon.node'))
  const at = core.indexOf('GLIBC_2.')
  if (at < 0) return t.comment('the core is not of glibc')
  core.write('GLIBC_9.', at, 'latin1')
  const { code, message } = await failureOf(await copyOfPackage(t, core))
  t.equal(code, 'ERR_NATIVE')
  t.match(message, /: it needs a different or newer C library than this system has \(.*GLIBC_9.*; run: npm run build$/)
})

t.test('a core that is cut short', { skip: process.platform !== 'linux' }, async (t) => {
  const core = await readFile(join(packageRoot, 'build', 'Release', 'psilon.node'))
  for (const bytes of [core.length - 1, Math.floor(core.length / 3), 64, 20, 0]) {
    const { code, message } = await failureOf(await copyOfPackage(t, core.subarray(0, bytes)))
    t.equal(code, 'ERR_NATIVE')
    t.match(message, /: it is damaged, or not a library for this system \(.*; run: npm run build$/, `${bytes} bytes`)
  }
})

t.test('a core of another version', async (t) => {
  const root = await copyOfPackage(t, await readFile(join(packageRoot, 'build', 'Release', 'psilon.node')))
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ name: 'psilon', version: '99.0.0', type: 'module', exports: './dist/index.js' }),
  )
  const { code, message } = await failureOf(root)
  t.equal(code, 'ERR_NATIVE')
  t.match(message, /: it is the core of psilon \d[\w.-]+, and this is 99\.0\.0; run: npm run build$/)
})

t.test('why a core is not loaded is not read from the name of its folder', async (t) => {
  const folder = 'libstdc++ GLIBC_2.99 self-driving'
  const { message } = await failureOf(await copyOfPackage(t, Buffer.from('no library at all'), folder))
  t.match(message, /psilon\.node: it is damaged, or not a library for this system \(psilon\.node: /)
})

t.test('a core that is no library', async (t) => {
  const { code, message } = await failureOf(await copyOfPackage(t, Buffer.from('no library at all')))
  t.equal(code, 'ERR_NATIVE')
  t.match(message, /^\[import\] looked for the native core .*psilon\.node: .+; run: npm run build$/)
})

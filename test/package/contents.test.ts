import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../support/child.js'
import { noPackedFile, packedFile, unpack } from '../support/packed.js'

/** What is in the packed file, and that tools which judge packages find nothing wrong with it. */

const tools = join(packageRoot, 'test', 'package', 'tools', 'node_modules', '.bin')
const noTools = existsSync(tools) ? noPackedFile : 'needs npm run install:package-tools'

function run(command: string, ...args: string[]) {
  return spawnSync('env', ['-u', 'NODE_OPTIONS', 'LC_ALL=C', command, ...args], { encoding: 'utf8' })
}

t.test('what README and types point to is there, and nothing of the tests', { skip: noPackedFile }, async (t) => {
  const root = unpack(t.testdir({}))
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const types = files.filter((file) => file.endsWith('.d.ts')).map((file) => readFileSync(join(root, file), 'utf8'))
  const named = [...types.join('\n').matchAll(/\bdocs\/[\w-]+\.md/g)].map(([path]) => path)
  t.ok(links.length > 15 && named.length > 5)
  for (const path of new Set([...links, ...named])) t.ok(existsSync(join(root, path)), path)
  const maps = files.filter((file) => file.endsWith('.js.map'))
  for (const file of maps) {
    for (const source of JSON.parse(readFileSync(join(root, file), 'utf8')).sources) {
      t.ok(existsSync(join(root, dirname(file), source)), `${source} of ${file}`)
    }
  }
  const allowed =
    /^(dist|lib|native|data|prebuilds|docs|examples|scripts|package\.json|CMakeLists\.txt|[A-Z]+(\.md)?)(\/|$)/
  t.strictSame(
    files.filter((file) => !allowed.test(file)),
    [],
  )
})

const noLinux = noPackedFile || (process.platform === 'linux' ? false : 'there is no core for Linux')

t.test('the cores show two functions and need no C++ runtime', { skip: noLinux }, async (t) => {
  const prebuilds = join(unpack(t.testdir({})), 'prebuilds')
  const targets = readdirSync(prebuilds).filter((target) => target.startsWith('linux-'))
  for (const target of targets) {
    const file = join(prebuilds, target, 'psilon.node')
    const { stdout, stderr } = run('readelf', '--dyn-syms', '--dynamic', '--section-headers', '--wide', file)
    const symbols = [...stdout.matchAll(/^ +\d+: [0-9a-f]+ .* (?:GLOBAL|WEAK|UNIQUE) +DEFAULT +\d+ (\S+)$/gm)].map(
      ([, name]) => name,
    )
    t.strictSame(symbols.sort(), ['napi_register_module_v1', 'node_api_module_get_api_version_v1'], stderr)
    t.notMatch(stdout, /_dl_find_object|arc4random/, `${target} runs on a glibc older than 2.35`)
    t.notMatch(stdout, /NEEDED.*(stdc\+\+|gcc_s)/, target)
    t.notMatch(stdout, / \.(symtab|debug_info) /, `${target} is stripped`)
  }
})

t.test('publint', { skip: noTools }, async (t) => {
  const { status, stdout, stderr } = run(join(tools, 'publint'), '--strict', packedFile)
  t.equal(status, 0, stdout + stderr)
})

// The one limit, which docs/install.md states: TypeScript under node16 takes a `require` of an ES module for an error,
// though every Node.js that psilon runs on can do it.
t.test('are the types wrong', { skip: noTools }, async (t) => {
  const attw = (...options: string[]) => run(join(tools, 'attw'), packedFile, '--format', 'json', ...options)
  t.equal(attw('--ignore-rules', 'cjs-resolves-to-esm').status, 0)
  const { problems } = JSON.parse(attw().stdout)
  t.strictSame(Object.keys(problems), ['CJSResolvesToESM'])
})

import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../support/child.js'
import { nodeAlone } from '../support/packed.js'

/** What `npm run build:packed` does not put into a packed file. */

function refusal(args: string[], path = process.env.PATH): string {
  const script = join(packageRoot, 'scripts', 'build-packed.mjs')
  const command = ['-u', 'NODE_OPTIONS', `PATH=${path}`, process.execPath, script, ...args]
  const { status, stdout, stderr } = spawnSync('env', command, { encoding: 'utf8' })
  return status === 1 ? stderr.trimEnd() : `exit code ${status}: ${stdout}${stderr}`
}

t.test('cores that were built elsewhere', async (t) => {
  const folder = t.testdir({
    empty: {},
    garbage: { garbage: { 'psilon.node': 'no core' } },
    mac: { 'darwin-arm64': { 'psilon.node': 'no core' } },
    text: { 'linux-x64': { 'psilon.node': 'no core' } },
  })
  const at = (name: string) => join(folder, name)
  const none = `build:packed: ${at('empty')} has no <target>/psilon.node, such as `
  t.ok(refusal(['--prebuilds', at('empty')]).startsWith(none))
  t.match(refusal(['--prebuilds', at('nowhere')]), /^build:packed: .*nowhere has no <target>\/psilon\.node, such as /)
  const unknown = /^build:packed: unknown target "garbage"; expected some of linux-x64, linux-arm64, /
  t.match(refusal(['--prebuilds', at('garbage')]), unknown)
  t.match(refusal(['--no-pack', '--only', 'linux-x64,garbage']), unknown)
  t.match(refusal(['--prebuilds', at('mac')]), /psilon\.node is no core for darwin-arm64$/)
  t.match(
    refusal(['--prebuilds', at('text'), '--only', 'linux-x64']),
    /'--prebuilds <folder>' cannot be used with option/,
  )
  t.match(refusal(['--jobs', '0']), /'--jobs <n>' argument '0' is invalid\. expected a whole number from 1 on/)
})

t.test(
  'cores for Linux that were built elsewhere',
  { skip: process.platform === 'linux' ? false : 'no readelf' },
  async (t) => {
    const folder = t.testdir({ text: { 'linux-x64': { 'psilon.node': 'no core' } } })
    const at = (name: string) => join(folder, name)
    t.match(refusal(['--prebuilds', at('text')]), /^build:packed: .*psilon\.node is no core for linux-x64$/)
    const built = join(packageRoot, 'build', 'Release', 'psilon.node')
    const other = `linux-${process.arch === 'x64' ? 'arm64' : 'x64'}`
    cpSync(built, join(folder, 'other', other, 'psilon.node'))
    t.match(refusal(['--prebuilds', at('other')]), new RegExp(`psilon\\.node is no core for ${other}$`))
    cpSync(built, join(folder, 'here', `linux-${process.arch}`, 'psilon.node'))
    const outside =
      /psilon\.node has not the compiler's libraries inside: it loads libstdc\+\+\.so\.6, libgcc_s\.so\.1$/
    t.match(refusal(['--prebuilds', at('here')]), outside)
  },
)

const crossCompiles = process.platform === 'linux' && process.arch === 'x64'
const notHere = crossCompiles ? false : 'it is about the cross-compiler on Linux, x64'

t.test('targets for which there is no compiler', { skip: notHere }, async (t) => {
  const bin = nodeAlone(t.testdir({}))
  t.equal(
    refusal(['--no-pack', '--only', 'linux-x64'], bin),
    'build:packed: linux-x64 cannot be built: there is no cmake',
  )
  symlinkSync('/bin/true', join(bin, 'cmake'))
  const elsewhere =
    /^build:packed: darwin-arm64 cannot be built: it is built on such a machine alone, and this is linux-x64/
  t.match(refusal(['--no-pack', '--only', 'darwin-arm64'], bin), elsewhere)
  const missing = 'build:packed: linux-arm64 cannot be built: there is no aarch64-linux-gnu-g++'
  t.equal(refusal(['--no-pack', '--only', 'linux-arm64'], bin), missing)
  t.equal(refusal(['--no-pack', '--all'], bin), missing)
})

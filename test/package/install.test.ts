import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from 'psilon'
import t from 'tap'
import { emptyFolder, nodeAlone, noPackedFile, npmScript, packedFile } from '../support/packed.js'
import { example, printsWhatItSays } from '../support/readme.js'

/** What a user has who knows neither cmake nor compilers: a project, node, npm and the packed file. */

t.test('a PATH of node alone, and no scripts', { skip: noPackedFile, timeout: 600_000 }, async (t) => {
  const folder = emptyFolder(t)
  const project = join(folder, 'project')
  // npm's own settings, such as its registry, and nothing else that could help
  const settings = Object.entries(process.env).filter(([name]) => /^(npm_config_|HOME$|https?_proxy$)/i.test(name))
  const env = [...settings.map(([name, value]) => `${name}=${value}`), `PATH=${nodeAlone(folder)}`]
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{}')
  const node = (...args: string[]) =>
    spawnSync('env', ['-i', ...env, 'node', ...args], { cwd: project, encoding: 'utf8' })

  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--omit=optional']
  const installed = node(npmScript(), 'install', ...quiet, packedFile)
  t.equal(installed.status, 0, installed.stderr)
  const psilon = join(project, 'node_modules', 'psilon')
  t.notOk(existsSync(join(psilon, 'build')), 'nothing was built')

  await t.test('the example of the README', async (t) => {
    cpSync(join(psilon, 'data'), join(project, 'data'), { recursive: true })
    writeFileSync(join(project, 'example.mjs'), example)
    const { status, stdout, stderr } = node('example.mjs')
    t.equal(status, 0, stderr)
    printsWhatItSays(t, stdout)
    t.ok(readdirSync(project).includes('tumours.safetensors'))
  })

  await t.test('require', async (t) => {
    const { stdout, stderr } = node('--eval', 'console.log(require("psilon").version)')
    t.equal(stdout, `${version}\n`, stderr)
  })

  await t.test('the command line', async (t) => {
    const { status, stdout, stderr } = node(join('node_modules', '.bin', 'psilon'), 'doctor')
    t.equal(status, 0, stderr)
    t.match(stdout, new RegExp(`^psilon +${version}\n`))
    t.match(stdout, /^cpu +CPU, \w+ kernels/m)
  })

  await t.test('an error that the core throws', async (t) => {
    env.push('PSILON_INSTRUCTION_SET=none')
    t.match(
      node(join('node_modules', '.bin', 'psilon'), 'doctor').stderr,
      /PSILON_INSTRUCTION_SET is "none"; this processor has/,
    )
  })
})

// npm run build:packed: the package with cores inside, which installs without a compiler.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { needsOf } from './packed/needs.mjs'
import { pack } from './packed/pack.mjs'
import { buildCore, host, known, linkCore, obstacle, targets } from './packed/targets.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** The cores of a folder that holds <target>/psilon.node. */
function coresIn(folder) {
  const found = existsSync(folder) ? readdirSync(folder) : []
  const cores = found
    .map((target) => ({ target, file: join(folder, target, 'psilon.node') }))
    .filter(({ file }) => existsSync(file))
  requireKnown(cores.map(({ target }) => target))
  if (cores.length === 0) throw new Error(`${folder} has no <target>/psilon.node, such as ${host}/psilon.node`)
  return cores
}

function requireKnown(names) {
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new Error(
    `unknown target ${unknown.map((name) => `"${name}"`).join(', ')}; expected some of ${known.join(', ')}`,
  )
}

/** Builds what can be built here and is asked for; what cannot is named, or with `all` an error. */
function builtCores({ only, all, linked, cuda, jobs }) {
  const build = (target) => (linked && target === host ? linkCore(root, jobs) : buildCore(root, target, { cuda, jobs }))
  requireKnown(only ?? [])
  const cores = []
  for (const target of new Set(only ?? targets)) {
    const reason = obstacle(target)
    if (reason === undefined) cores.push({ target, file: build(target) })
    else if (all || only !== undefined) throw new Error(`${target} cannot be built: ${reason}`)
    else console.log(`${target} is left out: ${reason}`)
  }
  return cores
}

function describe({ target, file }) {
  const needs = needsOf(file, target)
  const words = [megabytes(statSync(file).size)]
  if (needs?.glibc) words.push(`glibc ${needs.glibc} or newer`)
  if (needs !== null) words.push(needs.cuda ? 'with CUDA' : 'without CUDA', `loads ${needs.libraries.join(' ')}`)
  return `${target.padEnd(16)} ${words.join(', ')}`
}

function list(text) {
  return text.split(',').map((name) => name.trim())
}

function count(text) {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1 on')
  return Number(text)
}

function main(options) {
  const cores = options.prebuilds === undefined ? builtCores(options) : coresIn(options.prebuilds)
  if (cores.length === 0) throw new Error('there is nothing to put in')
  for (const core of cores) console.log(describe(core))
  if (!options.pack) return
  const { file, size, unpackedSize, entryCount } = pack(root, cores, options.out)
  console.log(`${relative('', file)}  ${megabytes(size)}, unpacked ${megabytes(unpackedSize)}, ${entryCount} files`)
}

const options = new Command('npm run build:packed --')
  .option('--all', 'fail where a core cannot be built, instead of leaving it out')
  .option('--only <targets>', `these alone, with commas between them: ${known.join(',')}`, list)
  .addOption(
    new Option(
      '--prebuilds <folder>',
      'build nothing; put in what the folder holds, as <target>/psilon.node',
    ).conflicts(['all', 'only', 'linked']),
  )
  .option('--linked', "this machine's core from what `npm run build` compiled, which saves compiling it again")
  .option('--no-cuda', 'without the CUDA backend')
  .option('--no-pack', 'build the cores alone, in build/packed/<target>')
  .option('--jobs <n>', 'compilers at once', count, availableParallelism())
  .option('--out <folder>', 'folder of the packed file', root)
  .parse()
  .opts()
try {
  main(options)
} catch (error) {
  console.error(`build:packed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

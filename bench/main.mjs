/** npm run bench -- [suites...]: measures, and writes the figures and a page that shows them. */

import '../test/addon/use.mjs'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { processors } from '#psilon/machine/processors.js'
import { full, quick } from './effort.mjs'
import { machine } from './machine.mjs'
import { page } from './page.mjs'
import { inference } from './suites/inference.mjs'
import { kernels } from './suites/kernels.mjs'
import { presets } from './suites/presets.mjs'
import { rows } from './suites/rows.mjs'
import { small } from './suites/small.mjs'
import { training } from './suites/training.mjs'
import { versus } from './suites/versus.mjs'

const suites = { kernels, training, small, presets, inference, rows, versus }
const docs = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url))

/** In order, each once. */
function threadCounts(text) {
  const counts = [...new Set(text.split(',').map(Number))].sort((a, b) => a - b)
  const most = processors()
  if (counts.every((count) => Number.isInteger(count) && count >= 1 && count <= most)) return counts
  throw new InvalidArgumentError(`expected numbers of threads from 1 to ${most}, such as 1,2`)
}

/** What `read` makes of a flag's value; its error says what is wrong with that. */
const valueBy = (read) => (text) => {
  try {
    return read(text)
  } catch (error) {
    throw new InvalidArgumentError(/** @type {Error} */ (error).message)
  }
}

/** A file that can be written; the figures of a run would be lost otherwise. */
const target = valueBy((path) => {
  closeSync(openSync(path, 'a'))
  return path
})

const figuresOf = valueBy((path) => JSON.parse(readFileSync(path, 'utf8')))

/** Numbers of six digits: more would say nothing. */
function textOf(results) {
  const round = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)
  return `${JSON.stringify(results, round, 1)}\n`
}

async function measure(names, options, save) {
  const began = performance.now()
  const { threads } = options
  const report = (what) => console.error(`${((performance.now() - began) / 1e3).toFixed(0).padStart(5)} s  ${what}`)
  const effort = { ...(options.quick ? quick : full), quick: options.quick === true, threads, report }
  const results = { machine: machine(threads), quick: effort.quick, suites: {} }
  for (const name of names) {
    report(name)
    results.suites[name] = await suites[name](effort)
    save(results)
  }
  return results
}

/** What `npm run gpu-check` found where it was last written down. */
function gpuCheck() {
  const file = docs('gpu-check.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** A whole run is what the docs show; of any other only what is asked for is written. */
async function run(names, options) {
  const { from } = options
  const whole = from === undefined && names.length === 0 && !options.quick
  const json = options.json ?? (whole ? docs('benchmarks.json') : undefined)
  const markdown = options.page ?? (whole || from !== undefined ? docs('benchmarks.md') : undefined)
  const save = (measured) => json !== undefined && writeFileSync(json, textOf(measured)) // should a later suite fail
  const results =
    from === undefined
      ? JSON.parse(textOf(await measure(names.length === 0 ? Object.keys(suites) : names, options, save)))
      : from
  if (markdown !== undefined) writeFileSync(markdown, page(results, gpuCheck()))
  if (json === undefined && markdown === undefined) process.stdout.write(page(results, gpuCheck()))
}

await new Command('npm run bench --')
  .addArgument(new Argument('[suites...]', 'what is measured; default: everything').choices(Object.keys(suites)))
  .option('--json <file>', 'where the figures go; of a whole run by default docs/benchmarks.json', target)
  .option('--page <file>', 'where the page goes; of a whole run by default docs/benchmarks.md', target)
  .option('--from <file>', 'measure nothing, show the figures of this file', figuresOf)
  .option(
    '--threads <list>',
    'numbers of threads to compare, no more than there are cores',
    threadCounts,
    [1, 2].filter((count) => count <= processors()),
  )
  .option('--quick', 'show that everything runs; the figures say nothing')
  .action(run)
  .parseAsync()

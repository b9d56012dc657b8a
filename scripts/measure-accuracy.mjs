// npm run measure:accuracy -- --data DIR: PSiLON, one network and an ensemble, beside scikit-learn's random forest and
// histogram gradient boosting, on the same prepared rows of every table. What is finished is kept in the folder of the
// run, and the same command goes on from there.

import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { version } from 'psilon'
import { onInterrupt } from '#psilon/cli/interrupt.js'
import { integer, names, numbers } from '#psilon/cli/values.js'
import { prepare } from '#psilon/experiments/prepare.js'
import { published } from '#psilon/experiments/protocol.js'
import { readTables } from '#psilon/experiments/read-data-sets.js'
import { RunFolder } from '#psilon/experiments/run-folder.js'
import { processors } from '#psilon/processors.js'
import { machine } from '../bench/machine.mjs'
import { ensembleOf } from './accuracy/ensemble.mjs'
import { trainAll } from './accuracy/networks.mjs'
import { page } from './accuracy/page.mjs'
import { findPeers } from './accuracy/peers.mjs'
import { averageRanks, ranked } from './accuracy/ranking.mjs'

/** @typedef {import('#psilon/experiments/data-sets.js').DataSet} DataSet */

const command = 'measure:accuracy'
const leastRows = 4000
const { trainRows } = published
const requirements = { trainRows, tasks: /** @type {const} */ (['regression', 'binary']), leastRows, leastColumns: 1 }
const threads = processors()

function positive(text) {
  const value = integer(text)
  if (value >= 1) return value
  throw new InvalidArgumentError('Expected an integer from 1.')
}

const began = performance.now()
const report = (text) => console.error(`${((performance.now() - began) / 1e3).toFixed(0).padStart(6)} s  ${text}`)

function reportFinished() {
  let last
  return ({ cell, finished, cells }) => {
    if (finished > last) report(`${finished}/${cells} ${cell}`)
    last = finished
  }
}

/** What one table gives. @param {DataSet} set */
async function measureTable(set, { search, pruned, members, lambda, scaling, chosen }, others) {
  const { name, task, inputs, train, test, validation } = set
  return ranked({
    set: name,
    task,
    inputs,
    scaling,
    lambda,
    rows: { train: train.y.length, test: test.y.length, validation: validation.y.length },
    search: search.map(({ scaling, lambda, scores, seconds }) => ({ scaling, lambda, scores, seconds })),
    pruned: pruned.map(({ scaling, exactSparsity, scores }) => ({ scaling, zeros: exactSparsity, scores })),
    zeros: members[0]?.result.exactSparsity ?? null,
    one: members[0]?.result.scores ?? null,
    ensemble: await ensembleOf(chosen, members),
    ...others,
  })
}

/** The rows of a table in both scalings, under names of their own. */
function inScalings({ name, table }) {
  return {
    standard: prepare(name, table, { trainRows }),
    asinh: prepare(`${name}-asinh`, table, { trainRows, scaling: 'asinh' }),
  }
}

async function measure({ data, sets: wanted, out, hidden, epochs, lambdas, members }, signal) {
  const options = { hidden, epochs, lambdas, members }
  const source = { data, names: wanted && [...new Set(wanted)] }
  const { tables: read, skipped } = await readTables(command, source, requirements)
  const sets = read.map(inScalings)
  for (const { set, reason } of skipped) report(`${set} is left out: ${reason}`)
  const peers = await findPeers()
  if (peers.version === null) report(`random forest and boosting are left out: ${peers.absent}`)
  const folder = await RunFolder.open(command, out)
  const trained = await trainAll(sets, { out, ...options }, { folder, threads, signal, emit: reportFinished() })
  const tables = []
  for (const [k, { standard: set }] of sets.entries()) {
    report(`${set.name}: average${peers.version === null ? '' : ', random forest, boosting'}`)
    const others = await peers.measure(set, { threads, signal, folder: join(out, 'peers') })
    tables.push(await measureTable(set, trained[k], others))
  }
  const found = { peers: peers.version ?? peers.absent, tables, averageRanks: averageRanks(tables) }
  const results = { command, version, machine: machine(threads), options, skipped, ...found }
  report(`all figures are in ${await folder.writeResults(results)}`)
  process.stdout.write(page(results))
}

async function run(options) {
  const stop = new AbortController()
  const interrupt = onInterrupt(() => stop.abort())
  try {
    await measure(options, stop.signal)
  } catch (error) {
    report(stop.signal.aborted ? 'cancelled; the same command goes on from here' : String(error))
    process.exitCode = stop.signal.aborted ? 130 : 1
  } finally {
    interrupt.release()
  }
}

await new Command('npm run measure:accuracy --')
  .requiredOption(
    '--data <folder>',
    `tables; those with at least ${leastRows} rows and a target of two classes or numbers take part`,
  )
  .option('--sets <names>', 'only these tables, with commas between them', names)
  .option('--out <folder>', 'folder of the run', join('runs', 'measure-accuracy'))
  .option('--hidden <n>', 'units in each hidden layer', positive, published.hidden)
  .option('--epochs <n>', 'passes over the rows', positive, published.epochs)
  .option('--lambdas <list>', 'between which the validation rows choose', numbers, [...published.lambdas])
  .option('--members <n>', 'networks of an ensemble', positive, 5)
  .action(run)
  .parseAsync()

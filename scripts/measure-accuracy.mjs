// npm run measure:accuracy -- --data DIR: PSiLON, one network and an ensemble, beside scikit-learn's random forest and
// histogram gradient boosting, on the same prepared rows of every table. What is finished is kept in the folder of the
// run, and the same command goes on from there.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { least } from 'd3-array'
import { version } from 'psilon'
import { onInterrupt } from '#psilon/cli/interrupt.js'
import { integer, names, numbers } from '#psilon/cli/values.js'
import { cellOf, fileNameOf } from '#psilon/experiments/cells.js'
import { readDataSets } from '#psilon/experiments/data-sets.js'
import { networkSetting, published } from '#psilon/experiments/protocol.js'
import { CellRunner } from '#psilon/experiments/run-cells.js'
import { RunFolder } from '#psilon/experiments/run-folder.js'
import { choose, prunedCells } from '#psilon/experiments/summary.js'
import { processors } from '#psilon/processors.js'
import { machine } from '../bench/machine.mjs'
import { ensembleOf, memberCells } from './accuracy/ensemble.mjs'
import { page } from './accuracy/page.mjs'
import { findPeers } from './accuracy/peers.mjs'
import { averageRanks, ranked } from './accuracy/ranking.mjs'

/** @typedef {import('#psilon/experiments/cells.js').CellResult} CellResult */
/** @typedef {import('#psilon/experiments/data-sets.js').DataSet} DataSet */

const seed = 1
const leastRows = 4000
const { trainRows, hidden } = published
const requirements = { trainRows, tasks: /** @type {const} */ (['regression', 'binary']), leastRows, leastColumns: 1 }
const threads = processors()

function positive(text) {
  const value = integer(text)
  if (value >= 1) return value
  throw new InvalidArgumentError('Expected an integer from 1.')
}

const began = performance.now()
const report = (text) => console.error(`${((performance.now() - began) / 1e3).toFixed(0).padStart(6)} s  ${text}`)

const lambdaOf = ({ setting }) => setting.lambda

/**
 * A network for each lambda, the one that the validation rows choose once more with zeros, and of that of the two which
 * they prefer as many as the ensemble has: for each table what they gave and where the ensemble's are. Where every
 * network diverged there is no lambda and no member.
 */
async function trainAll(sets, { out, folder, epochs, lambdas, members, signal }) {
  const models = join(out, 'models')
  await mkdir(models, { recursive: true })
  const modelOf = (cell) => join(models, fileNameOf(cell).replace(/json$/, 'safetensors'))
  const settings = lambdas.map((lambda) => networkSetting('psilon', lambda, { seeds: 1, trainRows, hidden, epochs }))
  const tried = sets.flatMap((set) => settings.map((setting) => cellOf(set, 'psilon', seed, setting)))
  const cells = tried.length + sets.length * members
  const context = { sets, folder, threads, signal, device: /** @type {const} */ ('cpu'), emit: reportFinished() }
  const trained = (cell, network) => network.save(modelOf(cell))
  const runner = new CellRunner({ ...context, trained }, { cells, work: cells * epochs })
  const pruned = prunedCells(await runner.run(tried), sets, 1)
  const compared = await runner.run(pruned)
  const ensembles = sets.map(({ name }) => {
    const chosen = preferred(compared, name, pruned)
    return chosen === undefined ? [] : memberCells(chosen, members)
  })
  const results = await runner.run(ensembles.flatMap(([_first, ...others]) => others))
  const of = (cells, name) =>
    cells.filter(({ set }) => set === name).map((cell) => ({ cell, result: resultIn(results, cell) }))
  return sets.map(({ name }, k) => ({
    search: of(tried, name),
    pruned: of(pruned, name)[0]?.result ?? null,
    members: ensembles[k].map((cell) => ({ result: resultIn(results, cell), model: modelOf(cell) })),
    lambda: ensembles[k].length === 0 ? null : lambdaOf(ensembles[k][0]),
  }))
}

/** Of a table, the cell with the least validation score. */
function preferred(results, name, pruned) {
  const dense = choose(results, name, 'psilon', seed)
  const cells = [...(dense === undefined ? [] : [dense.cell]), ...pruned.filter(({ set }) => set === name)]
  return least(cells, (cell) => resultIn(results, cell).scores?.validation)
}

/** @param {import('#psilon/experiments/run-cells.js').Results} results */
const resultIn = (results, cell) => /** @type {CellResult} */ (results.get(cell))

function reportFinished() {
  let last
  return ({ cell, finished, cells }) => {
    if (finished > last) report(`${finished}/${cells} ${cell}`)
    last = finished
  }
}

/** What one table gives. @param {DataSet} set */
async function measureTable(set, { search, pruned, members, lambda }, others) {
  const { name, task, inputs, train, test, validation } = set
  return ranked({
    ...{ set: name, task, inputs, lambda },
    rows: { train: train.y.length, test: test.y.length, validation: validation.y.length },
    search: search.map(({ cell, result: { scores, seconds } }) => ({ lambda: lambdaOf(cell), scores, seconds })),
    pruned: pruned && { zeros: pruned.exactSparsity, scores: pruned.scores },
    zeros: members[0]?.result.exactSparsity ?? null,
    one: members[0]?.result.scores ?? null,
    ensemble: await ensembleOf(set, members),
    ...others,
  })
}

async function measure({ data, sets: wanted, out, epochs, lambdas, members }, signal) {
  const { sets, skipped } = await readDataSets(data, wanted && [...new Set(wanted)], requirements)
  for (const { set, reason } of skipped) report(`${set} is left out: ${reason}`)
  const peers = await findPeers()
  if (peers.version === null) report(`random forest and boosting are left out: ${peers.absent}`)
  const folder = await RunFolder.open(out)
  const trained = await trainAll(sets, { out, folder, epochs, lambdas, members, signal })
  const tables = []
  for (const [k, set] of sets.entries()) {
    report(`${set.name}: average${peers.version === null ? '' : ', random forest, boosting'}`)
    const others = await peers.measure(set, { threads, signal, folder: join(out, 'peers') })
    tables.push(await measureTable(set, trained[k], others))
  }
  const results = {
    ...{
      command: 'measure:accuracy',
      version,
      machine: machine(threads),
      options: { epochs, lambdas, members },
      skipped,
    },
    ...{ peers: peers.version ?? peers.absent, tables, averageRanks: averageRanks(tables) },
  }
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
  .option('--epochs <n>', 'passes over the rows', positive, published.epochs)
  .option('--lambdas <list>', 'between which the validation rows choose', numbers, [...published.lambdas])
  .option('--members <n>', 'networks of an ensemble', positive, 5)
  .action(run)
  .parseAsync()

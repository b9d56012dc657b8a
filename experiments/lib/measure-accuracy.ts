import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { devices, type Table, version } from 'psilon'
import { ensembleOf } from './accuracy/ensemble.js'
import { type Options, type Scaled, type Trained, trainAll } from './accuracy/networks.js'
import { page } from './accuracy/page.js'
import { findPeers, type PeerScores } from './accuracy/peers.js'
import { averageRanks, ranksOn } from './accuracy/ranking.js'
import type { Progress } from './cells/run-cells.js'
import { RunFolder } from './cells/run-folder.js'
import { watchOutput } from './commands/output.js'
import { allThreads as threads } from './commands/run.js'
import { signalCode, stoppable } from './commands/stop.js'
import { integer, maxInteger, names, numbers } from './commands/values.js'
import type { DataSet } from './data/data-sets.js'
import { prepare } from './data/prepare.js'
import { readTables } from './data/read-data-sets.js'
import { published } from './studies/protocol.js'

// PSiLON, one network and an ensemble, beside scikit-learn's random forest and histogram gradient boosting, on the same
// prepared rows of every table. What is finished is kept in the folder of the run, and the same command goes on from there.

const command = 'measure:accuracy'
const minRows = 4000
const { trainRows } = published
const requirements = { trainRows, tasks: ['regression', 'binary'], minRows, minColumns: 1 } as const

interface Flags extends Options {
  data: string
  sets?: string[]
  out: string
}

const began = performance.now()
const report = (text: string) =>
  console.error(`${((performance.now() - began) / 1e3).toFixed(0).padStart(6)} s  ${text}`)

/** A line for each cell that is finished. */
function finishedLines(): (progress: Progress) => void {
  let last: number | undefined
  return ({ cell, finished, cells }) => {
    if (last !== undefined && finished > last) report(`${finished}/${cells} ${cell}`)
    last = finished
  }
}

async function measuredTable(set: DataSet, trained: Trained, peers: PeerScores) {
  const { name, task, inputs, train, test, validation } = set
  const { search, pruned, members, lambda, scaling, chosen } = trained
  const figures = {
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
    ...peers,
  }
  return { ...figures, ranks: ranksOn(figures) }
}

/** The rows of a table in both scalings, under names of their own. */
function inScalings({ name, table }: { name: string; table: Table }): Scaled {
  return {
    standard: prepare(name, table, { trainRows }),
    asinh: prepare(`${name}-asinh`, table, { trainRows, scaling: 'asinh' }),
  }
}

/** What the figures of a run depend on. */
function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${type()} ${release()}, ${process.arch}`,
    instructionSet: devices().find(({ kind }) => kind === 'cpu')?.instructionSet ?? null,
    threads,
    versions: { psilon: version, 'Node.js': process.versions.node },
  }
}

async function measure({ data, sets: wanted, out, ...options }: Flags, signal: AbortSignal): Promise<void> {
  const source = { data, names: wanted && [...new Set(wanted)] }
  const { tables: read, skipped } = await readTables(command, source, requirements)
  const sets = read.map(inScalings)
  for (const { set, reason } of skipped) report(`${set} is left out: ${reason}`)
  const peers = await findPeers()
  if (peers.version === null) report(`random forest and boosting are left out: ${peers.absent}`)
  const folder = await RunFolder.open(command, out)
  const trained = await trainAll(sets, { out, ...options }, { folder, threads, signal, emit: finishedLines() })
  const tables: Awaited<ReturnType<typeof measuredTable>>[] = []
  for (const [k, { standard: set }] of sets.entries()) {
    report(`${set.name}: average${peers.version === null ? '' : ', random forest, boosting'}`)
    const scores = await peers.measure(set, { threads, signal, folder: join(out, 'peers') })
    tables.push(await measuredTable(set, trained[k], scores))
  }
  const found = { peers: peers.version ?? (peers.absent as string), tables, averageRanks: averageRanks(tables) }
  const results = { command, version, machine: machine(), options, skipped, ...found }
  report(`all figures are in ${await folder.writeResults(results)}`)
  process.stdout.write(page({ ...results, processor: results.machine.processor }))
}

async function run(flags: Flags): Promise<void> {
  await stoppable(async (signal) => {
    try {
      await measure(flags, signal)
    } catch (error) {
      report(signal.aborted ? 'cancelled; the same command goes on from here' : String(error))
      process.exitCode = signal.aborted ? signalCode() : 1
    }
  })
}

const strengths = numbers('of at least 0', (value) => value >= 0)

watchOutput()
await new Command('npm run measure:accuracy --')
  .requiredOption(
    '--data <folder>',
    `tables; those with at least ${minRows} rows and a target of two classes or numbers take part`,
  )
  .option('--sets <names>', 'only these tables, with commas between them', names)
  .option('--out <folder>', 'folder of the run', join('runs', 'measure-accuracy'))
  .option('--hidden <n>', 'units in each hidden layer', integer(1, 1_000_000), published.hidden)
  .option('--epochs <n>', 'passes over the rows', integer(1, maxInteger), published.epochs)
  .option('--lambdas <list>', 'between which the validation rows choose', strengths, published.lambdas)
  .option('--members <n>', 'networks of an ensemble', integer(1, 1000), 5)
  .action(run)
  .parseAsync()

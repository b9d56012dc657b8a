import { join } from 'node:path'
import { Command } from 'commander'
import { ascending } from 'd3-array'
import { version } from 'psilon'
import { chosenModels, defaultModels } from './accuracy/choose-models.js'
import { allFits } from './accuracy/fits.js'
import { machine } from './accuracy/machine.js'
import { page } from './accuracy/page.js'
import type { NamedTable } from './accuracy/problem.js'
import { comparisons } from './accuracy/ranking.js'
import { rowsOf, type Split } from './accuracy/splits.js'
import { type TableFacts, tableFigures } from './accuracy/summary.js'
import { jsonObject, splits } from './accuracy/values.js'
import { resultsPath } from './cells/run-folder.js'
import { watchOutput } from './commands/output.js'
import { signalCode, stoppable } from './commands/stop.js'
import { integer, names } from './commands/values.js'
import { readTables } from './data/read-data-sets.js'
import { taskOfTable } from './data/requirements.js'
import { makeFolder, writeJson } from './files.js'

// PSiLON as its users have it, beside linear models, random forests and boosting, on several splits of every table. What
// is finished is kept in the folder of the run, and the same command goes on from there.

const command = 'measure:accuracy'
const minRows = 50
const requirements = { tasks: ['regression', 'binary', 'classes'], minRows, minColumns: 1 } as const

interface Flags {
  data: string
  sets?: string[]
  splits: Split[]
  models?: string[]
  out: string
  options: Record<string, unknown>
  threads: number
  kept: boolean
}

const began = performance.now()
const report = (text: string) =>
  console.error(`${((performance.now() - began) / 1e3).toFixed(0).padStart(6)} s  ${text}`)

const cellsThatTrain = ({ table }: NamedTable): number => rowsOf(table).train * table.names.length

function factsOf({ name, table }: NamedTable): TableFacts {
  return { table: name, task: taskOfTable(table), rows: rowsOf(table) }
}

async function measure(flags: Flags, signal: AbortSignal): Promise<void> {
  const { data, sets, out, splits, options, threads, kept: keptOnly } = flags
  const source = { data, names: sets && [...new Set(sets)] }
  const chosen = await chosenModels({ models: flags.models ?? defaultModels, threads, options })
  const { tables, skipped } = await readTables(command, source, requirements)
  for (const { set, reason } of skipped) report(`${set} is left out: ${reason}`)
  for (const { model, reason } of chosen.absent) report(`${model} is left out: ${reason}`)
  await makeFolder(command, out)
  const cheapestFirst = [...tables].sort((a, b) => ascending(cellsThatTrain(a), cellsThatTrain(b)))
  const work = { tables: cheapestFirst, splits, models: chosen.models }
  const { fits, failed } = await allFits(work, { folder: out, signal, keptOnly, report })
  const models = chosen.models.map(({ name }) => name).filter((name) => fits.some(({ model }) => model === name))
  const found = {
    models,
    tables: tables.map((table) => tableFigures(factsOf(table), fits, models)),
    comparisons: comparisons(fits, models, splits),
  }
  const given = { command, version, machine: machine(threads, chosen.versions), splits, options }
  const results = { ...given, skipped, absent: chosen.absent, failed, ...found, fits }
  await writeJson(command, resultsPath(out), results)
  report(`all figures are in ${resultsPath(out)}`)
  process.stdout.write(page({ ...results, processor: results.machine.processor }))
  if (failed.length > 0) process.exitCode = 1
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

watchOutput()
await new Command('npm run measure:accuracy --')
  .requiredOption(
    '--data <folder>',
    `tables NAME.csv or NAME.csv.gz with at least ${minRows} rows and a column "target"`,
  )
  .option('--sets <names>', 'only these tables, with commas between them', names)
  .option('--splits <list>', 'file, or seeds by which rows are drawn', splits, ['file', 1, 2, 3] as Split[])
  .option('--models <names>', `some of paper, realmlp and, by default all, ${defaultModels.join(', ')}`, names)
  .option('--out <folder>', 'folder of the run', join('runs', 'measure-accuracy'))
  .option('--options <json>', "further options of PSiLON's estimators", jsonObject, {})
  .option('--threads <n>', 'on which PSiLON trains', integer(1, 256), 1)
  .option('--kept', 'compute nothing, show what is finished', false)
  .action(run)
  .parseAsync()

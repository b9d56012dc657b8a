import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { machine } from './accuracy/machine.js'
import { resultsPath } from './cells/run-folder.js'
import { say, watchOutput } from './commands/output.js'
import { signalCode, stoppable } from './commands/stop.js'
import { names } from './commands/values.js'
import { pathsOf } from './data/table-folder.js'
import { makeFolder, writeJson } from './files.js'
import { page } from './train/page.js'
import { type Trained, trainedByProgram } from './train/train.js'

// `psilon train TABLE --target target` as users call it, for every table of a folder: scores, seconds and bytes.

const command = 'measure:train'

interface Flags {
  data: string
  sets?: string[]
  out: string
}

async function measure(further: readonly string[], { data, sets, out }: Flags, signal: AbortSignal): Promise<void> {
  const paths = await pathsOf(command, data, sets && [...new Set(sets)])
  await makeFolder(command, out)
  const trained: Trained[] = []
  const failed: { table: string; reason: string }[] = []
  const facts = machine(availableParallelism(), null)
  for (const [table, path] of paths) {
    try {
      const found = await trainedByProgram(table, path, further, signal)
      trained.push(found)
      say(`${table}: ${found.score.toPrecision(4)}, ${found.seconds.wall.toFixed(1)} s`)
    } catch (error) {
      signal.throwIfAborted()
      failed.push({ table, reason: (error as Error).message })
      say(`${table} failed: ${(error as Error).message}`)
    }
    await writeJson(command, resultsPath(out), { command, machine: facts, flags: further, trained, failed })
  }
  process.stdout.write(page(trained, `${facts.processor}, ${facts.cores} cores`))
  if (failed.length > 0) process.exitCode = 1
}

async function run(further: readonly string[], flags: Flags): Promise<void> {
  await stoppable(async (signal) => {
    try {
      await measure(further, flags, signal)
    } catch (error) {
      say(signal.aborted ? 'cancelled' : String(error))
      process.exitCode = signal.aborted ? signalCode() : 1
    }
  })
}

watchOutput()
await new Command(`npm run ${command} --`)
  .argument('[flags...]', 'further flags of psilon train, after another --')
  .requiredOption('--data <folder>', 'tables NAME.csv or NAME.csv.gz with a column "target"')
  .option('--sets <names>', 'only these tables, with commas between them', names)
  .option('--out <folder>', 'folder of the run', join('runs', 'measure-train'))
  .action(run)
  .parseAsync()

import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { checkInteger } from '../checks.js'
import { chooseDevice, noWork } from '../devices.js'
import type { DataSet } from '../experiments/data-sets.js'
import type { ExperimentDocument } from '../experiments/document.js'
import type { Context, Progress } from '../experiments/run-cells.js'
import { checkThreads } from '../network/fit-settings.js'
import { duration, facts } from '../print.js'
import { experimentFigures } from '../report/experiments/figures.js'
import { version } from '../version.js'
import { displayOn } from './display.js'
import { onInterrupt } from './interrupt.js'
import { printDocument, printLines } from './output.js'
import { clock, leftText } from './progress.js'
import { experimentPagePath } from './run-files.js'
import { tableLines } from './table-lines.js'
import { TimeLeft } from './time-left.js'
import { integer } from './values.js'
import { writeFiguresOrWarn } from './write-page.js'

export interface RunFlags {
  out: string
  device?: 'auto' | 'cpu' | 'cuda'
  threads?: number
  json?: boolean
  quiet?: boolean
}

/** @param name of the experiment. */
export function addRunOptions(command: Command, name: string): Command {
  return command
    .option('--out <folder>', 'folder of the run', join('runs', `reproduce-${name}`))
    .addOption(new Option('--device <device>', 'where to train (default: auto)').choices(['auto', 'cpu', 'cuda']))
    .option('--threads <n>', 'CPU threads (default: all)', integer)
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print only the tables of results')
}

export const checkedFlag = (flag: string, value: unknown, from: number, to: number): number =>
  checkInteger(flag, value, from, to)

interface Planned {
  sets: readonly DataSet[]
}

interface Experiment<Plan extends Planned, Results> {
  plan(): Promise<Plan>
  run(plan: Plan, context: Context): Promise<Results>
  /** What is going to be done. */
  describe(plan: Plan): [name: string, text: string][]
  document(
    plan: Plan,
    results: Results,
    run: { version: string; arguments: string[]; threads: number },
  ): ExperimentDocument
}

/** Plans, runs and shows an experiment, and leaves its figures in the folder of the run. */
export async function reproduce<Plan extends Planned, Results>(
  { out, device = 'auto', threads: wanted, json = false, quiet = false }: RunFlags,
  experiment: Experiment<Plan, Results>,
): Promise<void> {
  const threads = checkThreads(wanted)
  chooseDevice(device, noWork)
  const plan = await experiment.plan()
  const { RunFolder } = await import('../experiments/run-folder.js')
  const folder = await RunFolder.open('reproduce', out)
  if (!json && !quiet) printLines(facts(experiment.describe(plan)))
  const { sets } = plan
  const results = await watched(!json && !quiet, (signal, emit) =>
    experiment.run(plan, { sets, folder, threads, device, signal, emit }),
  )
  const document = experiment.document(plan, results, { version, arguments: given(), threads })
  const file = await folder.writeResults(document)
  const figures = experimentFigures(document)
  const page = await writeFiguresOrWarn(experimentPagePath(out), figures)
  if (json) return printDocument(document)
  const lines = tableLines(figures.comparisons)
  const files = page === null ? file : `${file} and ${page}`
  printLines(quiet ? lines : ['', ...lines, '', `all figures are in ${files}`])
}

/** The arguments that the page repeats. */
const given = (): string[] => process.argv.slice(2).filter((arg) => arg !== '--json' && arg !== '--quiet')

/** Does the work, which Ctrl-C stops, and shows how far it is. */
async function watched<Results>(
  visible: boolean,
  work: (signal: AbortSignal, emit: (progress: Progress) => void) => Promise<Results>,
): Promise<Results> {
  const stop = new AbortController()
  const interrupt = onInterrupt(() => stop.abort())
  const display = visible ? displayOn(process.stderr) : undefined
  const left = new TimeLeft()
  const begin = clock()
  try {
    return await work(stop.signal, (progress) => {
      const elapsed = clock() - begin
      left.add(elapsed, progress.done - progress.before, 1 - progress.done)
      display?.show(progress.done, () => progressText(progress, { elapsed, left: left.seconds }))
    })
  } finally {
    display?.end()
    interrupt.release()
  }
}

function progressText(
  { cell, finished, cells, done }: Progress,
  { elapsed, left }: { elapsed: number; left: number | null },
): string[] {
  return [done < 1 ? leftText(left) : duration(elapsed), `${finished}/${cells} fits`, cell]
}

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { devices, PsilonError, version } from 'psilon'
import type { Context } from '../cells/run-cells.js'
import { RunFolder } from '../cells/run-folder.js'
import type { DataSet } from '../data/data-sets.js'
import type { ExperimentDocument } from '../documents/document.js'
import { type ExperimentPage, experimentPage } from '../pages/page.js'
import { facts } from '../text.js'
import { printDocument, printLines, say } from './output.js'
import { progressDisplay } from './progress.js'
import { stoppable } from './stop.js'
import { tableLines } from './table-lines.js'
import { integer } from './values.js'
import { pagePath, writePage } from './write-page.js'

export interface RunFlags {
  out: string
  device: 'auto' | 'cpu' | 'cuda'
  threads: number
  json?: boolean
  quiet?: boolean
}

/** As many as a fit takes. */
const maxThreads = 256

export const allThreads = Math.min(availableParallelism(), maxThreads)

/** @param name of the experiment. */
export function addRunOptions(command: Command, name: string): Command {
  return command
    .option('--out <folder>', 'folder of the run', join('runs', `reproduce-${name}`))
    .addOption(new Option('--device <device>', 'where to train').choices(['auto', 'cpu', 'cuda']).default('auto'))
    .option('--threads <n>', 'CPU threads (default: all)', integer(1, maxThreads), allThreads)
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print only the tables of results')
}

interface Experiment<Plan, Results> {
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
export async function reproduce<Plan extends { sets: readonly DataSet[] }, Results>(
  { out, device, threads, json = false, quiet = false }: RunFlags,
  experiment: Experiment<Plan, Results>,
): Promise<void> {
  requireDevice(device)
  const plan = await experiment.plan()
  const folder = await RunFolder.open('reproduce', out)
  const visible = !json && !quiet
  if (visible) printLines(facts(experiment.describe(plan)))
  const { sets } = plan
  const results = await watched(visible, (signal, emit) =>
    experiment.run(plan, { sets, folder, threads, device, signal, emit }),
  )
  const document = experiment.document(plan, results, { version, arguments: given(), threads })
  const file = await folder.writeResults(document)
  const page = experimentPage(document)
  const drawn = await drawnAt(pagePath(out), page)
  if (json) return printDocument(document)
  const lines = tableLines(page.tables)
  printLines(quiet ? lines : ['', ...lines, '', `all figures are in ${[file, ...drawn].join(' and ')}`])
}

/** Finds out before the work begins that a device cannot be used. */
function requireDevice(device: RunFlags['device']): void {
  if (device !== 'cuda') return
  const gpus = devices().filter(({ kind }) => kind === 'cuda')
  if (gpus.some(({ available }) => available)) return
  throw new PsilonError('ERR_DEVICE', `[reproduce] --device cuda cannot be used: ${gpus[0]?.reason}`)
}

/** The arguments that the page repeats. */
const given = (): string[] => [
  'reproduce',
  ...process.argv.slice(2).filter((arg) => arg !== '--json' && arg !== '--quiet'),
]

/** Does the work, which Ctrl-C stops, and shows how far it is. */
async function watched<Results>(
  visible: boolean,
  work: (signal: AbortSignal, emit: Context['emit']) => Promise<Results>,
): Promise<Results> {
  const display = visible ? progressDisplay() : undefined
  try {
    return await stoppable((signal) => work(signal, (progress) => display?.show(progress)))
  } finally {
    display?.end()
  }
}

/** The path of the page. Where nothing is installed that draws, none and a warning: the figures are none the worse. */
async function drawnAt(path: string, page: ExperimentPage): Promise<string[]> {
  try {
    await writePage(path, page)
    return [path]
  } catch (error) {
    if (!(error instanceof PsilonError && error.code === 'ERR_UNSUPPORTED')) throw error
    say(`warning: ${path} was not written: ${error.message}`)
    return []
  }
}

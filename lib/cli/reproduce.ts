import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { checkInteger } from '../checks.js'
import { mostRows } from '../data/file-order.js'
import { chooseDevice } from '../devices.js'
import type { Plan, Source } from '../experiments/experiment.js'
import type { Options } from '../experiments/protocol.js'
import type { Context, Progress } from '../experiments/run-cells.js'
import { checkThreads } from '../network/fit-options.js'
import { version } from '../version.js'
import { displayOn } from './display.js'
import { onInterrupt } from './interrupt.js'
import { printDocument, printLines } from './output.js'
import { duration } from './print.js'
import { figure1Lines, planLines, tabularLines } from './reproduce-report.js'
import { integer, names } from './values.js'

const help = `
Every finished fit is kept in the folder of the run: after Ctrl-C the same command goes on from there, and computes
nothing twice. The figures are also in its results.json.

Examples:
  psilon reproduce tabular --quick
  psilon reproduce tabular --data tables --sets cpu_act,spambase --out runs/two
  psilon reproduce figure1`

const bundledData = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'data')

interface ReproduceFlags {
  data?: string
  sets?: string[]
  out: string
  quick?: boolean
  seeds?: number
  trainRows: number
  hidden: number
  epochs: number
  device?: 'auto' | 'cpu' | 'cuda'
  threads?: number
  json?: boolean
  quiet?: boolean
}

export function addReproduce(program: Command): void {
  const experiments = program
    .command('reproduce')
    .summary("repeat the paper's experiments on this machine")
    .description("Repeat the paper's experiments: the same networks, grids, protocol and baselines.")
    .addHelpText('after', help)
  const tables = experiments
    .command('tabular')
    .summary('PSiLON beside other networks, linear models and forests, on tables')
    .description('Compare PSiLON with other networks, ridge or logistic regression and a random forest, on tables.')
  addOptions(tables, { sets: 'all that fit', out: 'tabular', seeds: '3, with --quick 1' })
    .option('--quick', 'short grids on four tables, about a quarter of an hour on two cores')
    .addHelpText('after', help)
    .action(tabular)
  const figure = experiments
    .command('figure1')
    .summary('validation cross-entropy against steps, for a grid of lambdas')
    .description('Record the validation cross-entropy of PSiLON and Standard networks while they train.')
  addOptions(figure, { sets: 'MagicTelescope', out: 'figure1', seeds: '1' }).addHelpText('after', help).action(figure1)
}

function addOptions(command: Command, text: { sets: string; out: string; seeds: string }): Command {
  return command
    .option('--data <folder>', 'tables NAME.csv or NAME.csv.gz with a column "target" (default: those of the package)')
    .option('--sets <names>', `tables, with commas between them (default: ${text.sets})`, names)
    .option('--out <folder>', 'folder of the run', join('runs', `reproduce-${text.out}`))
    .option('--seeds <n>', `seeds 1 to n (default: ${text.seeds})`, integer)
    .option('--train-rows <n>', 'the first n rows train', integer, 2000)
    .option('--hidden <units>', 'units in each hidden layer', integer, 500)
    .option('--epochs <n>', 'passes over the rows', integer, 1000)
    .addOption(new Option('--device <device>', 'where to train (default: auto)').choices(['auto', 'cpu', 'cuda']))
    .option('--threads <n>', 'CPU threads (default: all)', integer)
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print only the tables of results')
}

interface Experiment<Results> {
  plan(source: Source, options: Options): Promise<Plan>
  run(plan: Plan, context: Context): Promise<Results>
  lines(results: Results): string[]
}

async function tabular(flags: ReproduceFlags): Promise<void> {
  const { planTabular, runTabular } = await import('../experiments/tabular.js')
  const { quick = false, seeds = quick ? 1 : 3 } = flags
  const plan = (source: Source, options: Options) => planTabular(source, options, quick)
  await reproduce('tabular', { ...flags, quick, seeds }, { plan, run: runTabular, lines: tabularLines })
}

async function figure1(flags: ReproduceFlags): Promise<void> {
  const { planFigure1, runFigure1 } = await import('../experiments/figure1.js')
  await reproduce('figure1', { seeds: 1, ...flags }, { plan: planFigure1, run: runFigure1, lines: figure1Lines })
}

async function reproduce<Results extends object>(
  name: string,
  flags: ReproduceFlags,
  { plan: planned, run, lines }: Experiment<Results>,
): Promise<void> {
  const { data = bundledData, sets, out, quick, device = 'auto', json = false, quiet = false } = flags
  const options = checkedOptions(flags)
  const threads = checkThreads('reproduce', flags.threads)
  chooseDevice('reproduce', device)
  const plan = await planned({ data, names: sets && [...new Set(sets)] }, options)
  const { RunFolder } = await import('../experiments/run-folder.js')
  const folder = await RunFolder.open(out)
  if (!json && !quiet) printLines(planLines(plan, { data, out }))
  const results = await watched(!json && !quiet, (signal, emit) =>
    run(plan, { sets: plan.sets, folder, threads, device, signal, emit }),
  )
  const { skipped, size } = plan
  const document = { command: `reproduce ${name}`, version, quick, options, threads, skipped, size, ...results }
  const file = await folder.writeResults(document)
  if (json) return printDocument(document)
  printLines([...(quiet ? [] : ['']), ...lines(results), ...(quiet ? [] : ['', `all figures are in ${file}`])])
}

function checkedOptions({ seeds, trainRows, hidden, epochs }: ReproduceFlags): Options {
  const within = (from: number, to: number, flag: string, value: unknown) =>
    checkInteger('reproduce', flag, value, from, to)
  return {
    seeds: within(1, 1000, '--seeds', seeds),
    trainRows: within(2, mostRows - 2, '--train-rows', trainRows),
    hidden: within(2, 1_000_000, '--hidden', hidden),
    epochs: within(1, 2 ** 31 - 1, '--epochs', epochs),
  }
}

/** Does the work, which Ctrl-C stops, and shows how far it is. */
async function watched<Results>(
  visible: boolean,
  work: (signal: AbortSignal, emit: (progress: Progress) => void) => Promise<Results>,
): Promise<Results> {
  const stop = new AbortController()
  const interrupt = onInterrupt(() => stop.abort())
  const display = visible ? displayOn(process.stderr) : undefined
  const begin = performance.now()
  try {
    return await work(stop.signal, (progress) => {
      const elapsed = (performance.now() - begin) / 1000
      display?.show(progress.done, () => progressText(progress, elapsed))
    })
  } finally {
    display?.end()
    interrupt.release()
  }
}

/** The time left is reckoned from what this run has done itself. */
function progressText({ cell, finished, cells, done, before }: Progress, elapsed: number): string[] {
  const rate = (done - before) / elapsed
  const time = done < 1 ? `${duration((1 - done) / rate)} left` : duration(elapsed)
  return [time, `${finished}/${cells} fits`, cell]
}

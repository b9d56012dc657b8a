import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { ascending } from 'd3-array'
import { checkNumber } from '../checks.js'
import { mostRows } from '../data/file-order.js'
import type { Options } from '../experiments/protocol.js'
import type { Source } from '../experiments/read-data-sets.js'
import { addDeep } from './reproduce-deep.js'
import { planFacts } from './reproduce-plan.js'
import { addRunOptions, checkedFlag, type RunFlags, reproduce } from './reproduce-run.js'
import { integer, names, numbers } from './values.js'

const help = `
Every finished fit is kept in the folder of the run: after Ctrl-C the same command goes on from there, and computes
nothing twice. The figures are also in its results.json, and as a page in its report.html.

Examples:
  psilon reproduce tabular --quick
  psilon reproduce tabular --data tables --sets cpu_act,spambase --out runs/two
  psilon reproduce figure1
  psilon reproduce deep --quick`

const mostEpochs = 2 ** 31 - 1
const bundledData = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'data')

interface TableFlags extends RunFlags {
  data?: string
  sets?: string[]
  quick?: boolean
  seeds?: number
  trainRows: number
  hidden: number
  epochs: number
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
  const curve = experiments
    .command('pruning')
    .summary('what exact zeros cost: test scores against sparsity, of three ways to prune')
    .description('Prune PSiLON networks to several sparsities: as fit does, as published, and by magnitude.')
  addOptions(curve, { sets: 'cpu_act,MagicTelescope,spambase', out: 'pruning', seeds: '1' })
    .option('--sparsities <shares>', 'target sparsities', numbers, [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99])
    .addHelpText('after', help)
    .action(pruning)
  addDeep(experiments).addHelpText('after', help)
}

function addOptions(command: Command, text: { sets: string; out: string; seeds: string }): Command {
  return addRunOptions(command, text.out)
    .option('--data <folder>', 'tables NAME.csv or NAME.csv.gz with a column "target" (default: those of the package)')
    .option('--sets <names>', `tables, with commas between them (default: ${text.sets})`, names)
    .option('--seeds <n>', `seeds 1 to n (default: ${text.seeds})`, integer)
    .option('--train-rows <n>', 'the first n rows train', integer, 2000)
    .option('--hidden <units>', 'units in each hidden layer', integer, 500)
    .option('--epochs <n>', 'passes over the rows', integer, 1000)
}

async function tabular(flags: TableFlags): Promise<void> {
  const { planTabular, runTabular } = await import('../experiments/tabular.js')
  const { quick = false, seeds = quick ? 1 : 3 } = flags
  const options = checkedOptions({ ...flags, seeds })
  await reproduce(flags, {
    plan: () => planTabular(sourceOf(flags), options, quick),
    run: runTabular,
    describe: (plan) => planFacts(plan, { data: sourceOf(flags).data, out: flags.out }),
    document: ({ skipped, size }, results, run) => {
      return { command: 'reproduce tabular', ...run, quick, options, skipped, size, ...results }
    },
  })
}

async function figure1(flags: TableFlags): Promise<void> {
  const { planFigure1, runFigure1 } = await import('../experiments/figure1.js')
  const options = checkedOptions({ ...flags, seeds: flags.seeds ?? 1 })
  await reproduce(flags, {
    plan: () => planFigure1(sourceOf(flags), options),
    run: runFigure1,
    describe: (plan) => planFacts(plan, { data: sourceOf(flags).data, out: flags.out }),
    document: ({ skipped, size }, results, run) => {
      return { command: 'reproduce figure1', ...run, options, skipped, size, ...results }
    },
  })
}

async function pruning(flags: TableFlags & { sparsities: number[] }): Promise<void> {
  const { planPruning, runPruning } = await import('../experiments/pruning.js')
  const options = { ...checkedOptions({ ...flags, seeds: flags.seeds ?? 1 }), sparsities: checkedShares(flags) }
  checkedFlag('--epochs', options.epochs, 2, mostEpochs)
  await reproduce(flags, {
    plan: () => planPruning(sourceOf(flags), options),
    run: runPruning,
    describe: (plan) => planFacts(plan, { data: sourceOf(flags).data, out: flags.out }),
    document: ({ skipped, size }, results, run) => {
      return { command: 'reproduce pruning', ...run, options, skipped, size, ...results }
    },
  })
}

function checkedShares({ sparsities }: { sparsities: number[] }): number[] {
  for (const share of sparsities) checkNumber('--sparsities', share, { above: 0, below: 1 })
  return [...new Set(sparsities)].sort(ascending)
}

const sourceOf = ({ data = bundledData, sets }: TableFlags): Source => ({ data, names: sets && [...new Set(sets)] })

function checkedOptions({ seeds, trainRows, hidden, epochs }: Options): Options {
  return {
    seeds: checkedFlag('--seeds', seeds, 1, 1000),
    trainRows: checkedFlag('--train-rows', trainRows, 2, mostRows - 2),
    hidden: checkedFlag('--hidden', hidden, 2, 1_000_000),
    epochs: checkedFlag('--epochs', epochs, 1, mostEpochs),
  }
}

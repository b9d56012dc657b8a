import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { ascending } from 'd3-array'
import type { Source } from '../data/read-data-sets.js'
import { maxRows } from '../data/split.js'
import { planFigure1, runFigure1 } from '../studies/figure1.js'
import type { Options } from '../studies/protocol.js'
import { planPruning, runPruning } from '../studies/pruning.js'
import { planTabular, runTabular } from '../studies/tabular.js'
import { planFacts } from './plan-facts.js'
import { addRunOptions, type RunFlags, reproduce } from './run.js'
import { integer, maxInteger, names, numbers } from './values.js'

const bundledData = join(dirname(fileURLToPath(import.meta.resolve('psilon/package.json'))), 'data')

interface TableFlags extends RunFlags {
  data?: string
  sets?: string[]
  quick?: boolean
  seeds?: number
  trainRows: number
  hidden: number
  epochs: number
}

const shares = numbers('above 0 and below 1', (value) => value > 0 && value < 1)

export function addTables(program: Command): void {
  const tables = program
    .command('tabular')
    .summary('PSiLON beside other networks, linear models and forests, on tables')
    .description('Compare PSiLON with other networks, ridge or logistic regression and a random forest, on tables.')
  addOptions(tables, { sets: 'all that fit', out: 'tabular', seeds: '3, with --quick 1' })
    .option('--quick', 'short grids on four tables, about a quarter of an hour on two cores')
    .action(tabular)
  const figure = program
    .command('figure1')
    .summary('validation cross-entropy against steps, for a grid of lambdas')
    .description('Record the validation cross-entropy of PSiLON and Standard networks while they train.')
  addOptions(figure, { sets: 'MagicTelescope', out: 'figure1', seeds: '1' }).action(figure1)
  const curve = program
    .command('pruning')
    .summary('what exact zeros cost: test scores against sparsity, of three ways to prune')
    .description('Prune PSiLON networks to several sparsities: as fit does, as published, and by magnitude.')
  addOptions(curve, { sets: 'cpu_act,MagicTelescope,spambase', out: 'pruning', seeds: '1', minEpochs: 2 })
    .option('--sparsities <shares>', 'target sparsities', shares, [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99])
    .action(pruning)
}

function addOptions(
  command: Command,
  { minEpochs = 1, ...text }: { sets: string; out: string; seeds: string; minEpochs?: number },
): Command {
  return addRunOptions(command, text.out)
    .option('--data <folder>', 'tables NAME.csv or NAME.csv.gz with a column "target" (default: those of the package)')
    .option('--sets <names>', `tables, with commas between them (default: ${text.sets})`, names)
    .option('--seeds <n>', `seeds 1 to n (default: ${text.seeds})`, integer(1, 1000))
    .option('--train-rows <n>', 'the first n rows train', integer(2, maxRows - 2), 2000)
    .option('--hidden <units>', 'units in each hidden layer', integer(2, 1_000_000), 500)
    .option('--epochs <n>', 'passes over the rows', integer(minEpochs, maxInteger), 1000)
}

async function tabular(flags: TableFlags): Promise<void> {
  const { quick = false, seeds = quick ? 1 : 3 } = flags
  const options = optionsOf({ ...flags, seeds })
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
  const options = optionsOf(flags)
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
  const options = { ...optionsOf(flags), sparsities: [...new Set(flags.sparsities)].sort(ascending) }
  await reproduce(flags, {
    plan: () => planPruning(sourceOf(flags), options),
    run: runPruning,
    describe: (plan) => planFacts(plan, { data: sourceOf(flags).data, out: flags.out }),
    document: ({ skipped, size }, results, run) => {
      return { command: 'reproduce pruning', ...run, options, skipped, size, ...results }
    },
  })
}

const sourceOf = ({ data = bundledData, sets }: TableFlags): Source => ({ data, names: sets && [...new Set(sets)] })

const optionsOf = ({ seeds = 1, trainRows, hidden, epochs }: TableFlags): Options => ({
  ...{ seeds, trainRows, hidden, epochs },
})

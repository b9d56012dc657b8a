import type { Command } from 'commander'
import { didYouMean } from '../checks.js'
import { PsilonError } from '../errors.js'
import { type DeepModel, deepModels } from '../experiments/cells.js'
import type { DeepOptions, DeepPlan } from '../experiments/deep.js'
import { count } from '../print.js'
import { modelNames } from '../report/experiments/texts.js'
import { addRunOptions, checkedFlag, type RunFlags, reproduce } from './reproduce-run.js'
import { integer, names } from './values.js'

interface DeepFlags extends RunFlags {
  data?: string
  variants?: string[]
  quick?: boolean
  seeds: number
  trainImages?: number
  validationImages?: number
  hidden: number
  depth: number
  epochs?: number
}

export function addDeep(experiments: Command): Command {
  const command = experiments
    .command('deep')
    .summary('the ablation of residual networks, on Fashion-MNIST')
    .description('Compare seven variants of deep residual networks on the images of Fashion-MNIST.')
  return addRunOptions(command, 'deep')
    .option(
      '--data <folder>',
      "the four files of Fashion-MNIST (default: where Debian's dataset-fashion-mnist puts them)",
    )
    .option('--variants <names>', `with commas between them (default: ${deepModels.join(',')})`, names)
    .option('--seeds <n>', 'seeds 1 to n', integer, 1)
    .option('--train-images <n>', 'the first n train (default: 10000, with --quick 4000)', integer)
    .option('--validation-images <n>', 'the next n validate (default: 20000, with --quick 4000)', integer)
    .option('--hidden <units>', 'units in each hidden layer', integer, 500)
    .option('--depth <n>', 'hidden layers', integer, 10)
    .option('--epochs <n>', 'passes over the images (default: 400, with --quick 40)', integer)
    .option('--quick', "fewer images and epochs, and of each variant only the lambda that was the paper's best")
    .action(deep)
}

async function deep(flags: DeepFlags): Promise<void> {
  const { deepDefaults, planDeep, runDeep } = await import('../experiments/deep.js')
  const { packagedImages } = await import('../experiments/images.js')
  const { data = packagedImages, quick = false, out } = flags
  const options = checkedOptions({ ...deepDefaults[quick ? 'quick' : 'published'], ...flags })
  await reproduce(flags, {
    plan: () => planDeep(data, options, quick),
    run: runDeep,
    describe: (plan) => planFacts(plan, { data, out }),
    document: ({ size }, results, run) => ({ command: 'reproduce deep', ...run, quick, options, size, ...results }),
  })
}

function checkedOptions(flags: DeepFlags & Omit<DeepOptions, 'variants'>): DeepOptions {
  return {
    variants: checkedVariants(flags.variants ?? deepModels),
    seeds: checkedFlag('--seeds', flags.seeds, 1, 1000),
    trainImages: checkedFlag('--train-images', flags.trainImages, 1, 1_000_000),
    validationImages: checkedFlag('--validation-images', flags.validationImages, 1, 1_000_000),
    hidden: checkedFlag('--hidden', flags.hidden, 2, 1_000_000),
    depth: checkedFlag('--depth', flags.depth, 1, 1000),
    epochs: checkedFlag('--epochs', flags.epochs, 1, 2 ** 31 - 1),
  }
}

function checkedVariants(wanted: readonly string[]): DeepModel[] {
  const known = new Set<string>(deepModels)
  const wrong = wanted.find((name) => !known.has(name))
  if (wrong === undefined && wanted.length > 0) return deepModels.filter((name) => wanted.includes(name))
  const message = wrong === undefined ? 'names no variant' : `has no variant "${wrong}"${didYouMean(wrong, [...known])}`
  throw new PsilonError('ERR_OPTION', `[reproduce] --variants ${message}; there are ${deepModels.join(', ')}`)
}

function planFacts(
  { sets: [set], options, size }: DeepPlan,
  { data, out }: Record<'data' | 'out', string>,
): [name: string, text: string][] {
  const { variants, seeds, hidden, depth, epochs } = options
  const rows = [set.train, set.validation, set.test].map(({ y }) => y.length.toLocaleString('en-US'))
  return [
    ['images', `${rows[0]} train, ${rows[1]} validate, ${rows[2]} test, of ${data}`],
    ['variants', variants.map((name) => modelNames[name]).join(', ')],
    ['training', `${depth} hidden layers of ${hidden}, ${count(epochs, 'epoch')}, ${count(seeds, 'seed')}`],
    ['fits', `${count(size.cells, 'fit')}; those that are finished are in ${out}`],
  ]
}

import type { Command } from 'commander'
import { PsilonError } from 'psilon'
import { type DeepModel, deepModels } from '../cells/cells.js'
import { packagedImages } from '../data/images.js'
import { didYouMean } from '../did-you-mean.js'
import { modelNames } from '../pages/texts.js'
import { type DeepOptions, type DeepPlan, deepDefaults, planDeep, runDeep } from '../studies/deep.js'
import { count } from '../text.js'
import { addRunOptions, type RunFlags, reproduce } from './run.js'
import { integer, maxInteger, names } from './values.js'

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

export function addDeep(program: Command): void {
  const command = program
    .command('deep')
    .summary('the ablation of residual networks, on Fashion-MNIST')
    .description('Compare seven variants of deep residual networks on the images of Fashion-MNIST.')
  addRunOptions(command, 'deep')
    .option(
      '--data <folder>',
      "the four files of Fashion-MNIST (default: where Debian's dataset-fashion-mnist puts them)",
    )
    .option('--variants <names>', `with commas between them (default: ${deepModels.join(',')})`, names)
    .option('--seeds <n>', 'seeds 1 to n', integer(1, 1000), 1)
    .option('--train-images <n>', 'the first n train (default: 10000, with --quick 4000)', integer(1, 1_000_000))
    .option('--validation-images <n>', 'the next n validate (default: 20000, with --quick 4000)', integer(1, 1_000_000))
    .option('--hidden <units>', 'units in each hidden layer', integer(2, 1_000_000), 500)
    .option('--depth <n>', 'hidden layers', integer(1, 1000), 10)
    .option('--epochs <n>', 'passes over the images (default: 400, with --quick 40)', integer(1, maxInteger))
    .option('--quick', "fewer images and epochs, and of each variant only the lambda that was the paper's best")
    .action(deep)
}

async function deep(flags: DeepFlags): Promise<void> {
  const { data = packagedImages, quick = false, out } = flags
  const options = optionsOf({ ...deepDefaults[quick ? 'quick' : 'published'], ...flags })
  await reproduce(flags, {
    plan: () => planDeep(data, options, quick),
    run: runDeep,
    describe: (plan) => planFacts(plan, { data, out }),
    document: ({ size }, results, run) => ({ command: 'reproduce deep', ...run, quick, options, size, ...results }),
  })
}

function optionsOf(flags: DeepFlags & Omit<DeepOptions, 'variants'>): DeepOptions {
  const { variants = deepModels, seeds, trainImages, validationImages, hidden, depth, epochs } = flags
  return { variants: checkedVariants(variants), seeds, trainImages, validationImages, hidden, depth, epochs }
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

import { type Command, Option } from 'commander'
import { type ScalingKind, scalingKinds } from '../data/scaling.js'
import type { Task } from '../data/task.js'
import type { ClassifierOptions } from '../estimators/classifier.js'
import type { LambdaRule } from '../estimators/options.js'
import type { RegressorOptions } from '../estimators/regressor.js'
import { option, Refusal, words } from '../refusal.js'
import type { TableFlags } from './tables.js'
import { collected, integer, number, numberOr, numbers, widths } from './values.js'

/** The options of `psilon train` as commander reads them. */
export interface TrainFlags extends TableFlags {
  target: string
  task?: Task
  trainRows?: number
  test: number
  ignore?: string[]
  categorical?: string[]
  scaling?: ScalingKind
  hidden?: number | number[]
  depth?: number
  kind?: 'mlp' | 'resnet'
  normalization?: 'l1' | 'l2' | 'none'
  sharedLength: boolean
  dtype?: 'float32' | 'float64'
  seed: number
  lambda?: number | 'auto'
  lambdas?: number[]
  lambdaRule?: LambdaRule
  folds?: number
  ensemble?: number
  epochs?: number
  batchSize?: number
  learningRate?: number
  schedule?: 'one-cycle' | 'constant' | 'cosine'
  regularizer?: 'path' | 'path-improved' | 'l2' | 'none'
  projection?: 'none' | 'every-step'
  prune?: number
  pruneScale?: number | 'raw'
  pruneFrom?: number
  pruneTo?: number
  pruneRestart: boolean
  patience?: number
  classWeight?: 'balanced'
  device?: 'auto' | 'cpu' | 'cuda'
  precision?: 'float32' | 'tf32'
  threads?: number
  out?: string
  report: boolean
  json?: boolean
  quiet?: boolean
}

export function addTrainOptions(command: Command): Command {
  addDataOptions(command.optionsGroup('Data:'))
  addNetworkOptions(command.optionsGroup('Network:'))
  addTrainingOptions(command.optionsGroup('Training:'))
  return command
    .optionsGroup('Output:')
    .option(
      '--out <file>',
      'write the model to this safetensors file, and beside it the record and the page of the run; without it nothing is saved',
    )
    .option('--no-report', 'write no page beside the model')
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print only the scores')
    .optionsGroup('Options:')
}

export const decimalOption = () => choice('--decimal <sign>', 'before the decimals of numbers (default: .)', '.', ',')

export const missingOption = () =>
  new Option('--missing <texts>', 'that mean a missing value, besides empty cells (default: NA,N/A,NaN,null,?)')

const choice = (flags: string, text: string, ...choices: string[]) => new Option(flags, text).choices(choices)

function addDataOptions(command: Command): void {
  const inFileOrder =
    'train on the first n rows; of the rest, up to row 20,000, the first half tests and the second half validates'
  command
    .requiredOption('--target <column>', 'column to predict')
    .addOption(choice('--task <task>', 'default: read from the values of the target', 'regression', 'classification'))
    .addOption(decimalOption())
    .addOption(missingOption())
    .option('--test <share>', 'share of the rows kept for the test scores, 0 for none', number, 0.2)
    .addOption(new Option('--train-rows <n>', inFileOrder).argParser(integer).conflicts('test'))
    .option('--ignore <columns>', 'columns to leave out: one name, or several with commas between them', collected)
    .option('--categorical <columns>', 'columns of numbers that are categories', collected)
    .addOption(
      choice('--scaling <how>', 'of columns of numbers; asinh for far values (default: standard)', ...scalingKinds),
    )
}

function addNetworkOptions(command: Command): void {
  command
    .addOption(choice('--kind <kind>', 'PSiLON Net or PSiLON ResNet (default: mlp)', 'mlp', 'resnet'))
    .option('--hidden <units>', 'units in each hidden layer; 200,100 for one width each (default: 500)', widths)
    .option('--depth <layers>', 'number of hidden layers (default: 3, resnet 10)', integer)
    .addOption(choice('--normalization <norm>', 'of the rows of the weights (default: l1)', 'l1', 'l2', 'none'))
    .option('--no-shared-length', 'one length for each row instead of one for each layer')
    .addOption(choice('--dtype <type>', 'of all numbers (default: float32)', 'float32', 'float64'))
    .option('--seed <seed>', 'from which everything random is drawn', integer, 0)
}

function addTrainingOptions(command: Command): void {
  const schedules = ['one-cycle', 'constant', 'cosine']
  const regularizers = ['path', 'path-improved', 'l2', 'none']
  const regularizer = 'what lambda weighs (default: path, resnet path-improved)'
  command
    .option(
      '--lambda <strength>',
      'of the regulariser, more of it is smoother; auto tries several (default: 1e-3)',
      numberOr('auto'),
    )
    .option('--lambdas <list>', 'grid for auto, with commas between them; means --lambda auto', numbers)
    .option('--folds <k>', 'lambda auto chooses by k folds instead of one held-out part', integer)
    .addOption(choice('--lambda-rule <rule>', 'which lambda auto takes (default: best)', 'best', 'one-standard-error'))
    .option('--ensemble <k>', 'average k networks, trained from seeds of their own (default: 1)', integer)
    .option('--epochs <n>', 'passes over the rows (default: 1000)', integer)
    .option('--batch-size <rows>', 'rows in a step (default: 400)', integer)
    .option(
      '--learning-rate <rate>',
      'of Adam, at its peak; one-cycle is meant for peaks above 3.2e-4 (default: 2e-3, resnet 2e-2)',
      number,
    )
    .addOption(choice('--schedule <name>', 'of the learning rate (default: one-cycle)', ...schedules))
    .addOption(choice('--regularizer <name>', regularizer, ...regularizers))
    .addOption(choice('--projection <when>', 'projected gradient descent (default: none)', 'none', 'every-step'))
    .option('--prune <sparsity>', 'share of the weights that become exactly zero in mid-run', number)
    .option('--prune-scale <norm>', 'prune with rows of this L1 norm instead, 1 to 1048576, or raw', numberOr('raw'))
    .option('--prune-from <fraction>', 'where in the run pruning begins (default: 0.5)', number)
    .option('--prune-to <fraction>', 'where in the run pruning is complete (default: 0.7)', number)
    .option('--no-prune-restart', 'go on with the learning rate as scheduled when pruning is complete')
    .option('--patience <epochs>', 'stop early when the loss on held-out rows has not fallen for so long', integer)
    .addOption(choice('--class-weight <how>', 'give each class the same weight', 'balanced'))
    .addOption(choice('--device <device>', 'where to train (default: auto)', 'auto', 'cpu', 'cuda'))
    .addOption(choice('--precision <type>', 'of products on a GPU (default: float32)', 'float32', 'tf32'))
    .option('--threads <n>', 'CPU threads (default: all)', integer)
}

/** The estimator's options; what is not given is left to its defaults. */
export function estimatorOptions(flags: TrainFlags): RegressorOptions & ClassifierOptions {
  const { lambdas, lambdaRule, folds, ensemble, patience } = flags
  const { kind, hidden, depth, normalization, dtype, seed, epochs, batchSize, learningRate, schedule } = flags
  const { regularizer, projection, device, precision, threads, ignore, categorical, scaling, classWeight } = flags
  return given({
    ...{ kind, hidden, depth, normalization, dtype, seed, epochs, batchSize, learningRate, schedule },
    ...{ regularizer, projection, device, precision, threads, ignore, categorical, scaling, classWeight },
    ...{ lambdas, lambdaRule, ensemble },
    sharedLength: flags.sharedLength ? undefined : false,
    lambda: flags.lambda ?? (lambdas === undefined ? undefined : 'auto'),
    selection: folds === undefined ? undefined : { folds },
    prune: pruneOptions(flags),
    earlyStopping: patience === undefined ? undefined : { patience },
  })
}

function pruneOptions({ prune, pruneScale, pruneFrom, pruneTo, pruneRestart }: TrainFlags) {
  const restart = pruneRestart ? undefined : false
  const options = given({ sparsity: prune, scale: pruneScale, from: pruneFrom, to: pruneTo, restart })
  if (Object.keys(options).length === 0) return undefined
  if (prune !== undefined || pruneScale !== undefined) return options
  const [first] = Object.keys(options)
  const detail = first === 'restart' ? '--no-prune-restart' : option(`prune.${first}`)
  const either = words`${option('prune.sparsity')} or ${option('prune.scale')}`
  throw new Refusal('ERR_OPTION', words`${detail} is given without ${either}`)
}

function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

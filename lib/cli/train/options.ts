import { type Command, Option } from 'commander'
import { type Task, tasks } from '../../data/task.js'
import {
  allEstimatorOptions,
  type ClassifierOptions,
  ownNetworkOptions,
  type RegressorOptions,
} from '../../estimators/estimator-options.js'
import { omit } from '../../options/option.js'
import { readOptions } from '../../tables/read-options.js'
import type { TableFlags } from '../files/tables.js'
import { addFlags, optionsOf } from '../flags/option-flags.js'
import { integer, number } from '../flags/values.js'

/** The flags of `psilon train` that stand for no option of an estimator, as commander reads them, and names of columns. */
export interface TrainFlags extends TableFlags {
  target: string
  task?: Task
  trainRows?: number
  test: number
  ignore?: string[]
  categorical?: string[]
  out?: string
  report: boolean
  json?: boolean
  quiet?: boolean
}

const { ignore, categorical, scaling } = allEstimatorOptions
const columnOptions = { ignore, categorical, scaling }
const networkOptions = { kind: allEstimatorOptions.kind, ...ownNetworkOptions }
const trainingOptions = omit(allEstimatorOptions, [
  ...(Object.keys(columnOptions) as (keyof typeof columnOptions)[]),
  ...(Object.keys(networkOptions) as (keyof typeof networkOptions)[]),
])

export function addTrainOptions(command: Command): Command {
  addFlags(addDataOptions(command.optionsGroup('Data:')), columnOptions)
  addFlags(command.optionsGroup('Network:'), networkOptions)
  addFlags(command.optionsGroup('Training:'), trainingOptions)
  return command
    .optionsGroup('Output:')
    .option(
      '--out <file>',
      'Write the model to this safetensors file, and beside it the record and the page of the run; without it nothing is saved.',
    )
    .option('--no-report', 'Write no page beside the model.')
    .option('--json', 'Print one JSON document.')
    .option('--quiet', 'Print only the scores.')
    .optionsGroup('Options:')
}

function addDataOptions(command: Command): Command {
  const inFileOrder =
    'Train on the first n rows; up to row 20,000, the first half of the others tests and the second half validates.'
  return addFlags(
    command
      .requiredOption('--target <column>', 'Column to predict.')
      .addOption(
        new Option('--task <task>', 'What to predict; by default the values of the target decide.').choices(tasks),
      )
      .option('--test <share>', 'Share of the rows that is kept for the test scores; 0 keeps none.', number, 0.2)
      .addOption(new Option('--train-rows <n>', inFileOrder).argParser(integer).conflicts('test')),
    readOptions,
  )
}

/** The estimator's options that are given. `--lambdas` means lambda 'auto'. */
export function estimatorOptions(flags: TrainFlags): RegressorOptions & ClassifierOptions {
  const given: RegressorOptions & ClassifierOptions = optionsOf(flags, allEstimatorOptions)
  return given.lambdas === undefined ? given : { lambda: 'auto', ...given }
}

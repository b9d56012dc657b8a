import { type Command, Option } from 'commander'
import type { TargetTransform } from '../../data/target-transform.js'
import { type Task, tasks } from '../../data/task.js'
import {
  allEstimatorOptions,
  type ClassifierOptions,
  ownNetworkOptions,
  type RegressorOptions,
  renamedOptions,
} from '../../estimators/estimator-options.js'
import { omit, pick } from '../../options/option.js'
import { readOptions } from '../../tables/read-options.js'
import type { TableFlags } from '../files/tables.js'
import { addFlags, optionsOf } from '../flags/option-flags.js'
import { integer, number } from '../flags/values.js'
import { addCheckpointFlags, type CheckpointFlags } from './checkpoint.js'

/** Flags of `psilon train` that are not options of an estimator, as Commander parses them, and column names. */
export interface TrainFlags extends TableFlags, CheckpointFlags {
  target: string
  targetTransform?: TargetTransform
  task?: Task
  trainRows?: number
  test: number
  folds?: number
  ignore?: string[]
  categorical?: string[]
  out?: string
  report: boolean
  json?: boolean
  quiet?: boolean
}

const namesOfNetwork = Object.keys(ownNetworkOptions) as (keyof typeof ownNetworkOptions)[]
const { ignore, categorical, encoding } = allEstimatorOptions
const columnOptions = { ignore, categorical, encoding }
const networkOptions = pick(allEstimatorOptions, ['kind', ...namesOfNetwork])
const trainingOptions = omit(allEstimatorOptions, [
  ...(Object.keys(columnOptions) as (keyof typeof columnOptions)[]),
  ...(Object.keys(networkOptions) as (keyof typeof networkOptions)[]),
])

export function addTrainOptions(command: Command): Command {
  addFlags(addDataOptions(command.optionsGroup('Data:')), columnOptions)
  for (const name of Object.keys(renamedOptions)) command.addOption(new Option(`--${name} <value>`).hideHelp())
  addFlags(command.optionsGroup('Network:'), networkOptions)
  addFlags(command.optionsGroup('Training:'), trainingOptions)
  addCheckpointFlags(command)
  return command
    .optionsGroup('Output:')
    .option(
      '--out <file>',
      'Safetensors file for the model; the record and the page of the run are written beside it. By default nothing is saved.',
    )
    .option('--no-report', 'Do not write a page beside the model.')
    .option('--json', 'Print one JSON document.')
    .option('--quiet', 'Print only the scores.')
    .optionsGroup('Options:')
}

function addDataOptions(command: Command): Command {
  const inFileOrder =
    'Train on the first n rows; of the others up to row 20,000, the first half is the test set, the second half the validation set.'
  return addFlags(
    command
      .requiredOption('--target <column>', 'Column to predict.')
      .addOption(
        new Option('--task <task>', 'Kind of prediction; by default the values of the target decide.').choices(tasks),
      )
      .option('--test <share>', 'Share of the rows held out for the test scores; 0 for none.', number, 0.2)
      .addOption(new Option('--train-rows <n>', inFileOrder).argParser(integer).conflicts('test')),
    readOptions,
  )
}

/** The estimator's options that are given, those of former names among them. `--lambdas` means lambda 'auto'. */
export function estimatorOptions(flags: TrainFlags): RegressorOptions & ClassifierOptions {
  const former = Object.entries(flags).filter(([name]) => Object.hasOwn(renamedOptions, name))
  const given: RegressorOptions & ClassifierOptions = {
    ...optionsOf(flags, allEstimatorOptions),
    ...Object.fromEntries(former),
  }
  return given.lambdas === undefined ? given : { lambda: 'auto', ...given }
}

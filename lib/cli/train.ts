import type { Command } from 'commander'
import { columnOf, type Table } from '../data/table.js'
import { type Task, taskOf } from '../data/task.js'
import { PsilonError } from '../errors.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import type { Model } from '../estimators/models.js'
import { estimatorSettings } from '../estimators/options.js'
import { PsilonRegressor } from '../estimators/regressor.js'
import type { FitSummary } from '../estimators/training.js'
import { count } from '../print.js'
import type { Scores } from '../report/scores.js'
import { fileSize } from './files.js'
import { onInterrupt } from './interrupt.js'
import { printDocument, printLines } from './output.js'
import { atRandom, inFileOrder, type Parts } from './parts.js'
import { showProgress } from './progress.js'
import { recordPath } from './run-files.js'
import { scoresOf } from './scores.js'
import { namesOf, readingOfFlags, tableOf } from './tables.js'
import { checkTrainFiles, drawRun, saveRecord, type Trained } from './train-files.js'
import { addTrainOptions, estimatorOptions, type TrainFlags } from './train-options.js'
import { planLines, planOf, resultDocument, resultLines, type TrainFiles, type TrainPlan } from './train-report.js'

const examples = `
Examples:
  psilon train houses.csv --target price --out model.safetensors
  psilon train houses.csv --target price --lambda auto --prune 0.9 --out model.safetensors
  psilon train magic.csv.gz --target class --train-rows 2000 --lambda auto --json`

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train a model on a table')
    .description('Train a small, smooth, sparse network on a CSV file with a header row, plain or gzip.')
    .argument('<file>', 'CSV file, or - for standard input')
  addTrainOptions(command).addHelpText('after', examples).action(train)
}

async function train(file: string, given: TrainFlags): Promise<void> {
  const { out, json = false, quiet = false, report: drawn } = given
  // refuses wrong options before anything is read
  estimatorSettings('train', estimatorOptions(given), ['classWeight'])
  if (out !== undefined) await checkTrainFiles(out, drawn)
  const table = await tableOf(file, 'train', readingOfFlags('train', given))
  const flags = withNames(given, table)
  const { task, reason } = taskFor(table, flags)
  const model = estimatorFor(task, flags)
  const parts = partsOf(table, task, flags)
  checkFolds(parts, flags)
  const plan = planOf({ file, table, task, reason, parts }, flags)
  if (!json && !quiet) printLines(planLines(plan))

  const summary = await fit(model, plan)
  if (out !== undefined) await model.save(out)
  const scores = await scoreParts(model, parts)
  const files = out === undefined ? null : await filesOf({ plan, model, summary, scores }, out, drawn)
  const result = { plan, model, summary, scores, files }
  if (json) printDocument(resultDocument(result))
  else printLines(resultLines(result))
}

/** The columns that the texts of --ignore and --categorical name. */
function withNames(flags: TrainFlags, table: Table): TrainFlags {
  const names = (flag: 'ignore' | 'categorical') => {
    const texts = flags[flag]
    return texts === undefined ? {} : { [flag]: namesOf('train', `--${flag}`, texts, table) }
  }
  return { ...flags, ...names('ignore'), ...names('categorical') }
}

async function filesOf(trained: Trained, out: string, drawn: boolean): Promise<TrainFiles> {
  const record = await saveRecord(out, trained)
  const report = drawn ? await drawRun(out, trained.model, record) : null
  return { model: { file: out, bytes: await fileSize(out) }, record: recordPath(out), report }
}

function estimatorFor(task: Task, flags: TrainFlags): Model {
  const options = estimatorOptions(flags)
  if (task === 'classification') return new PsilonClassifier(options)
  if (flags.classWeight === undefined) return new PsilonRegressor(options)
  throw new PsilonError(
    'ERR_OPTION',
    '[train] --class-weight is given, but the task is regression, which has no classes',
  )
}

function taskFor(table: Table, { target, task }: TrainFlags): { task: Task; reason: string } {
  const column = columnOf(table, target, 'train', '--target')
  return task === undefined ? taskOf(column) : { task, reason: 'as --task says' }
}

function partsOf(table: Table, task: Task, flags: TrainFlags): Parts {
  const { target, trainRows, test, seed, ignore, categorical } = flags
  if (trainRows !== undefined) return inFileOrder(table, trainRows)
  return atRandom(table, test, seed, { target, task, ignore, categorical })
}

function checkFolds({ train }: Parts, { folds = 0 }: TrainFlags): void {
  if (folds <= train.rows) return
  const message = `--folds is ${folds}, but only ${count(train.rows, 'row')} are there to train on`
  throw new PsilonError('ERR_OPTION', `[train] ${message}`)
}

async function fit(model: Model, plan: TrainPlan): Promise<FitSummary> {
  const { target, out, json = false, quiet = false } = plan.flags
  const run = model.fit(plan.parts.train, { target, validation: plan.watch?.rows })
  const interrupt = onInterrupt(() => run.cancel())
  try {
    if (!json && !quiet) await showProgress(run)
    const summary = await run
    if (summary.stopped === 'cancelled') throw await cancelled({ plan, model, summary, scores: {} }, out)
    return summary
  } finally {
    interrupt.release()
  }
}

/** Saves what there is, and says so. */
async function cancelled(trained: Trained, out: string | undefined): Promise<PsilonError> {
  const { model, summary } = trained
  const { epoch, lambda, members } = summary
  const say = (what: string) => new PsilonError('ERR_CANCELLED', `[train] cancelled ${what}`)
  if (lambda === null) return say('in the search for lambda; there is no model yet')
  if (members.every(({ epoch }) => epoch === 0)) return say('before an epoch was finished; there is no model yet')
  const where = members.length === 1 ? `after epoch ${epoch}` : `with ${count(model.members.length, 'network')} begun`
  if (out === undefined) return say(`${where}; no model was saved, as --out was not given`)
  await model.save(out)
  await saveRecord(out, trained)
  return say(`${where}; the model so far is in ${out}`)
}

/** Of the parts that did not train; where there is none, of the rows that trained. */
async function scoreParts(model: Model, { train, test, validation }: Parts): Promise<Record<string, Scores>> {
  const judges = { ...(test && { test }), ...(validation && { validation }) }
  const parts = Object.entries(Object.keys(judges).length === 0 ? { train } : judges)
  const scores: [string, Scores][] = []
  for (const [name, table] of parts) scores.push([name, await scoresOf(model, table, train)])
  return Object.fromEntries(scores)
}

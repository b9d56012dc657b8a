import type { Command } from 'commander'
import type { CheckpointOptions } from '../../checkpoint/options.js'
import { type Task, taskOf } from '../../data/task.js'
import { option, Refusal, refusalOf, type Words, words } from '../../errors/refusal.js'
import { linearBaseline } from '../../estimators/baselines/linear.js'
import { PsilonClassifier } from '../../estimators/classifier.js'
import type { ClassifierOptions, RegressorOptions } from '../../estimators/estimator-options.js'
import type { Model } from '../../estimators/models.js'
import { PsilonRegressor } from '../../estimators/regressor.js'
import { estimatorSettings, type Settings } from '../../estimators/settings.js'
import type { FitSummary } from '../../estimators/training.js'
import { count } from '../../print.js'
import type { Scores } from '../../report/scores.js'
import { columnOf, requireDateColumns, type Table } from '../../tables/table.js'
import { exitCodeOf, failureOf } from '../failure.js'
import { scoresOf } from '../files/model-scores.js'
import { namesOf, readingOfFlags, tableOf } from '../files/tables.js'
import { onInterrupt } from '../terminal/interrupt.js'
import { printDocument, printLines } from '../terminal/output.js'
import { showProgress } from '../terminal/progress.js'
import { checkpointOf, forget } from '../train/checkpoint.js'
import { checkTrainFiles, filesError, saveModel, writeOthers } from '../train/files.js'
import { addTrainOptions, estimatorOptions, type TrainFlags } from '../train/options.js'
import { atRandom, inFileOrder, type Lesson, type Parts } from '../train/parts.js'
import {
  resultDocument,
  resultLines,
  setupLines,
  setupOf,
  stopsEarly,
  type Trained,
  type TrainFiles,
  type TrainingSetup,
} from '../train/report.js'

const examples = `
Examples:
  psilon train houses.csv --target price --out model.safetensors
  psilon train houses.csv --target price --lambda auto --prune 0.9 --out model.safetensors
  psilon train magic.csv.gz --target class --train-rows 2000 --lambda auto --json`

export function addTo(program: Command): void {
  const command = program
    .command('train')
    .summary('train a model on a table')
    .description(
      'Train a small, smooth, sparse network on a table: a Parquet file, or a CSV file with a header row, plain or gzip.',
    )
    .argument('<file>', 'CSV or Parquet file, or - for standard input')
  addTrainOptions(command).addHelpText('after', examples).action(train)
}

async function train(file: string, flags: TrainFlags): Promise<void> {
  const { out, json = false, quiet = false, report: drawn } = flags
  // refuses wrong options before anything is read
  const given = estimatorOptions(flags)
  const checked = estimatorSettings(given)
  if (out !== undefined) await checkTrainFiles(out, file, drawn)
  const checkpoint = await checkpointOf(flags, file)
  const table = await tableOf(file, readingOfFlags(flags))
  requireDateColumns(table)
  // the columns named by the texts of --ignore and --categorical
  const names = {
    ...(given.ignore && { ignore: namesOf('ignore', given.ignore, table) }),
    ...(given.categorical && { categorical: namesOf('categorical', given.categorical, table) }),
  }
  const { task, reason } = taskFor(table, flags)
  const model = estimatorFor(task, { ...given, ...names, seed: checked.seed })
  const settings = { ...checked, ...names }
  const parts = partsOf(table, { task, targetTransform: given.targetTransform }, settings, flags)
  checkFolds(parts, flags)
  const setup = setupOf({ file, table, task, reason, parts, settings, flags })
  if (!json && !quiet) printLines(setupLines(setup))

  const { summary, saved } = await fitAndSave(model, setup, checkpoint)
  const trained = { setup, model, summary, scores: await scoreParts(model, parts) }
  const result = { ...trained, files: saved === null ? null : await writeOthers(saved, trained, drawn) }
  // the scores are printed even if a file could not be written
  const error = result.files === null ? null : filesError(result.files)
  if (error === null) await forget(checkpoint)
  if (json) {
    printDocument({ ...resultDocument(result), ...(error === null ? {} : { error: failureOf(error) }) })
    if (error !== null) process.exitCode = exitCodeOf(error)
    return
  }
  printLines(resultLines(result))
  if (error !== null) throw error
}

function estimatorFor(task: Task, given: RegressorOptions & ClassifierOptions): Model {
  const { classWeight, loss, targetTransform, ...options } = given
  const wrong = task === 'classification' ? { loss, targetTransform } : { classWeight }
  for (const [name, value] of Object.entries(wrong)) {
    if (value !== undefined) throw new Refusal('ERR_OPTION', words`${option(name)} is not an option of ${task}`)
  }
  return task === 'classification'
    ? new PsilonClassifier({ ...options, classWeight })
    : new PsilonRegressor({ ...options, loss, targetTransform })
}

function taskFor(table: Table, { target, task }: TrainFlags): { task: Task; reason: string } {
  const column = columnOf(table, target, 'target')
  return task === undefined ? taskOf(column) : { task, reason: 'as --task says' }
}

function partsOf(
  table: Table,
  learned: Pick<Lesson, 'task' | 'targetTransform'>,
  { seed, ignore, categorical, space }: Settings,
  { target, trainRows, test }: TrainFlags,
): Parts {
  const lesson = { target, ...learned, ignore, categorical, encoding: space.encodings[0] }
  if (trainRows !== undefined) return inFileOrder(table, trainRows, lesson)
  return atRandom(table, test, seed, lesson)
}

function checkFolds({ train }: Parts, { folds = 0 }: TrainFlags): void {
  if (folds <= train.rows) return
  const found = `but only ${count(train.rows, 'row')} are available to train on`
  throw new Refusal('ERR_OPTION', words`${option('selection.folds')} is ${folds}, ${found}`)
}

/** Saves the model before a signal can end the process. */
async function fitAndSave(
  model: Model,
  setup: TrainingSetup,
  checkpoint: CheckpointOptions | undefined,
): Promise<{ summary: FitSummary; saved: TrainFiles | null }> {
  const { target, out, json = false, quiet = false } = setup.flags
  const run = model.fit(setup.parts.train, { target, validation: setup.watch?.rows, checkpoint })
  const interrupt = onInterrupt(() => run.cancel())
  try {
    if (!json && !quiet) await showProgress(run, { lastFits: lastFits(setup), early: stopsEarly(setup.settings) })
    const summary = await run
    if (summary.stopped === 'cancelled' || interrupt.pressed) {
      throw await cancelled({ setup, model, summary, scores: {} }, out, checkpoint)
    }
    return { summary, saved: out === undefined ? null : await saveModel(out, model) }
  } catch (error) {
    throw ofWatched(error, setup)
  } finally {
    interrupt.release()
  }
}

/** What is wrong with the rows that are watched, by the name that this command has for them. */
function ofWatched(error: unknown, { watch }: TrainingSetup): unknown {
  const refusal = refusalOf(error)
  const [place, ...rest] = refusal?.place ?? []
  if (place !== 'validation' || watch === null) return error
  return refusal?.with({ place: [watch.name, ...rest] })
}

/** Number of fits after the search, or of all fits without one. */
function lastFits({ settings, watch }: TrainingSetup): number {
  const kept = settings.search && (watch !== null || stopsEarly(settings))
  return settings.members - (kept ? 1 : 0)
}

/** Saves the model so far, and says so. */
async function cancelled(
  trained: Trained,
  out: string | undefined,
  checkpoint: CheckpointOptions | undefined,
): Promise<Refusal> {
  const { model, summary } = trained
  const { epoch, lambda, members } = summary
  const goOn = checkpoint === undefined ? [] : words`; ${option('resume')} goes on from ${checkpoint.path}`
  const say = (what: string | Words) => new Refusal('ERR_CANCELLED', words`cancelled ${what}${goOn}`)
  if (lambda === null) return say('in the search; there is no model yet')
  if (members.every(({ epoch }) => epoch === 0)) return say('before an epoch was finished; there is no model yet')
  const where = members.length === 1 ? `after epoch ${epoch}` : `with ${count(model.members.length, 'network')} begun`
  if (out === undefined) return say(words`${where}; no model was saved, as ${option('out')} was not given`)
  const files = await writeOthers(await saveModel(out, model), trained, false)
  return filesError(files) ?? say(`${where}; the model so far is in ${out}`)
}

/** Scores of the parts that did not train, or of the training rows if there are none. */
async function scoreParts(model: Model, { train, test, validation }: Parts): Promise<Record<string, Scores>> {
  const judges = { ...(test && { test }), ...(validation && { validation }) }
  const parts = Object.entries(Object.keys(judges).length === 0 ? { train } : judges)
  const linear = linearBaseline(model, train)
  const scores: [string, Scores][] = []
  for (const [name, table] of parts) scores.push([name, await scoresOf(model, table, train, linear)])
  return Object.fromEntries(scores)
}

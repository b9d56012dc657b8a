import type { NetworkConfig } from '../../core/native.js'
import type { Task } from '../../data/task.js'
import type { Refusal } from '../../errors/refusal.js'
import type { Model } from '../../estimators/models.js'
import type { Settings } from '../../estimators/settings.js'
import type { FitSummary } from '../../estimators/training.js'
import { networkBlueprint } from '../../network/blueprint.js'
import { describeNetwork } from '../../network/describe.js'
import { aligned, count, deviceText, duration, facts, figure, percent, size } from '../../print.js'
import { dataFacts, type RunRecord } from '../../report/record.js'
import { type Scores, scoreName, scoreTable, searchTable } from '../../report/scores.js'
import { warningsOf } from '../../report/warnings.js'
import type { Table } from '../../tables/table.js'
import { version } from '../../version.js'
import { shownName } from '../files/tables.js'
import type { TrainFlags } from './options.js'
import type { Parts } from './parts.js'

/** What to train, and on which data. */
export interface TrainingSetup {
  file: string
  table: Table
  task: Task
  reason: string
  parts: Parts
  settings: Settings
  network: NetworkConfig
  flags: TrainFlags
  numeric: string[]
  categorical: string[]
  /** The data, as the record has it. */
  data: Pick<RunRecord, 'table' | 'rows' | 'split'>
  /** Rows whose loss is evaluated during the fit, and their name. */
  watch: { rows: Table; name: string } | null
}

export interface Trained {
  setup: TrainingSetup
  model: Model
  summary: FitSummary
  scores: Record<string, Scores>
}

/** Paths of the files that a training wrote; null for a file that was not written. */
export interface TrainFiles {
  /** Requested path of the model. */
  out: string
  model: { file: string; bytes: number } | null
  record: string | null
  /** null also if no page was wanted, or the packages that draw charts are not installed. */
  report: string | null
  failures: Refusal[]
}

export interface TrainResult extends Trained {
  files: TrainFiles | null
}

export function setupOf(
  source: Pick<TrainingSetup, 'file' | 'table' | 'task' | 'reason' | 'parts' | 'settings' | 'flags'>,
): TrainingSetup {
  const { file, table, parts, settings } = source
  const { train, test, validation, how, preprocessor } = parts
  const { columns, dropped, features } = preprocessor
  const named = (kind: string) => columns.filter((column) => column.kind === kind).map(({ name }) => name)
  const lacking = columns.map(({ name }) => {
    const cells = train.columns[train.names.indexOf(name)]
    return [name, cells.filter((cell) => cell === null).length] as const
  })
  const missing = Object.fromEntries(lacking.filter(([, cells]) => cells > 0))
  return {
    ...source,
    network: networkBlueprint(settings.kind, { ...settings.network, inputs: features.length }).config,
    numeric: named('numeric'),
    categorical: named('categorical'),
    data: {
      table: { file: shownName(file), rows: table.rows, dropped: [...dropped], ignored: [...settings.ignore], missing },
      rows: { train: train.rows, test: test?.rows ?? 0, validation: validation?.rows ?? 0 },
      split: how,
    },
    watch: watchOf(parts, settings),
  }
}

/**
 * The validation rows, if there are any; otherwise the test rows, whose loss is shown but decides nothing. Null if rows
 * of the training part are held out.
 */
function watchOf({ test, validation }: Parts, settings: Settings): TrainingSetup['watch'] {
  const decides = settings.search || stopsEarly(settings)
  if (validation !== undefined && !('folds' in settings.selection)) return { rows: validation, name: 'validation rows' }
  if (decides || test === undefined) return null
  return { rows: test, name: 'test rows' }
}

export const stopsEarly = ({ training }: Settings): boolean => training.earlyStopping !== undefined

export function setupLines(setup: TrainingSetup): string[] {
  const { table, task, reason, numeric, categorical, data, flags } = setup
  const kinds = Object.entries({ numeric, categorical }).map(([kind, names]) => {
    return `${names.length.toLocaleString('en-US')} ${kind}`
  })
  const other = task === 'regression' ? 'classification' : 'regression'
  const hint = flags.task === undefined ? `; for the other, --task ${other}` : ''
  const { rows, ...columns } = dataFacts(data)
  return facts([
    ['table', `${data.table.file}: ${count(table.rows, 'row')}, ${count(table.names.length, 'column')}`],
    ['left out', table.notes.join('; ')],
    ['target', `${flags.target}: ${task}, ${reason}${hint}`],
    ['inputs', `${count(numeric.length + categorical.length, 'column')}: ${kinds.join(', ')}`],
    ...Object.entries({ ...columns, rows }),
    ['network', describeNetwork(setup.network)],
    ['training', trainingText(setup)],
    ['model', flags.out === undefined ? 'will not be saved; --out FILE saves it' : ''],
  ])
}

function trainingText({ settings, parts }: TrainingSetup): string {
  const { epochs, batchSize, lambdas, lambdaRule, ensemble, search, seed } = settings
  const { sparsity, scale } = settings.training.prune ?? {}
  const early = stopsEarly(settings)
  const steps = Math.ceil(parts.train.rows / batchSize)
  const judges = search || early ? ` ${judgesText(settings, parts)}` : ''
  return [
    `${count(epochs, 'epoch')} of ${count(steps, 'step')}`,
    search ? `${rules[lambdaRule](lambdas.length)}${judges}` : `lambda ${lambdas[0]}`,
    ...(ensemble === 1 ? [] : [`an ensemble of ${ensemble} networks`]),
    ...(early ? [`early stopping${judges}`] : []),
    ...(sparsity === undefined ? [] : [`pruned to ${percent(sparsity)} zeros`]),
    ...(scale === undefined ? [] : [`pruned with rows of norm ${scale}`]),
    `seed ${seed}`,
  ].join(', ')
}

const rules = {
  best: (lambdas: number) => `the best of ${lambdas} lambdas`,
  'one-standard-error': (lambdas: number) => `the largest of ${lambdas} lambdas within one standard error of the best`,
}

function judgesText({ selection }: Settings, { validation }: Parts): string {
  if ('folds' in selection) return `by ${selection.folds} folds`
  return validation === undefined
    ? `on ${percent(selection.validation)} of the training rows`
    : 'on the validation rows'
}

export function resultLines(result: TrainResult): string[] {
  const { setup, model, summary, scores, files } = result
  const { near, exact } = model.sparsity()
  const { device, seconds, stopped, epoch } = summary
  const { target, quiet = false } = setup.flags
  const warnings = warningsIn(result).map(({ message }) => `warning: ${message}`)
  return [
    ...(quiet ? [] : ['', ...searchLines(result)]),
    ...aligned(scoreTable(scores, target)),
    ...(quiet ? [] : ['', ...warnings, ...(warnings.length === 0 ? [] : [''])]),
    ...(stopped === 'early-stopping' ? [`stopped early; the model is that of epoch ${epoch}`] : []),
    `path norm ${figure(model.pathNorm())}, near sparsity ${percent(near)}, exact zeros ${percent(exact)}`,
    `${duration(seconds)}${device === null ? '' : ` on ${deviceText(device)}`}`,
    ...(files === null ? ['the model was not saved; --out FILE saves it'] : []),
    ...(files?.model ? [`${files.model.file}: ${size(files.model.bytes)}`] : []),
    ...(files?.report ? [`${files.report}: all of this as a page`] : []),
  ]
}

function searchLines({ model, summary: { search, lambda } }: TrainResult): string[] {
  if (search.length === 0) return []
  return [...aligned(searchTable(search, lambda, scoreName(model.network.loss))), '']
}

const warningsIn = ({ setup, model, summary, scores }: TrainResult) =>
  warningsOf({ ...summary, scores, watched: watchedName(setup) }, model)

/** Name of the rows whose loss is evaluated during the fit. */
export const watchedName = ({ watch }: TrainingSetup): string => watch?.name ?? 'rows held out'

export function resultDocument(result: TrainResult) {
  const { setup, model, summary, scores, files } = result
  const { file, task, reason, numeric, categorical, data, flags } = setup
  const { rows, dropped, ignored, missing } = data.table
  const { near, exact } = model.sparsity()
  const { lambda, stopped, epoch, search, device, seconds } = summary
  return {
    command: 'train',
    version,
    table: { file, rows, numeric, categorical, dropped, ignored, missing },
    target: flags.target,
    ...{ task, reason, rows: data.rows, split: data.split },
    network: model.network.config,
    members: model.members.length,
    options: model.options,
    ...{ lambda, search, stopped, epoch, scores },
    warnings: warningsIn(result),
    pathNorm: model.pathNorm(),
    sparsity: { near, exact },
    ...{ device, seconds },
    model: files?.model ?? null,
    record: files?.record ?? null,
    report: files?.report ?? null,
  }
}

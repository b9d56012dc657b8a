import type { NetworkConfig } from '../../core/native.js'
import type { Task } from '../../data/task.js'
import type { Refusal } from '../../errors/refusal.js'
import type { Model } from '../../estimators/models.js'
import type { Settings } from '../../estimators/settings.js'
import type { FitSummary } from '../../estimators/training.js'
import { networkBlueprint } from '../../network/blueprint.js'
import { describeNetwork } from '../../network/describe.js'
import { aligned, count, deviceText, duration, facts, figure, listed, percent, size } from '../../print.js'
import { type Scores, scoreName, searchTable } from '../../report/scores.js'
import { warningsOf } from '../../report/warnings.js'
import type { Table } from '../../tables/table.js'
import { version } from '../../version.js'
import { scoreLines } from '../files/model-scores.js'
import { shownName } from '../files/tables.js'
import type { TrainFlags } from './options.js'
import type { Parts } from './parts.js'

interface Source {
  file: string
  table: Table
  task: Task
  reason: string
  parts: Parts
}

/** What to train, and on which data. */
export interface TrainingSetup extends Source {
  target: string
  numeric: string[]
  categorical: string[]
  dropped: string[]
  ignored: string[]
  /** Missing cells of the training rows, by column. */
  missing: Record<string, number>
  settings: Settings
  network: NetworkConfig
  flags: TrainFlags
  /** Rows whose loss is evaluated during the fit, and their name. */
  watch: { rows: Table; name: string } | null
}

/** Paths of the files that a training wrote; null for a file that was not written. */
export interface TrainFiles {
  /** Requested path of the model. */
  out: string
  model: { file: string; bytes: number } | null
  record: string | null
  /** null also if no page was wanted, or the packages that draw charts are not installed. */
  report: string | null
  /** Why files were not written. */
  failures: Refusal[]
}

export interface TrainResult {
  setup: TrainingSetup
  model: Model
  summary: FitSummary
  scores: Record<string, Scores>
  files: TrainFiles | null
}

export function setupOf(source: Source, settings: Settings, flags: TrainFlags): TrainingSetup {
  const { target } = flags
  const { train, preprocessor } = source.parts
  const { columns, dropped, features } = preprocessor
  const named = (kind: string) => columns.filter((column) => column.kind === kind).map(({ name }) => name)
  const lacking = columns.map(({ name }) => {
    const cells = train.columns[train.names.indexOf(name)]
    return [name, cells.filter((cell) => cell === null).length] as const
  })
  const inputs = features.length
  return {
    ...source,
    target,
    numeric: named('numeric'),
    categorical: named('categorical'),
    dropped: [...dropped],
    ignored: [...settings.ignore],
    missing: Object.fromEntries(lacking.filter(([, cells]) => cells > 0)),
    settings,
    network: networkBlueprint(settings.kind, { ...settings.network, inputs }).config,
    flags,
    watch: watchOf(source.parts, settings),
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
  const { file, table, task, reason, parts, target, numeric, categorical, dropped, ignored, missing } = setup
  const kinds = Object.entries({ numeric, categorical }).map(([kind, names]) => {
    return `${names.length.toLocaleString('en-US')} ${kind}`
  })
  const other = task === 'regression' ? 'classification' : 'regression'
  const hint = setup.flags.task === undefined ? `; for the other, --task ${other}` : ''
  const { train, test, validation } = parts
  const rows = Object.entries({ train, test, validation }).flatMap(([name, part]) =>
    part === undefined ? [] : [`${part.rows.toLocaleString('en-US')} ${name}`],
  )
  return facts([
    ['table', `${shownName(file)}: ${count(table.rows, 'row')}, ${count(table.names.length, 'column')}`],
    ['left out', table.notes.join('; ')],
    ['target', `${target}: ${task}, ${reason}${hint}`],
    ['inputs', `${count(numeric.length + categorical.length, 'column')}: ${kinds.join(', ')}`],
    ['dropped', dropped.length === 0 ? '' : `${listed(dropped)} (a single value in the training rows)`],
    ['ignored', listed(ignored)],
    ['missing', listed(Object.entries(missing).map(([name, cells]) => `${name} ${count(cells, 'cell')}`))],
    ['rows', `${rows.join(', ')} (${parts.how})`],
    ['network', describeNetwork(setup.network)],
    ['training', trainingText(setup)],
    ['model', setup.flags.out === undefined ? 'will not be saved; --out FILE saves it' : ''],
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
  const { device, seconds, stopped, epoch, search, lambda } = summary
  const early = stopped === 'early-stopping' ? [`stopped early; the model is that of epoch ${epoch}`] : []
  const quiet = setup.flags.quiet === true
  return [
    ...(quiet ? [] : ['', ...searchLines(model, search, lambda)]),
    ...scoreLines(scores, setup.target),
    ...(quiet ? [] : ['', ...warningLines(result)]),
    ...early,
    `path norm ${figure(model.pathNorm())}, near sparsity ${percent(near)}, exact zeros ${percent(exact)}`,
    `${duration(seconds)}${device === null ? '' : ` on ${deviceText(device)}`}`,
    ...(files === null ? ['the model was not saved; --out FILE saves it'] : fileLines(files)),
  ]
}

function fileLines({ model, report }: TrainFiles): string[] {
  return [
    ...(model === null ? [] : [`${model.file}: ${size(model.bytes)}`]),
    ...(report === null ? [] : [`${report}: all of this as a page`]),
  ]
}

function warningLines(result: TrainResult): string[] {
  const lines = warningsIn(result).map(({ message }) => `warning: ${message}`)
  return lines.length === 0 ? [] : [...lines, '']
}

const warningsIn = ({ setup, model, summary, scores }: TrainResult) =>
  warningsOf({ ...summary, scores, watched: watchedName(setup) }, model)

/** Name of the rows whose loss is evaluated during the fit. */
export const watchedName = ({ watch }: TrainingSetup): string => watch?.name ?? 'rows held out'

function searchLines(model: Model, search: FitSummary['search'], chosen: number | null): string[] {
  if (search.length === 0) return []
  return [...aligned(searchTable(search, chosen, scoreName(model.network.loss))), '']
}

/** The result as plain JSON. */
export function resultDocument(result: TrainResult) {
  const { setup, model, summary, scores, files } = result
  const { file, table, target, task, reason, parts, numeric, categorical, dropped, ignored, missing } = setup
  const { near, exact } = model.sparsity()
  const { lambda, stopped, epoch, search, device, seconds } = summary
  return {
    command: 'train',
    version,
    table: { file, rows: table.rows, numeric, categorical, dropped, ignored, missing },
    target,
    task,
    reason,
    rows: { train: parts.train.rows, test: parts.test?.rows ?? 0, validation: parts.validation?.rows ?? 0 },
    split: parts.how,
    network: model.network.config,
    members: model.members.length,
    options: model.options,
    lambda,
    search,
    stopped,
    epoch,
    scores,
    warnings: warningsIn(result),
    pathNorm: model.pathNorm(),
    sparsity: { near, exact },
    device,
    seconds,
    model: files?.model ?? null,
    record: files?.record ?? null,
    report: files?.report ?? null,
  }
}

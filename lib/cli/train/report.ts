import type { NetworkConfig } from '../../core/native.js'
import { transformTraits } from '../../data/target-transform.js'
import type { Task } from '../../data/task.js'
import type { Refusal } from '../../errors/refusal.js'
import type { Model } from '../../estimators/models.js'
import type { Settings } from '../../estimators/settings.js'
import type { FitSummary } from '../../estimators/training.js'
import { networkBlueprint } from '../../network/blueprint.js'
import { describeNetwork } from '../../network/describe.js'
import { aligned, count, deviceText, duration, facts, figure, listed, percent, size } from '../../print.js'
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
  const { file, table, parts, settings, flags } = source
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
    network: networkBlueprint(settings.kind, {
      ...settings.network,
      hidden: settings.space.hidden[0],
      inputs: features.length,
    }).config,
    numeric: named('numeric'),
    categorical: named('categorical'),
    data: {
      table: { file: shownName(file), rows: table.rows, dropped: [...dropped], ignored: [...settings.ignore], missing },
      rows: { train: train.rows, test: test?.rows ?? 0, validation: validation?.rows ?? 0 },
      split: how,
    },
    watch: watchOf(parts, settings, flags),
  }
}

/**
 * The validation rows, if there are any and no folds are asked for; otherwise the test rows, whose loss is shown but
 * decides nothing. Null if rows of the training part are held out.
 */
function watchOf({ test, validation }: Parts, settings: Settings, { folds }: TrainFlags): TrainingSetup['watch'] {
  const decides = settings.search || stopsEarly(settings)
  if (validation !== undefined && folds === undefined) return { rows: validation, name: 'validation rows' }
  if (decides || test === undefined) return null
  return { rows: test, name: 'test rows' }
}

export const stopsEarly = ({ training }: Settings): boolean => training.earlyStopping !== undefined

export function setupLines(setup: TrainingSetup): string[] {
  const { table, task, reason, numeric, categorical, data, flags } = setup
  const learned = transformTraits[flags.targetTransform ?? 'none'].text(flags.target)
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
    ['learned', learned === flags.target ? '' : learned],
    ['inputs', `${count(numeric.length + categorical.length, 'column')}: ${kinds.join(', ')}`],
    ...Object.entries({ ...columns, rows }),
    ['network', describeNetwork(setup.network)],
    ['training', trainingText(setup)],
    ['model', flags.out === undefined ? 'will not be saved; --out FILE saves it' : ''],
  ])
}

function trainingText({ settings, parts, watch }: TrainingSetup): string {
  const { space, paceOf, members, search, seed, training } = settings
  const { epochs, batchSize } = paceOf(parts.train.rows, 1)
  const { sparsity, scale } = training.prune ?? {}
  const early = stopsEarly(settings)
  const steps = Math.ceil(parts.train.rows / batchSize)
  const judges = search || early ? ` ${judgesText(settings, watch)}` : ''
  return [
    `${count(epochs, 'epoch')} of ${count(steps, 'step')}`,
    search ? `${searchText(settings)}${judges}` : `${space.encodings[0]} encoding, lambda ${space.lambdas[0]}`,
    ...(members === 1 ? [] : [`an ensemble of ${members} networks`]),
    ...(early ? [`early stopping${judges}`] : []),
    ...(settings.sparsity === null
      ? []
      : [`pruned to ${percent(settings.sparsity)} zeros if that costs less than 1 %`]),
    ...(sparsity === undefined ? [] : [`pruned to ${percent(sparsity)} zeros`]),
    ...(scale === undefined ? [] : [`pruned with rows of norm ${scale}`]),
    `seed ${seed}`,
  ].join(', ')
}

function searchText({ space: { encodings, hidden, lambdas }, lambdaRule }: Settings): string {
  const several = { encodings, widths: hidden, lambdas }
  const choices = Object.entries(several).filter(([, values]) => values.length > 1)
  const best = `the best of ${listed(choices.map(([name, values]) => `${values.length} ${name}`))}`
  return lambdaRule === 'best' ? best : `${best}, with the largest lambda within one standard error of it,`
}

function judgesText({ selection }: Settings, watch: TrainingSetup['watch']): string {
  if (watch !== null) return `on the ${watch.name}`
  if (!('folds' in selection)) return `on ${percent(selection.validation)} of the training rows`
  const { folds, repeats = 1 } = selection
  return repeats === 1 ? `by ${folds} folds` : `by ${repeats} times ${folds} folds`
}

export function resultLines(result: TrainResult): string[] {
  const { setup, model, summary, scores, files } = result
  const { near, exact } = model.sparsity()
  const { device, seconds, stopped, epoch } = summary
  const { target, quiet = false } = setup.flags
  const warnings = warningsIn(result).map(({ message }) => `warning: ${message}`)
  return [
    ...(quiet ? [] : ['', ...searchLines(result), ...divergedLines(result)]),
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

function searchLines({ model, summary }: TrainResult): string[] {
  const { search } = summary
  if (search.length === 0) return []
  const most = Math.max(...search.map(({ epochs }) => epochs))
  const whole = search.filter(({ epochs }) => epochs === most)
  const others = search.length - whole.length
  return [
    ...(others === 0 ? [] : [`the best of ${search.length} settings, which were tried with fewer epochs first:`]),
    ...aligned(searchTable(search, summary, scoreName(model.network.loss), whole)),
    '',
  ]
}

/** Settings that were given up, and networks that were left out. */
function divergedLines({ summary: { diverged } }: TrainResult): string[] {
  if (diverged.length === 0) return []
  const lines = diverged.slice(0, 5).map(({ stage, encoding, hidden, lambda, epoch }) => {
    const what = stage === 'search' ? 'a setting diverged and was given up' : 'a network diverged and was left out'
    return `${what}: encoding ${encoding}, ${[hidden].flat().join(', ')} units, lambda ${lambda}, in epoch ${epoch}`
  })
  return [...lines, ...(diverged.length > 5 ? [`and ${diverged.length - 5} more`] : []), '']
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
  const { lambda, encoding, hidden, stopped, epoch, search, diverged, device, seconds } = summary
  return {
    command: 'train',
    version,
    table: { file, rows, numeric, categorical, dropped, ignored, missing },
    target: flags.target,
    ...{ task, reason, rows: data.rows, split: data.split },
    network: model.network.config,
    members: model.members.length,
    options: model.options,
    ...{ encoding, hidden, lambda, search, diverged, stopped, epoch, scores },
    warnings: warningsIn(result),
    pathNorm: model.pathNorm(),
    sparsity: { near, exact },
    ...{ device, seconds },
    model: files?.model ?? null,
    record: files?.record ?? null,
    report: files?.report ?? null,
  }
}

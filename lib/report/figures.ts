import { sum } from 'd3-array'
import { isObject } from '../checks.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import { type AnyModel, isEstimator, networksOf } from '../estimators/models.js'
import type { Candidate } from '../estimators/search.js'
import { describeNetwork } from '../network/describe.js'
import { countParameters } from '../network/parameters.js'
import { count, deviceText, duration, figure, listed, percent, size } from '../print.js'
import { version } from '../version.js'
import { type Bound, bounds, type Loss, lossTraits } from '../words.js'
import { type Curves, curvesOf } from './curves.js'
import { type InfluenceFigure, influenceFigure } from './influence.js'
import type { KeyFigure, TableSection } from './page.js'
import type { RunRecord } from './record.js'
import { baselineName, metrics, type Scores, scoreTable } from './scores.js'
import { type Warning, warningsOf } from './warnings.js'
import { type WeightImage, weightImage } from './weight-image.js'

/** A model, and what is known about its training. */
export interface Run {
  /** Name of the model file. */
  file: string
  bytes: number
  model: AnyModel
  record: RunRecord | null
}

export interface LayerFigure {
  name: string
  near: number
  exact: number
  /** null if rows have no projection. */
  projected: number | null
}

/** Figures of a model itself, not of its training. */
export interface ModelFigures {
  bounds: Record<Bound, number>
  influence: InfluenceFigure
  layers: LayerFigure[]
  weights: WeightImage
}

/** Everything that the page of a run shows, as plain data; null or empty parts have no section. */
export interface Figures {
  title: string
  subtitle: string
  keys: KeyFigure[]
  tables: TableSection[]
  curves: Curves | null
  search: { candidates: Candidate[]; chosen: number; score: string } | null
  model: ModelFigures | null
  /** Number of networks whose mean is the model. The curves and the weights are those of the first. */
  networks: number
  facts: [name: string, text: string][]
  /** What a reader of the scores should know. */
  warnings: string[]
  /** What the page cannot show, and why. */
  missing: string[]
}

export function figuresOf(run: Run): Figures {
  const { model, record, file } = run
  const figures = modelFigures(model)
  return {
    title: isEstimator(model) ? `Prediction of ${model.target}` : file,
    subtitle: subtitleOf(run),
    keys: keyFigures(run, figures.bounds.improved),
    tables: record === null || !isEstimator(model) ? [] : scoreTables(record, model.target),
    curves: record === null || record.epochs.length === 0 ? null : curvesOf(record),
    search: record === null || record.search.length === 0 ? null : searchFigure(record, model),
    model: figures,
    networks: networksOf(model).length,
    facts: factsOf(run, figures.bounds),
    warnings: record === null ? [] : runWarnings(record, model).map(({ message }) => message),
    missing: record === null ? [noRecord] : [],
  }
}

/** A cancelled run is not judged. */
export const runWarnings = (run: Parameters<typeof warningsOf>[0], model: AnyModel): Warning[] =>
  run.stopped === 'cancelled'
    ? []
    : warningsOf(run, { weighted: model instanceof PsilonClassifier && model.options.classWeight !== undefined })

function modelFigures(model: AnyModel): ModelFigures {
  const { near, exact, projected, layers } = model.sparsity()
  const named = layers.map((layer, k) => ({ name: `layer ${k}`, ...layer }))
  return {
    bounds: Object.fromEntries(bounds.map((bound) => [bound, model.pathNorm({ bound })])) as ModelFigures['bounds'],
    influence: influenceFigure(model),
    layers: [...named, { name: 'mean', near, exact, projected }],
    weights: weightImage(model),
  }
}

/** Whether all bounds are equal, as for a network without residual blocks. */
export const boundsAgree = (bounds: ModelFigures['bounds']): boolean => new Set(Object.values(bounds)).size === 1

const noRecord =
  'The model file alone does not describe its training: the curves, the lambda path and the scores are in the record that ' +
  'psilon train writes beside it, and this model has none.'

function networkText(model: AnyModel): string {
  const [first, ...others] = networksOf(model)
  const text = describeNetwork(first.config)
  return others.length === 0 ? text : `mean of ${others.length + 1} networks, ${text}`
}

function subtitleOf({ model, record }: Run): string {
  const network = networkText(model)
  if (!isEstimator(model)) return `A bare network: ${network}`
  const task = model instanceof PsilonClassifier ? 'Classification' : 'Regression'
  return record === null ? `${task}: ${network}` : `${task}, learned from ${record.table.file}: ${network}`
}

function keyFigures({ bytes, model, record }: Run, pathNorm: number): KeyFigure[] {
  const { near, exact } = model.sparsity()
  const parameters = count(
    sum(networksOf(model), ({ config }) => countParameters(config)),
    'parameter',
  )
  return [
    ...scoreFigures(record, model),
    { name: 'path norm', value: figure(pathNorm), note: 'how far outputs can move when each input moves by 1' },
    { name: 'exact zeros', value: percent(exact), note: `of the weights; near sparsity ${percent(near)}` },
    { name: 'model file', value: size(bytes), note: parameters },
  ]
}

/** The most telling score, beside another and the baseline. */
function scoreFigures(record: RunRecord | null, model: AnyModel): KeyFigure[] {
  const [entry] = Object.entries(record?.scores ?? {})
  if (entry === undefined || !isEstimator(model)) return []
  const [part, scores] = entry
  const shown = (['accuracy', 'r2', 'rmse'] as const).find((name) => scores[name] !== undefined)
  const metric = metrics.find(({ name }) => name === shown)
  if (metric === undefined) return []
  const value = metric.text(scores[metric.name] as number)
  const baseline = scores.baseline[metric.name]
  const beside = baseline === undefined ? '' : `; ${baselineName([scores])} ${metric.text(baseline)}`
  return [{ name: metric.title(model.target), value, note: `${count(scores.rows, `${part} row`)}${beside}` }]
}

function scoreTables({ scores, rows }: RunRecord, target: string): TableSection[] {
  if (Object.keys(scores).length === 0) return []
  const baseline = baselineName(Object.values(scores))
  const constant = baseline === 'mean' ? 'the mean of the training rows' : 'the base rates of the training rows'
  const trained = count(rows.train, 'row')
  const text = `Beside always predicting ${constant}. The model learned from ${trained}; ${judgedBy(scores)}.`
  return [{ title: 'Scores', text, rows: scoreTable(scores, target) }]
}

function judgedBy(scores: Record<string, Scores>): string {
  const parts = Object.entries(scores).map(([part, { rows }]) => count(rows, `${part} row`))
  return 'train' in scores
    ? 'it is judged on the same rows, because none were held out'
    : `${parts.join(' and ')} judge it`
}

function searchFigure({ search, lambda }: RunRecord, model: AnyModel) {
  return { candidates: search, chosen: lambda, score: scoreName(networksOf(model)[0].loss) }
}

/** Name of the score by which a search compares its candidates. */
export function scoreName(loss: Loss | null): string {
  if (loss === null || lossTraits[loss].link !== 'none') return 'log loss'
  return `${lossTraits[loss].squared ? 'RMSE' : `${loss} loss`}, scaled units`
}

function factsOf({ file, bytes, model, record }: Run, bounds: ModelFigures['bounds']): [string, string][] {
  const [{ loss, seed }] = networksOf(model)
  const all: [string, string][] = [
    ...(record === null ? [] : recordFacts(record)),
    ['network', networkText(model)],
    ['loss', loss ?? 'not trained yet'],
    ['lambda', isEstimator(model) ? String(model.lambda) : ''],
    ['classes', model instanceof PsilonClassifier ? listed(model.classes.map(String)) : ''],
    ['options', isEstimator(model) ? optionsText(model.options) : ''],
    ['seed', String(seed)],
    ['path norm', boundsText(bounds)],
    [
      'Lipschitz',
      `${figure(model.lipschitz())}, the most that any output changes per unit of the largest input change`,
    ],
    ['file', `${file}, ${size(bytes)}`],
    ['psilon', record === null ? version : record.version],
  ]
  return all.filter(([, text]) => text !== '')
}

function boundsText(values: ModelFigures['bounds']): string {
  if (boundsAgree(values))
    return `${figure(values.improved)}, ${new Intl.ListFormat('en-GB').format(bounds)} bound alike`
  return bounds.map((bound) => `${figure(values[bound])} (${bound})`).join(', ')
}

function recordFacts({ table, rows, split, stopped, epoch, epochs, seconds, device }: RunRecord): [string, string][] {
  const parts = Object.entries(rows).filter(([, n]) => n > 0)
  const missing = Object.entries(table.missing).map(([name, cells]) => `${name} ${count(cells, 'cell')}`)
  const ended = { completed: '', cancelled: ', cancelled', 'early-stopping': ', stopped early' }[stopped]
  const last = epochs.at(-1)?.epoch ?? 0
  const kept = epoch === last ? '' : `, of which epoch ${epoch} is kept`
  return [
    ['table', `${table.file}, ${count(table.rows, 'row')}`],
    ['rows', `${parts.map(([name, n]) => `${n.toLocaleString('en-US')} ${name}`).join(', ')} (${split})`],
    ['dropped', table.dropped.length === 0 ? '' : `${listed(table.dropped)} (a single value in the training rows)`],
    ['ignored', listed(table.ignored)],
    ['missing', listed(missing)],
    ['training', `${count(last, 'epoch')}${ended}${kept}, ${duration(seconds)}`],
    ['device', deviceText(device)],
  ]
}

/** `hidden 100, 50; lambda auto; prune sparsity 0.8` */
function optionsText(options: object): string {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return entries.map(([name, value]) => `${name} ${valueText(value)}`).join('; ')
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return isObject(value) ? optionsText(value).replaceAll(';', ',') : String(value)
}

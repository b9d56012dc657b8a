import { max, sum } from 'd3-array'
import { isObject } from '../checks.js'
import { PsilonClassifier } from '../estimators/classifier.js'
import { type AnyModel, isEstimator, networksOf } from '../estimators/models.js'
import { PsilonRegressor } from '../estimators/regressor.js'
import { encodingText } from '../estimators/summary.js'
import { epochsText } from '../fit/history-text.js'
import { describeNetwork } from '../network/describe.js'
import { countParameters } from '../network/parameters.js'
import { count, deviceText, duration, figure, listed, named, percent, size } from '../print.js'
import { version } from '../version.js'
import { bounds } from '../words.js'
import { curveCharts } from './charts/curves.js'
import { layersChart } from './charts/layers.js'
import { searchCharts } from './charts/search.js'
import { areAlike, type PathNorms, pathNorms, smoothnessCharts } from './charts/smoothness.js'
import { weightsChart } from './charts/weights.js'
import { errorSection } from './errors/section.js'
import { classTables } from './errors/tables.js'
import type { Layout } from './layout.js'
import type { KeyFigure, TableSection } from './page.js'
import { dataFacts, type RunRecord } from './record.js'
import { baselineName, metrics, scoreName, scoreTable, searchTable } from './scores.js'
import { warningsOf } from './warnings.js'

/** A model, and what is known about its training. */
export interface Run {
  /** Name of the model file. */
  file: string
  bytes: number
  model: AnyModel
  record: RunRecord | null
}

export function runPage(run: Run): Layout {
  const { model, record, file } = run
  const norms = pathNorms(model)
  const sections = [...judgedSections(run), ...chartsOf(run, norms)].filter(
    (section) => !('charts' in section) || section.charts.length > 0,
  )
  return {
    title: isEstimator(model) ? `Prediction of ${model.target}` : file,
    subtitle: subtitleOf(run),
    keys: keyFigures(run, norms.improved),
    notes: record === null ? [noRecord] : warningsOf(record, model).map(({ message }) => message),
    sections,
    facts: factsOf(run, norms),
  }
}

/** What the record says of the scores and the errors, and of the settings that were tried. */
function judgedSections({ model, record }: Run): Layout['sections'] {
  if (record === null || !isEstimator(model)) return []
  const { scores } = record
  return [...scoreTables(record, model.target), errorSection(scores, model.target), ...classTables(scores)]
}

const noRecord =
  'The model file alone does not describe its training: the curves, the search and the scores are in the record that ' +
  'psilon train writes beside it, and this model has none.'

function chartsOf({ model, record }: Run, norms: PathNorms) {
  const [network, ...others] = networksOf(model)
  const first = others.length > 0 ? 'first ' : ''
  return [
    {
      title: 'Training',
      text: `How the ${first}network trained, epoch by epoch.`,
      charts: record === null || record.epochs.length === 0 ? [] : curveCharts(record, areAlike(norms)),
    },
    {
      title: 'Search',
      text: 'Settings that were tried, and how well they did on held-out rows.',
      charts: record === null ? [] : searchCharts(record, scoreName(network.loss)),
    },
    ...(record === null ? [] : trialTables(record, scoreName(network.loss))),
    {
      title: 'Smoothness',
      text: 'The model never exceeds these bounds. Actual changes are mostly far below them.',
      charts: smoothnessCharts(model, norms),
      ragged: true,
    },
    {
      title: 'Weights',
      text: `How many weights matter, and which inputs they read${first && '; the image is of the first network'}.`,
      charts: [...weightsChart(model), layersChart(model.sparsity())],
      ragged: true,
    },
  ]
}

/** The settings that were tried to the end. */
function trialTables(record: RunRecord, score: string): TableSection[] {
  const { search, diverged = [] } = record
  const lost = divergedTables(diverged)
  if (search.length === 0) return lost
  const most = max(search, ({ epochs = 0 }) => epochs)
  const whole = search.filter(({ epochs = 0 }) => epochs === most)
  const others = search.length - whole.length
  const left =
    others === 0 ? '' : ` ${count(others, 'other')} had fewer epochs, and are among the numbers of the chart.`
  const text = `Every setting that was tried to the end, on the held-out rows.${left}`
  return [{ title: 'Settings tried', text, rows: searchTable(search, record, score, whole) }, ...lost]
}

/** The settings that were given up, and the networks that were left out. */
function divergedTables(diverged: NonNullable<RunRecord['diverged']>): TableSection[] {
  if (diverged.length === 0) return []
  const text =
    'A loss, an update or an output of these fits was no longer finite. The search gave their settings up, and their networks are not in the model.'
  const rows = diverged.map(({ stage, encoding, hidden, lambda, sparsity, epoch, epochs }) => [
    ...[encoding, String(hidden), String(lambda), sparsity === null ? '' : percent(sparsity)],
    ...[`${epoch} of ${epochs}`, stage === 'search' ? 'search' : 'last fit'],
  ])
  return [
    { title: 'Fits that diverged', text, rows: [['encoding', 'units', 'lambda', 'zeros', 'epoch', 'stage'], ...rows] },
  ]
}

/** `mean of 5 networks, mlp, 11 inputs, ..` */
export function networkText(model: AnyModel): string {
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
  const parameters = sum(networksOf(model), ({ config }) => countParameters(config))
  const scores = scoreFigures(record, model)
  return [
    ...scores,
    smoothnessFigure(model, pathNorm),
    { name: 'exact zeros', value: percent(exact), note: `of the weights; near sparsity ${percent(near)}` },
    ...(scores.length === 2 ? [] : [{ name: 'model file', value: size(bytes), note: count(parameters, 'parameter') }]),
  ]
}

/** The path norm, for a regressor in units of the target. */
function smoothnessFigure(model: AnyModel, pathNorm: number): KeyFigure {
  const { scale, text } = model instanceof PsilonRegressor ? model.learned : { scale: 1, text: null }
  const unit = text === null ? '' : `, units of ${named(text)}`
  return { name: `path norm${unit}`, value: figure(scale * pathNorm), note: `the most that ${movedText(model)}` }
}

/** `the log-odds move when every column moves by one standard deviation` */
function movedText(model: AnyModel): string {
  const deviations =
    isEstimator(model) &&
    model.encodings.every((name) => name === 'standard') &&
    model.influence().every(({ kind }) => kind === 'numeric')
  const when = deviations ? 'every column moves by one standard deviation' : 'every input moves by 1'
  if (model instanceof PsilonRegressor) {
    const { learned, target } = model
    const moving = learned.text === target ? 'the prediction' : named(learned.text)
    return `${moving} moves when ${when}`
  }
  if (!(model instanceof PsilonClassifier)) return `the outputs, in total, move when ${when}`
  return `the ${model.classes.length === 2 ? 'log-odds' : 'logits of all classes, in total,'} move when ${when}`
}

/** The two most telling scores, beside the baselines. */
function scoreFigures(record: RunRecord | null, model: AnyModel): KeyFigure[] {
  const [entry] = Object.entries(record?.scores ?? {})
  if (entry === undefined || !isEstimator(model)) return []
  const [part, scores] = entry
  const shown = metrics.filter(({ name, headline }) => headline && scores[name] !== undefined).reverse()
  return shown.slice(0, 2).map(({ name, title, text }, k) => {
    const besides = { [baselineName([scores])]: scores.baseline[name], linear: scores.linear?.[name] }
    const others = Object.entries(besides).flatMap(([name, value]) => {
      return value === undefined ? [] : [`${name} ${text(value)}`]
    })
    const note = [...(k === 0 ? [count(scores.rows, `${part} row`)] : []), ...others].join('; ')
    return { name: title(model.target), value: text(scores[name] as number), note }
  })
}

function scoreTables({ scores, rows }: RunRecord, target: string): TableSection[] {
  if (Object.keys(scores).length === 0) return []
  const baseline = baselineName(Object.values(scores))
  const mean = baseline === 'mean' ? 'the mean of the training rows' : 'the base rates of the training rows'
  const linear = baseline === 'mean' ? 'ridge regression' : 'logistic regression'
  const fitted = Object.values(scores).some((each) => each.linear !== undefined)
  const constant = `${mean}${fitted ? `, and a linear model of them, ${linear}` : ''}`
  const trained = count(rows.train, 'row')
  const parts = Object.entries(scores).map(([part, { rows }]) => count(rows, `${part} row`))
  const none = 'it is judged on the same rows, because none were held out'
  const judged = 'train' in scores ? none : `${parts.join(' and ')} judge it`
  const text = `Beside always predicting ${constant}. The model learned from ${trained}; ${judged}.`
  return [{ title: 'Scores', text, rows: scoreTable(scores, target) }]
}

function factsOf({ file, bytes, model, record }: Run, norms: PathNorms): [string, string][] {
  const [{ loss, seed }] = networksOf(model)
  return [
    ...(record === null ? [] : recordFacts(record)),
    ['network', networkText(model)],
    ['loss', loss ?? 'not trained yet'],
    ['encoding', isEstimator(model) ? encodingText(model.encodings) : ''],
    ['lambda', isEstimator(model) ? String(model.lambda) : ''],
    ['classes', model instanceof PsilonClassifier ? listed(model.classes.map(String)) : ''],
    ['options', isEstimator(model) ? optionsText(model.options) : ''],
    ['seed', String(seed)],
    ['path norm', boundsText(norms)],
    ['Lipschitz', lipschitzText(model.lipschitz())],
    ['file', `${file}, ${size(bytes)}`],
    ['psilon', record === null ? version : record.version],
  ]
}

function boundsText(norms: PathNorms): string {
  if (areAlike(norms)) return `${figure(norms.improved)}, ${new Intl.ListFormat('en-GB').format(bounds)} bound alike`
  return bounds.map((bound) => `${figure(norms[bound])} (${bound})`).join(', ')
}

export const lipschitzText = (bound: number): string =>
  `${figure(bound)}, the most that any output changes per unit of the largest input change`

function recordFacts(record: RunRecord): [string, string][] {
  const { table, seconds, device } = record
  return [
    ['table', `${table.file}, ${count(table.rows, 'row')}`],
    ...Object.entries(dataFacts(record)),
    ['training', `${epochsText(record)}, ${duration(seconds)}`],
    ['device', deviceText(device)],
    ['date', record.date === undefined ? '' : dateText(record.date)],
    ['command', record.command ?? ''],
  ]
}

/** `2026-12-01 15:20 UTC` */
const dateText = (date: string): string => date.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, '$1 $2 UTC')

/** `hidden 100, 50; lambda auto; prune sparsity 0.8` */
function optionsText(options: object): string {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return entries.map(([name, value]) => `${name} ${valueText(value)}`).join('; ')
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return isObject(value) ? optionsText(value).replaceAll(';', ',') : String(value)
}

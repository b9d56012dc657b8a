import { mean } from 'd3-array'
import { count, duration, figure, percent, size, markdownTable as table } from '../text.js'
import type { Fit } from './kept.js'
import type { Comparison, Spread, Standing } from './ranking.js'
import { scoreName } from './score.js'
import type { ModelFigures, TableFigures } from './summary.js'

interface Results {
  /** Names of the models that have a score. */
  models: readonly string[]
  fits: readonly Fit[]
  tables: readonly TableFigures[]
  /** The first one is of all splits. */
  comparisons: readonly Comparison[]
  processor: string
}

type Row = readonly string[]

/** Ranks and relative scores, then the scores of each table; in Markdown. */
export function page({ models, fits, tables, comparisons, processor }: Results): string {
  const cost = models.map((model) => costOf(fits, model))
  return [
    ...(comparisons.length === 0 ? ['No table has a score of every model.'] : overview(comparisons, cost)),
    '',
    'Scores: RMSE in units of half the inter-quartile range of the training target, mean log loss in nats; lower is better.',
    '',
    ...scoreTable(models, tables),
    '',
    ...accuracyTable(models, tables),
    `Means over the splits ± their standard deviation. Time is that of the processor for a whole fit, on ${processor}.`,
    '',
  ].join('\n')
}

function overview(comparisons: readonly Comparison[], cost: readonly Row[]): string[] {
  const [{ tables, complete, standings }] = comparisons
  const relative = ({ relative: { mean, spread, median } }: Standing) => [plusMinus({ mean, spread }), figure(median)]
  const rows = standings.map((each, k) => [each.model, each.rank.toFixed(2), ...relative(each), ...cost[k]])
  const titles = ['model', 'mean rank', 'relative score', 'median', 'time of a fit', 'size']
  const head = `Over ${count(tables, 'table')}, ${count(complete, 'split')} of them in all:`
  if (comparisons.length === 1) return [head, '', ...table(titles, rows)]
  const names = comparisons.map(({ splits }) => splits.join(', '))
  const bySplit = (text: (standing: Standing) => string) =>
    standings.map(({ model }, k) => [model, ...comparisons.map((each) => text(each.standings[k]))])
  return [
    ...[head, '', ...table(titles, rows), ''],
    ...[
      'Mean rank by splits:',
      '',
      ...table(
        ['model', ...names],
        bySplit(({ rank }) => rank.toFixed(2)),
      ),
      '',
    ],
    ...[
      'Relative score by splits:',
      '',
      ...table(
        ['model', ...names],
        bySplit(({ relative }) => plusMinus(relative)),
      ),
    ],
  ]
}

function costOf(fits: readonly Fit[], model: string): Row {
  const own = fits.filter((fit) => fit.model === model)
  return [duration(mean(own, ({ seconds }) => seconds) ?? 0), size(mean(own, ({ bytes }) => bytes) ?? 0)]
}

function scoreTable(models: readonly string[], tables: readonly TableFigures[]): string[] {
  const rows = tables.map((each) => [
    ...[each.table, scoreName(each.task), String(each.rows.train), String(each.rows.test)],
    ...models.map((model) => cell(each, model, ({ score }) => score)),
  ])
  return table(['table', 'score', 'train', 'test', ...models], rows)
}

/** Nothing without tables of classes. */
function accuracyTable(models: readonly string[], tables: readonly TableFigures[]): string[] {
  const rows = tables
    .filter(({ task }) => task !== 'regression')
    .map((each) => [each.table, ...models.map((model) => cell(each, model, ({ accuracy }) => accuracy, percent))])
  return rows.length === 0 ? [] : ['Accuracy:', '', ...table(['table', ...models], rows), '']
}

function cell(
  { models }: TableFigures,
  model: string,
  of: (figures: ModelFigures) => Spread | null,
  text: (value: number) => string = figure,
): string {
  const found = models.find((each) => each.model === model)
  const spread = found === undefined ? null : of(found)
  return spread === null ? '-' : plusMinus(spread, text)
}

const plusMinus = ({ mean, spread }: Spread, text: (value: number) => string = figure): string =>
  spread === null ? text(mean) : `${text(mean)} ± ${text(spread)}`

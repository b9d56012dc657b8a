import { group, mean, sum } from 'd3-array'
import { type Setting, settingText, type TabularModel } from '../experiments/cells.js'
import type { Plan } from '../experiments/experiment.js'
import type { Curve, Figure1Results } from '../experiments/figure1.js'
import type { Figure, ModelSummary, SetSummary } from '../experiments/summary.js'
import type { TabularResults } from '../experiments/tabular.js'
import { aligned, count, duration, figure, percent } from '../print.js'
import type { Comparison, Panel, Panels } from '../report/figures.js'

const modelNames: Record<TabularModel, string> = {
  psilon: 'PSiLON',
  standard: 'Standard',
  mlp: 'MLP',
  linear: 'linear',
  forest: 'forest',
}

export function planFacts(
  { sets, skipped, grids, options, size }: Plan,
  { data, out }: Record<'data' | 'out', string>,
): [name: string, text: string][] {
  const { seeds, trainRows, hidden, epochs } = options
  const models = Object.entries(grids).map(
    ([model, settings]) => `${modelNames[model as keyof typeof modelNames]} ${settings.length}`,
  )
  return [
    ['tables', `${sets.map(({ name }) => name).join(', ')} of ${data}`],
    ['skipped', skipped.map(({ set, reason }) => `${set}: ${reason}`).join('; ')],
    ['settings', `${models.join(', ')}; ${count(seeds, 'seed')}`],
    ['training', `${count(trainRows, 'row')}, ${count(epochs, 'epoch')}, hidden layers of ${hidden}`],
    ['fits', `${count(size.cells, 'fit')}; those that are finished are in ${out}`],
  ]
}

export function tabularTables({ sets, averageRanks }: TabularResults): Comparison[] {
  const rows = [['', 'rank'], ...averageRanks.map(({ model, rank }) => [modelNames[model], rank.toFixed(2)])]
  const known = sets.some(({ models }) => models.some(({ reference }) => reference !== null))
  const note =
    '; reference: the published code with the same lambda, scikit-learn with its own choice, on the same rows'
  const text = `mean of ${count(sets.length, 'table')}${known ? note : ''}`
  return [...sets.map(setTable), { title: 'Rank', text, rows }]
}

function setTable({ set, task, inputs, rows, models }: SetSummary): Comparison {
  const score = task === 'regression' ? 'RMSE in scaled units' : 'log loss'
  const sizes = Object.entries(rows).map(([part, n]) => `${n.toLocaleString('en-US')} ${part}`)
  const columns = columnsFor(models)
  const cells = models.map((model) => [modelNames[model.model], ...columns.map(({ text }) => text(model))])
  const text = `${score}, ${count(inputs, 'input')}, ${sizes.join(', ')} rows`
  return { title: set, text, rows: [['', ...columns.map(({ name }) => name)], ...cells] }
}

interface Column {
  name: string
  text(model: ModelSummary): string
}

/** Without the columns that would be empty. */
function columnsFor(models: readonly ModelSummary[]): Column[] {
  const columns: Column[] = [
    { name: 'test', text: ({ test }) => (test === null ? 'diverged' : figureText(test)) },
    { name: 'rank', text: ({ rank }) => String(rank) },
    { name: 'chosen', text: ({ chosen }) => chosenText(chosen.map(({ setting }) => setting)) },
    { name: 'reference', text: ({ reference }) => (reference === null ? '' : figure(reference)) },
    { name: 'difference', text: differenceText },
    { name: 'near sparsity', text: ({ nearSparsity }) => figureText(nearSparsity, percent) },
    { name: 'path norm', text: ({ pathNorm }) => figureText(pathNorm) },
    { name: 'zeros, pruned', text: ({ pruned }) => figureText(pruned?.zeros ?? null, percent) },
    { name: 'test, pruned', text: ({ pruned }) => figureText(pruned?.test ?? null) },
    { name: 'time of a fit', text: ({ seconds }) => (seconds === null ? '' : duration(seconds.mean)) },
  ]
  return columns.filter(({ text }) => models.some((model) => text(model) !== ''))
}

export function figureText(value: Figure | null, write: (value: number) => string = figure): string {
  if (value === null) return ''
  return value.spread === null ? write(value.mean) : `${write(value.mean)} ± ${write(value.spread)}`
}

/** What was chosen with most seeds first. */
function chosenText(settings: readonly Setting[]): string {
  return [...new Set(settings.map(settingText))].join(', ')
}

function differenceText({ test, reference }: ModelSummary): string {
  if (test === null || reference === null) return ''
  return changeText(test.mean / reference - 1)
}

/** `+2.0 %`, `-1.5 %`, `0.0 %` */
export function changeText(share: number): string {
  const text = percent(Math.abs(share))
  return text === '0.0 %' ? text : `${share < 0 ? '-' : '+'}${text}`
}

export function figure1Tables({ curves }: Figure1Results): Comparison[] {
  return [...new Set(curves.map(({ set }) => set))].map((set) => {
    const own = curves.filter((curve) => curve.set === set)
    const head = ['', 'lambda', 'lowest', 'after steps', 'at the end', 'rise']
    return { title: set, text: 'validation cross-entropy', rows: [head, ...curveRows(own)] }
  })
}

/** A panel for each table and model; lines are means over the seeds. */
export function figure1Panels({ curves }: Figure1Results): Panels {
  const panels = [...group(curves, ({ set, model }) => `${modelNames[model]}, ${set}`)].map(([title, own]) => {
    const lines = [...group(own, ({ lambda }) => lambda)].map(([lambda, seeds]) => {
      return { name: String(lambda), points: meanPoints(seeds) }
    })
    return { title, text: 'A line for each lambda; lower is better.', lines }
  })
  return {
    text: 'The loss on the validation rows while the networks train; the scale is the same in all panels.',
    x: { title: 'steps', format: ',d' },
    y: { title: 'validation cross-entropy' },
    panels,
  }
}

function meanPoints([first, ...others]: readonly Curve[]): Panel['lines'][number]['points'] {
  const all = [first, ...others]
  if (all.some(({ points }) => points.length === 0)) return []
  return first.points.map(({ steps }, k) => ({
    x: steps,
    y: mean(all, ({ points }) => points[k].validation) as number,
  }))
}

/** A row for each model and lambda, the mean of its seeds. */
function curveRows(curves: readonly Curve[]): string[][] {
  const keyOf = ({ model, lambda }: Curve) => `${model} ${lambda}`
  return [...new Set(curves.map(keyOf))].map((key) => {
    const own = curves.filter((curve) => keyOf(curve) === key)
    const [{ model, lambda }] = own
    const [lowest, last] = [own.map(({ lowest }) => lowest), own.map(({ last }) => last)]
    const names = [modelNames[model], String(lambda)]
    if (lowest.includes(null) || last.includes(null)) return [...names, 'diverged', '', '', '']
    const mean = (points: typeof last, of: 'validation' | 'steps') => sum(points, (point) => point?.[of]) / own.length
    const [low, end] = [mean(lowest, 'validation'), mean(last, 'validation')]
    const steps = Math.round(mean(lowest, 'steps')).toLocaleString('en-US')
    return [...names, figure(low), steps, figure(end), percent(end / low - 1)]
  })
}

/** Tables with a line between them. */
export function tableLines(tables: readonly Comparison[]): string[] {
  return tables.flatMap(({ title, text, rows }, k) => {
    return [...(k > 0 ? [''] : []), `${title}: ${text}`, ...aligned(rows, '  ')]
  })
}

import { PsilonClassifier } from '../../estimators/classifier.js'
import { type AnyModel, isEstimator, type Model } from '../../estimators/models.js'
import { count, figure, listed } from '../../print.js'
import { type Bound, bounds } from '../../words.js'
import { type Chart, colours } from './chart.js'

export type PathNorms = Record<Bound, number>

export const pathNorms = (model: AnyModel): PathNorms =>
  Object.fromEntries(bounds.map((bound) => [bound, model.pathNorm({ bound })])) as PathNorms

/** Whether all bounds are equal, as for a network without residual blocks. */
export const areAlike = (norms: PathNorms): boolean => new Set(Object.values(norms)).size === 1

/** How far the prediction can move, in total and with each column; none if nothing can move it. */
export function smoothnessCharts(model: AnyModel, norms: PathNorms): Chart[] {
  return [...influenceChart(model), ...(areAlike(norms) ? [] : [boundsChart(norms)])]
}

function boundsChart(norms: PathNorms): Chart {
  const bars = Object.entries(norms).map(([name, value]) => ({ name, value }))
  return {
    title: 'Bounds on the whole network',
    text: 'Three ways to bound how far the outputs can move when each input moves by 1; the smallest is the most accurate.',
    alt: `${bars.map(({ name, value }) => `${name} ${figure(value)}`).join(', ')}.`,
    spec: barSpec(bars, 'path norm'),
  }
}

const maxBars = 24

function influenceChart(model: AnyModel): Chart[] {
  const all = isEstimator(model)
    ? model.influence().map(({ column, standardized }) => ({ name: column, value: standardized }))
    : Array.from(model.influence(), (value, j) => ({ name: `input ${j}`, value })).sort((a, b) => b.value - a.value)
  const moving = all.filter(({ value }) => value > 0)
  if (moving.length === 0) return []
  const bars = moving.slice(0, maxBars)
  const less = moving.length - bars.length
  const none = all.filter(({ value }) => value === 0).map(({ name }) => name)
  const leftOut = `${less === 0 ? '' : ` ${less} more move it less.`}${noneText(none)}`
  const strongest = bars.slice(0, 3).map(({ name, value }) => `${name} ${figure(value)}`)
  const unit = unitOf(model)
  return [
    {
      title: 'Influence of each input',
      text: `The most that ${unit} can move ${whenMoved(model)}, whatever the other inputs are.${leftOut}`,
      alt: `The most influential: ${strongest.join(', ')}.`,
      spec: barSpec(bars, `at most, ${unit}`),
      table: isEstimator(model) ? influenceTable(model) : undefined,
    },
  ]
}

/** Names the inputs without an effect. */
function noneText(names: readonly string[]): string {
  return names.length === 0 ? '' : ` ${count(names.length, 'input')} cannot move it at all: ${listed(names, 12)}.`
}

function unitOf(model: AnyModel): string {
  if (!isEstimator(model)) return 'sum of the outputs'
  if (!(model instanceof PsilonClassifier)) return model.learned.text
  return model.classes.length === 2 ? 'log-odds' : 'logit of any class'
}

function whenMoved(model: AnyModel): string {
  if (!isEstimator(model)) return 'when this input moves by 1'
  const category = model.influence().some(({ kind }) => kind === 'categorical')
  return `when the column moves by one standard deviation${category ? ', or from any level of a category to any other' : ''}`
}

function influenceTable(model: Model): string[][] {
  const rows = model.influence().map(({ column, bound, standardized, deviation }) => {
    if (deviation === undefined) return [column, '', '', figure(standardized)]
    return [column, figure(deviation), figure(bound), figure(standardized)]
  })
  return [['column', 'deviation', 'per unit', 'at most'], ...rows]
}

type Bar = { name: string; value: number }

/** How much longer the axis is than the longest bar, behind which its value stands. */
const roomForText = 1.2

/** Horizontal bars in this order, with their values. Names are looked up, so that those that are alike stay apart. */
function barSpec(bars: readonly Bar[], title: string): Chart['spec'] {
  const values = bars.map(({ value }, place) => ({ place, value, text: figure(value, 3) }))
  const domain = [0, roomForText * (Math.max(...bars.map(({ value }) => value)) || 1)]
  return {
    height: 20 * bars.length + 45,
    params: [{ name: 'names', value: bars.map(({ name }) => name) }],
    data: { values },
    encoding: {
      y: {
        ...{ field: 'place', type: 'ordinal', title: null },
        axis: { labelExpr: 'names[datum.value]', labelLimit: 230, labelOverlap: false, ticks: false, domain: false },
      },
      x: { field: 'value', type: 'quantitative', title, scale: { domain, nice: true } },
    },
    layer: [
      { mark: { type: 'bar', height: 12 } },
      {
        mark: { type: 'text', align: 'left', dx: 4, color: colours.ink, fontSize: 11 },
        encoding: { text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}

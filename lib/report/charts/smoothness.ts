import { figure } from '../../print.js'
import { boundsAgree, type Figures, type ModelFigures } from '../figures.js'
import type { InfluenceFigure } from '../influence.js'
import { type Chart, colours, plainNumbers, width } from './chart.js'

interface Bar {
  name: string
  value: number
}

/** How far the prediction can move, in all and with each column. */
export function smoothnessCharts({ model }: Figures): Chart[] {
  if (model === null) return []
  const { bounds, influence } = model
  return [...influenceChart(influence), ...boundsChart(bounds)]
}

/** None where all bounds are the same: those of a network without residual blocks. */
function boundsChart(bounds: ModelFigures['bounds']): Chart[] {
  if (boundsAgree(bounds)) return []
  const bars = Object.entries(bounds).map(([name, value]) => ({ name, value }))
  return [
    {
      title: 'Bounds on the whole network',
      text: 'Three ways to bound how far the outputs can move when each input moves by 1; the least is the truest.',
      alt: `${bars.map(({ name, value }) => `${name} ${figure(value)}`).join(', ')}.`,
      spec: barSpec(bars, 'path norm'),
    },
  ]
}

const mostBars = 24

/** None where nothing can move the prediction. */
function influenceChart({ rows, unit, bare }: InfluenceFigure): Chart[] {
  const moving = rows.filter(({ standardized }) => standardized > 0)
  if (moving.length === 0) return []
  const shown = moving.slice(0, mostBars)
  const per = bare ? 'when this input moves by 1' : 'when the column moves by one standard deviation'
  const category = rows.some(({ deviation }) => deviation === null) && !bare
  const any = category ? ', or from any level of a category to any other' : ''
  const bars = shown.map(({ name, standardized }) => ({ name, value: standardized }))
  const strongest = bars.slice(0, 3).map(({ name, value }) => `${name} ${figure(value)}`)
  return [
    {
      title: 'Influence of each input',
      text: `The most that ${unit} can move ${per}${any}, whatever the other inputs are.${leftOut(rows, moving, shown)}`,
      alt: `The most influential: ${strongest.join(', ')}.`,
      spec: barSpec(bars, `at most, ${unit}`),
      ...(bare ? {} : { table: influenceTable(rows) }),
    },
  ]
}

function leftOut(...[rows, moving, shown]: (readonly unknown[])[]): string {
  const less = moving.length - shown.length
  const none = rows.length - moving.length
  return `${less === 0 ? '' : ` ${less} more move it less.`}${none === 0 ? '' : ` ${none} cannot move it at all.`}`
}

function influenceTable(rows: InfluenceFigure['rows']): string[][] {
  const text = (value: number | null) => (value === null ? '' : figure(value))
  return [
    ['column', 'deviation', 'per unit', 'at most'],
    ...rows.map(({ name, deviation, perUnit, standardized }) => {
      return [name, text(deviation), text(perUnit), figure(standardized)]
    }),
  ]
}

/** How much longer the axis is than the longest bar, behind which its value stands. */
const roomForText = 1.2

/** Horizontal bars in this order, with their values. Names are looked up, so that those that are alike stay apart. */
function barSpec(bars: readonly Bar[], title: string): Chart['spec'] {
  const values = bars.map(({ value }, place) => ({ place, value, text: figure(value, 3) }))
  const domain = [0, roomForText * Math.max(...bars.map(({ value }) => value))]
  return {
    width,
    height: 20 * bars.length + 45,
    autosize: { type: 'fit', contains: 'padding' },
    params: [{ name: 'names', value: bars.map(({ name }) => name) }],
    data: { values },
    encoding: {
      y: {
        ...{ field: 'place', type: 'ordinal', title: null },
        axis: { labelExpr: 'names[datum.value]', labelLimit: 180, labelOverlap: false, ticks: false, domain: false },
      },
      x: {
        ...{ field: 'value', type: 'quantitative', title, scale: { domain, nice: true } },
        axis: plainNumbers,
      },
    },
    layer: [
      { mark: { type: 'bar', color: colours.series[0], height: 12 } },
      {
        mark: { type: 'text', align: 'left', dx: 4, color: colours.ink, fontSize: 11 },
        encoding: { text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
}

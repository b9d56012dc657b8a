import { type ScalingKind, stepMeaning, unitNames } from '../../data/scaling.js'
import { figure } from '../../print.js'
import { boundsAgree, type Figures, type ModelFigures } from '../figures.js'
import type { InfluenceFigure } from '../influence.js'
import { barSpec } from './bars.js'
import type { Chart } from './chart.js'

/** How far the prediction can move, in total and with each column. */
export function smoothnessCharts({ model }: Figures): Chart[] {
  if (model === null) return []
  const { bounds, influence } = model
  return [...influenceChart(influence), ...boundsChart(bounds)]
}

/** None if all bounds are equal, as for a network without residual blocks. */
function boundsChart(bounds: ModelFigures['bounds']): Chart[] {
  if (boundsAgree(bounds)) return []
  const bars = Object.entries(bounds).map(([name, value]) => ({ name, value, text: figure(value, 3) }))
  return [
    {
      title: 'Bounds on the whole network',
      text: 'Three ways to bound how far the outputs can move when each input moves by 1; the smallest is the most accurate.',
      alt: `${bars.map(({ name, value }) => `${name} ${figure(value)}`).join(', ')}.`,
      spec: barSpec(bars, 'path norm'),
    },
  ]
}

const maxBars = 24

const moves = {
  standard: 'when the column moves by one standard deviation',
  asinh: `when the column moves by one step (${stepMeaning})`,
  none: 'when this input moves by 1',
}

/** None if nothing can move the prediction. */
function influenceChart({ rows, unit, scaling }: InfluenceFigure): Chart[] {
  const moving = rows.filter(({ standardized }) => standardized > 0)
  if (moving.length === 0) return []
  const shown = moving.slice(0, maxBars)
  const category = rows.some(({ divisor }) => divisor === null) && scaling !== null
  const any = category ? ', or from any level of a category to any other' : ''
  const bars = shown.map(({ name, standardized: value }) => ({ name, value, text: figure(value, 3) }))
  const strongest = bars.slice(0, 3).map(({ name, value }) => `${name} ${figure(value)}`)
  return [
    {
      title: 'Influence of each input',
      text: `The most that ${unit} can move ${moves[scaling ?? 'none']}${any}, whatever the other inputs are.${leftOut(rows, moving, shown)}`,
      alt: `The most influential: ${strongest.join(', ')}.`,
      spec: barSpec(bars, `at most, ${unit}`),
      ...(scaling === null ? {} : { table: influenceTable(rows, scaling) }),
    },
  ]
}

function leftOut(...[rows, moving, shown]: (readonly unknown[])[]): string {
  const less = moving.length - shown.length
  const none = rows.length - moving.length
  return `${less === 0 ? '' : ` ${less} more move it less.`}${none === 0 ? '' : ` ${none} cannot move it at all.`}`
}

function influenceTable(rows: InfluenceFigure['rows'], scaling: ScalingKind): string[][] {
  const text = (value: number | null) => (value === null ? '' : figure(value))
  return [
    ['column', unitNames[scaling], 'per unit', 'at most'],
    ...rows.map(({ name, divisor, perUnit, standardized }) => {
      return [name, text(divisor), text(perUnit), figure(standardized)]
    }),
  ]
}

import { extent } from 'd3-array'
import { figure } from '../../print.js'
import type { StepPanel } from '../figures.js'
import { type Chart, colours, logarithmicAxis, plainNumbers, width } from './chart.js'

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 4

/** Lines of fewer points than this have them marked. */
const fewPoints = 12

/** The loss of networks while they train, a panel each with the same scale, and a line for each lambda. */
export function stepCharts(panels: readonly StepPanel[]): Chart[] {
  const values = panels.flatMap(({ lines }) =>
    lines.flatMap(({ points }) => points.map(({ validation }) => validation)),
  )
  const [least = 0, most = 1] = extent(values)
  return panels.map((panel) => ({
    title: panel.title,
    text: textOf(panel),
    alt: `${panel.lines.map(lineText).join('; ')}.`,
    spec: panelSpec(panel, { least, most }),
  }))
}

function textOf({ lines }: StepPanel): string {
  const diverged = lines.filter(({ points }) => points.length === 0).map(({ lambda }) => lambda)
  const without = diverged.length === 0 ? '' : ` Diverged: lambda ${diverged.join(', ')}.`
  return `A line for each lambda; lower is better.${without}`
}

function lineText({ lambda, points }: StepPanel['lines'][number]): string {
  if (points.length === 0) return `lambda ${lambda} diverged`
  const lowest = Math.min(...points.map(({ validation }) => validation))
  const last = points[points.length - 1]
  return `lambda ${lambda}: lowest ${figure(lowest)}, ${figure(last.validation)} after ${last.steps} steps`
}

function panelSpec({ lines, loss }: StepPanel, { least, most }: { least: number; most: number }): Chart['spec'] {
  const values = lines.flatMap(({ lambda, points }) => points.map((point) => ({ ...point, lambda: String(lambda) })))
  const domain = [least, most]
  const wide = least > 0 && most > wideRange * least
  const y = wide ? logarithmicAxis(least, most) : { axis: plainNumbers, scale: { zero: false, nice: true } }
  const few = lines.every(({ points }) => points.length < fewPoints)
  const names = lines.map(({ lambda }) => String(lambda))
  const line = { field: 'lambda', type: 'nominal', legend: { symbolType: 'stroke', columns: 3 } } as const
  return {
    width,
    height: 240,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    mark: { type: 'line', strokeWidth: 2, point: few },
    encoding: {
      x: {
        ...({ field: 'steps', type: 'quantitative', title: 'steps', scale: { nice: false, zero: false } } as const),
        axis: { grid: false, tickCount: 5, format: ',d' },
      },
      y: { field: 'validation', type: 'quantitative', title: loss, axis: y.axis, scale: { ...y.scale, domain } },
      color: { ...line, scale: { domain: names, range: [...colours.series] } },
      strokeDash: { ...line, scale: { domain: names, range: dashes } },
    },
  }
}

/** For those who do not see colours. */
const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [10, 3, 2, 3],
  [4, 6],
]

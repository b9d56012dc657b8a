import { extent } from 'd3-array'
import { figure } from '../../print.js'
import type { Panel, Panels } from '../figures.js'
import { type Chart, colours, logarithmicAxis, plainNumbers, width } from './chart.js'

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 4

/** Lines of fewer points than this have them marked. */
const fewPoints = 12

/** A chart for each panel. */
export function panelCharts(panels: Panels): Chart[] {
  const range = extent(panels.panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ y }) => y))))
  const [least = 0, largest = 1] = range
  const most = Math.min(largest, panels.y.most ?? Infinity)
  return panels.panels.map((panel) => ({
    title: panel.title,
    text: textOf(panel),
    alt: `${panel.lines.map(lineText).join('; ')}.`,
    spec: panelSpec(panel, panels, { least, most }),
  }))
}

function textOf({ text, lines }: Panel): string {
  const diverged = lines.filter(({ points }) => points.length === 0).map(({ name }) => name)
  return diverged.length === 0 ? text : `${text} Diverged: ${diverged.join(', ')}.`
}

function lineText({ name, points }: Panel['lines'][number]): string {
  if (points.length === 0) return `${name} diverged`
  const lowest = Math.min(...points.map(({ y }) => y))
  return `${name}: lowest ${figure(lowest)}, last ${figure(points[points.length - 1].y)}`
}

function panelSpec({ lines }: Panel, { x, y }: Panels, { least, most }: { least: number; most: number }) {
  const values = lines.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })))
  const domain = [least, most]
  const wide = least > 0 && most > wideRange * least
  const vertical = wide ? logarithmicAxis(least, most) : { axis: plainNumbers, scale: { zero: false, nice: true } }
  const few = lines.every(({ points }) => points.length < fewPoints)
  const names = lines.map(({ name }) => name)
  const line = { field: 'name', type: 'nominal', legend: { symbolType: 'stroke', columns: 3 } } as const
  return {
    width,
    height: 240,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    mark: { type: 'line', strokeWidth: 2, point: few, clip: true },
    encoding: {
      x: {
        ...({ field: 'x', type: 'quantitative', title: x.title, scale: { nice: false, zero: false } } as const),
        axis: { grid: false, tickCount: 5, format: x.format },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: y.title,
        axis: vertical.axis,
        scale: { ...vertical.scale, domain },
      },
      color: { ...line, scale: { domain: names, range: [...colours.series] } },
      strokeDash: { ...line, scale: { domain: names, range: dashes } },
    },
  } satisfies Chart['spec']
}

/** For those who do not see colours. */
const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [10, 3, 2, 3],
  [4, 6],
]

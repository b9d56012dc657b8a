import { extent } from 'd3-array'
import type { Chart } from 'psilon/report'
import { figure } from '../../text.js'
import { domainOf } from '../domain.js'
import type { Domain, Line, LinePanel, Point } from '../panels.js'
import { logarithmicAxis } from './logarithmic-axis.js'

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 4

/** Lines of fewer points than this, or that have a point marked, have all of them shown. */
const fewPoints = 12

/** For those who do not see colours, which are used again for a sixth line. */
const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [10, 3, 2, 3],
  [4, 6],
  [12, 4],
  [1, 4],
]

export function lineChart(panel: LinePanel): Chart {
  const { title, text, lines, table } = panel
  const diverged = lines.filter(({ points }) => points.length === 0).map(({ name }) => name)
  return {
    title,
    text: diverged.length === 0 ? text : `${text} Diverged: ${diverged.join(', ')}.`,
    alt: `${lines.map((line) => lineText(line, panel.x.title)).join('; ')}.`,
    spec: lineSpec(panel),
    table,
  }
}

function lineText({ name, points, chosen = [] }: Line, x: string): string {
  if (points.length === 0) return `${name} diverged`
  const lowest = Math.min(...points.map(({ y }) => y))
  const marked = chosen.map((point) => `, at ${x} ${point.x} chosen with ${figure(point.y)}`)
  return `${name}: lowest ${figure(lowest)}, last ${figure(points[points.length - 1].y)}${marked.join('')}`
}

function lineSpec({ lines, x, y }: LinePanel): object {
  const { domain = domainOf(lines) } = y
  const [min, max] = domain
  const within = valuesOf(lines, ({ points }) => points).filter(({ y }) => y >= min && y <= max)
  const shown = lines.filter(({ points, chosen }) => chosen !== undefined || points.length < fewPoints)
  const dots = within.filter(({ name }) => shown.some((line) => line.name === name))
  const chosen = valuesOf(lines, ({ chosen = [] }) => chosen).filter(({ y }) => y >= min && y <= max)
  const encoding = encodingOf({ lines, x, y: { title: y.title, domain } })
  const { strokeDash, ...ofPoints } = encoding
  return {
    height: 240,
    layer: [
      {
        data: { values: valuesOf(lines, ({ points }) => points) },
        mark: { type: 'line', strokeWidth: 2, clip: true },
        encoding,
      },
      { data: { values: dots }, mark: { type: 'point', filled: true, size: 30, opacity: 1 }, encoding: ofPoints },
      {
        data: { values: chosen },
        mark: { type: 'point', shape: 'diamond', filled: true, size: 200, opacity: 1 },
        encoding: ofPoints,
      },
    ],
  }
}

const valuesOf = (lines: readonly Line[], pointsOf: (line: Line) => readonly Point[]) =>
  lines.flatMap((line) => pointsOf(line).map((point) => ({ ...point, name: line.name })))

function encodingOf({ lines, x, y }: Pick<LinePanel, 'lines' | 'x'> & { y: { title: string; domain: Domain } }) {
  const names = lines.map(({ name }) => name)
  const line = { field: 'name', type: 'nominal', legend: { symbolType: 'stroke', columns: 3 } }
  return {
    x: { field: 'x', type: 'quantitative', title: x.title, ...horizontal(lines, x) },
    y: { field: 'y', type: 'quantitative', title: y.title, ...vertical(y.domain) },
    color: { ...line, scale: { domain: names } },
    strokeDash: { ...line, scale: { domain: names, range: dashes } },
  }
}

function horizontal(lines: readonly Line[], { format, logarithmic = false }: LinePanel['x']) {
  const [least = 0, most = 1] = extent(lines.flatMap(({ points }) => points.map(({ x }) => x)))
  if (logarithmic && least > 0) return logarithmicAxis(least, most)
  return { scale: { nice: false, zero: false }, axis: { format, grid: false } }
}

function vertical([min, max]: Domain) {
  const domain = min === max ? [0.95 * min, 1.05 * max || 1] : [min, max]
  if (min <= 0 || max <= wideRange * min) return { scale: { zero: false, nice: true, domain } }
  const { axis, scale } = logarithmicAxis(min, max)
  return { axis, scale: { ...scale, domain } }
}

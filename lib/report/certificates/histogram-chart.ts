import { pairs } from 'd3-array'
import { count } from '../../print.js'
import type { Chart } from '../charts/chart.js'
import { type Certified, quantileOf, radiusText, type Unit, unitOf } from './figures.js'
import { edgesOf, radiusAxis, ruleAtTolerances, ruleText } from './radius-axis.js'

/** How many rows have which radius: bars for the level, an outline for level 'global'. */
export function histogramChart(certified: Certified): Chart {
  const { level, certificate } = certified
  const unit = unitOf(certified)
  const table = quantileTable(certified)
  const beside = level === 'global' ? '' : ' The outline is level global.'
  return {
    title: 'Histogram of radii',
    text: `How many rows have which radius.${beside}${beyondText(certificate.radii, edgesOf(certified), unit)}${ruleText[unit]}`,
    alt: `${table
      .slice(1)
      .map(([share, radius]) => `${share} ${radius}`)
      .join(', ')}.`,
    spec: histogramSpec(certified, unit),
    table,
  }
}

function histogramSpec(certified: Certified, unit: Unit): Chart['spec'] {
  const { level, certificate, global } = certified
  const edges = edgesOf(certified)
  const names = level === 'global' ? ['level global'] : [`level ${level}`, 'level global']
  const [own, other] = names
  const x = radiusAxis('from', edges, unit)
  const y = { field: 'rows', type: 'quantitative', title: 'rows', axis: { tickMinStep: 1 } } as const
  const color = {
    ...({ field: 'line', type: 'nominal', scale: { domain: names } } as const),
    legend: other === undefined ? null : ({ symbolType: 'square' } as const),
  }
  const outline = other === undefined ? [] : countsOf(global, edges)
  const end = { from: edges[edges.length - 1], rows: outline.at(-1)?.rows ?? 0 }
  return {
    layer: [
      {
        data: { values: countsOf(certificate.radii, edges).map((bar) => ({ ...bar, line: own, none: 0 })) },
        mark: { type: 'rect', stroke: 'var(--card)', strokeWidth: 1 },
        encoding: { x, x2: { field: 'to' }, y, y2: { field: 'none' }, color },
      },
      {
        data: { values: [...outline, end].map((bar) => ({ ...bar, line: other ?? own })) },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
        encoding: { x, y, color },
      },
      ruleAtTolerances(unit),
    ],
  }
}

/** Rows whose radius is at least `from` and below `to`. */
export function countsOf(radii: Float64Array, edges: readonly number[]) {
  return pairs(edges).map(([from, to]) => ({
    from,
    to,
    rows: radii.filter((each) => each >= from && each < to).length,
  }))
}

/** Rows that no bar has. */
function beyondText(radii: Float64Array, [least]: readonly number[], unit: Unit): string {
  const parts = [
    { n: radii.filter((radius) => radius < least).length, text: `below ${radiusText(least, unit)}` },
    { n: radii.filter((radius) => radius === Infinity).length, text: 'without a limit' },
  ].filter(({ n }) => n > 0)
  if (parts.length === 0) return ''
  return ` Not shown: ${parts.map(({ n, text }) => `${count(n, 'row')} ${text}`).join(', ')}.`
}

const quantiles = [
  [0, 'least'],
  [0.1, '10 % of the rows up to'],
  [0.25, '25 %'],
  [0.5, 'median'],
  [0.75, '75 %'],
  [0.9, '90 %'],
  [1, 'greatest'],
] as const

function quantileTable({ level, certificate, global, within }: Certified): string[][] {
  const columns = [certificate.radii, ...(level === 'global' ? [] : [global])]
  const head = ['radius', `level ${level}`, ...(level === 'global' ? [] : ['level global'])]
  const unit = unitOf({ within })
  const rows = quantiles.map(([share, name]) => [
    name,
    ...columns.map((radii) => radiusText(quantileOf(radii, share), unit)),
  ])
  return [head, ...rows]
}

import { extent } from 'd3-array'
import type { Chart } from 'psilon/report'
import { figure } from '../../text.js'
import type { DotPanel } from '../panels.js'
import { namedRows } from './bars.js'
import { logarithmicAxis } from './logarithmic-axis.js'

/** For those who do not see colours. */
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross']

/** A dot for each value, on the line of its row. */
export function dotChart({ title, text, table, ...panel }: DotPanel): Chart {
  const alt = panel.rows.map((row, place) => {
    const known = panel.series.flatMap(({ name, values }) => {
      const value = values[place]
      return value === null ? [] : [`${name} ${figure(value)}`]
    })
    return `${row}: ${known.join(', ')}`
  })
  return { title, text, table, alt: `${alt.join('; ')}.`, spec: dotSpec(panel) }
}

/** How much of the axis is left free at both ends, so that no dot is cut. */
const margin = 0.05

function axisOf(dots: readonly { value: number }[], { logarithmic = false }: DotPanel['x']) {
  const [least = 0, most = 1] = extent(dots, ({ value }) => value)
  if (logarithmic && least > 0) {
    const factor = 1.01 * (most / least) ** margin
    const domain = [Math.max(least / factor, 1e-307), Math.min(most * factor, 1e307)]
    const { axis, scale } = logarithmicAxis(domain[0], domain[1])
    return { axis, scale: { ...scale, domain } }
  }
  const room = margin * (most - least || 1)
  return { scale: { zero: false, nice: false, domain: [least - room, most + room] } }
}

function dotSpec({ x, rows, series }: Pick<DotPanel, 'x' | 'rows' | 'series'>): object {
  const known = series.flatMap(({ name, values }) =>
    values.flatMap((value, place) => (value === null ? [] : [{ name, place, value }])),
  )
  const names = series.map(({ name }) => name)
  const each = { field: 'name', type: 'nominal', legend: { columns: 1 } }
  return {
    height: 24 * rows.length + 95,
    params: [{ name: 'names', value: rows }],
    data: { values: known },
    mark: { type: 'point', filled: true, size: 70, opacity: 0.9 },
    encoding: {
      y: {
        ...{ field: 'place', type: 'ordinal', title: null, scale: { domain: rows.map((_, place) => place) } },
        axis: { ...namedRows, labelLimit: 150, grid: true },
      },
      x: { field: 'value', type: 'quantitative', title: x.title, ...axisOf(known, x) },
      color: { ...each, scale: { domain: names } },
      shape: { ...each, scale: { domain: names, range: shapes } },
    },
  }
}

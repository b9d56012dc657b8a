import { max } from 'd3-array'
import type { Chart } from 'psilon/report'
import type { BarPanel } from '../panels.js'

/** How much longer the axis is than the longest bar, behind which its value stands. */
const roomForText = 1.2

/** Horizontal bars in this order, with their values. Names are looked up, so that those that are alike stay apart. */
export function barChart({ title, text, table, x, bars }: BarPanel): Chart {
  const values = bars.map(({ value, text }, place) => ({ place, value, text }))
  const domain = [0, roomForText * (max(bars, ({ value }) => value) || 1)]
  const spec = {
    height: 20 * bars.length + 45,
    params: [{ name: 'names', value: bars.map(({ name }) => name) }],
    data: { values },
    encoding: {
      y: { field: 'place', type: 'ordinal', title: null, axis: namedRows },
      x: {
        ...{ field: 'value', type: 'quantitative', title: x.title },
        ...{ scale: { domain, nice: true }, axis: { format: x.format } },
      },
    },
    layer: [
      { mark: { type: 'bar', height: 12 } },
      {
        mark: { type: 'text', align: 'left', dx: 4, color: 'var(--ink)', fontSize: 11 },
        encoding: { text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
  return { title, text, table, alt: `${bars.map(({ name, text }) => `${name} ${text}`).join('; ')}.`, spec }
}

/** Axis of rows that are known by their place in the parameter `names`. */
export const namedRows = {
  labelExpr: 'names[datum.value]',
  labelLimit: 180,
  labelOverlap: false,
  ticks: false,
  domain: false,
}

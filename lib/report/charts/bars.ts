import { type Chart, colours } from './chart.js'

interface Bar {
  name: string
  value: number
  /** Stands behind the bar. */
  text: string
}

/** How much longer the axis is than the longest bar, behind which its value stands. */
const roomForText = 1.2

/** Horizontal bars in this order, with their values. Names are looked up, so that those that are alike stay apart. */
export function barSpec(bars: readonly Bar[], title: string): Chart['spec'] {
  const values = bars.map(({ value, text }, place) => ({ place, value, text }))
  const domain = [0, roomForText * (Math.max(...bars.map(({ value }) => value)) || 1)]
  return {
    height: 20 * bars.length + 45,
    params: [{ name: 'names', value: bars.map(({ name }) => name) }],
    data: { values },
    encoding: {
      y: {
        ...{ field: 'place', type: 'ordinal', title: null },
        axis: { labelExpr: 'names[datum.value]', labelLimit: 180, labelOverlap: false, ticks: false, domain: false },
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

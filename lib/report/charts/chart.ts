import type { Config, TopLevelSpec } from 'vega-lite'
import type { Chart as AnyChart } from '../page.js'

export interface Chart extends AnyChart {
  alt: string
  spec: TopLevelSpec
}

/** Colours are variables of the page's style sheet, which has dark mode and print. */
export const colours = {
  series: ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)'],
  accent: 'var(--accent)',
  ink: 'var(--ink)',
  band: 'var(--band)',
} as const

const [axis, muted] = ['var(--axis)', 'var(--muted)']

/**
 * A logarithmic scale whose axis has the powers of ten, or 1, 2 and 5 times each if there are fewer than three of them. A
 * linear one if not all numbers are above 0.
 */
export function logarithmicAxis(least: number, most: number) {
  if (!(least > 0)) return { scale: { type: 'linear', nice: false } as const }
  const [from, to] = [Math.ceil(Math.log10(least)), Math.floor(Math.log10(most))]
  const factors = to > from + 1 ? [1] : [1, 2, 5]
  const powers = Array.from({ length: to - from + 3 }, (_, k) => from - 1 + k)
  const values = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
  return {
    scale: { type: 'log', nice: false } as const,
    axis: { values: values.filter((value) => value >= least && value <= most) },
  }
}

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 10

/** The axis of values that lie between these. */
export function axisFor(least: number, most: number) {
  if (least <= 0 || most <= wideRange * least) return { scale: { zero: false } }
  const { axis, scale } = logarithmicAxis(least, most)
  return { axis, scale: { ...scale, domain: [least, most] } }
}

const dashes = [
  [6, 3],
  [2, 3],
]

/** Lines differ by colour, and by dashes for those who cannot see it. */
export function distinctly(names: string[]) {
  const legend = names.length > 1 ? { symbolType: 'stroke' } : null
  const line = { field: 'line', type: 'nominal', legend } as const
  return {
    color: { ...line, scale: { domain: names } },
    strokeDash: {
      ...line,
      scale: { domain: names, range: [[1, 0], ...names.slice(1).map((_, k) => dashes[k % dashes.length])] },
    },
  }
}

/** What a specification may leave to the page. Pages scale charts to their width. */
export const theme: Config = {
  aria: false,
  autosize: { type: 'fit', contains: 'padding' },
  background: 'transparent',
  font: 'inherit',
  numberFormat: ',.6~g',
  padding: { left: 2, top: 2, right: 8, bottom: 2 },
  range: { category: [...colours.series] },
  view: { stroke: null, continuousWidth: 380, discreteWidth: 380, continuousHeight: 190 },
  mark: { color: colours.series[0] },
  axisQuantitative: { tickCount: 5 },
  axis: {
    ...{ labelColor: muted, titleColor: muted, gridColor: 'var(--grid)', domainColor: axis, tickColor: axis },
    ...{ labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', tickSize: 4, labelOverlap: true },
  },
  legend: {
    ...{ orient: 'top', direction: 'horizontal', title: null, labelColor: colours.ink, labelFontSize: 12 },
    ...{ titleColor: muted, titleFontSize: 12, titleFontWeight: 'normal' },
    ...{ symbolSize: 180, symbolStrokeWidth: 3, columnPadding: 16, offset: 6 },
  },
  line: { strokeJoin: 'round', strokeCap: 'round' },
}

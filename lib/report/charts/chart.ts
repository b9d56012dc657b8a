import type { Config, TopLevelSpec } from 'vega-lite'

/** A chart and the words around it. */
export interface Chart {
  title: string
  /** What it shows and how to read it. */
  text: string
  /** A description for those who cannot see it. */
  alt: string
  spec: TopLevelSpec
  /** Its numbers as rows of texts, the head first. */
  table?: readonly (readonly string[])[]
}

/** Pixels at which a chart is drawn; pages scale it. */
export const width = 380

/** Colours are variables of the page's style sheet, which has dark mode and print. */
export const colours = {
  series: ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)'],
  accent: 'var(--accent)',
  ink: 'var(--ink)',
  band: 'var(--band)',
} as const

const [axis, muted] = ['var(--axis)', 'var(--muted)']

/** An axis of plain numbers: `0.0001`, `12,000`, `1e-8`. */
export const plainNumbers = { tickCount: 5, labelExpr: "format(datum.value, ',~g')" }

/**
 * A logarithmic scale whose axis has the powers of ten, or 1, 2 and 5 times each if there are fewer than two of them. A
 * linear one if not all numbers are above 0.
 */
export function logarithmicAxis(least: number, most: number) {
  if (!(least > 0)) return { scale: { type: 'linear', nice: false } as const, axis: plainNumbers }
  const [from, to] = [Math.ceil(Math.log10(least)), Math.floor(Math.log10(most))]
  const factors = to > from ? [1] : [1, 2, 5]
  const powers = Array.from({ length: to - from + 3 }, (_, k) => from - 1 + k)
  const values = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
  return {
    scale: { type: 'log', nice: false } as const,
    axis: { ...plainNumbers, values: values.filter((value) => value >= least && value <= most) },
  }
}

/** What all charts have in common. */
export const theme: Config = {
  aria: false,
  background: 'transparent',
  font: 'inherit',
  padding: 2,
  view: { stroke: null },
  axis: {
    ...{ labelColor: muted, titleColor: muted, gridColor: 'var(--grid)', domainColor: axis, tickColor: axis },
    ...{ labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', tickSize: 4, labelOverlap: true },
  },
  legend: {
    ...{ orient: 'top', direction: 'horizontal', title: null, labelColor: colours.ink, labelFontSize: 12 },
    ...{ symbolSize: 180, symbolStrokeWidth: 3, columnPadding: 16, offset: 6 },
  },
  line: { strokeJoin: 'round', strokeCap: 'round' },
}

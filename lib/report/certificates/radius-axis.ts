import { max, min, range } from 'd3-array'
import { colours, logarithmicAxis } from '../charts/chart.js'
import { type Certified, type Unit, unitText } from './figures.js'

/** Bars of the histogram per power of ten. */
const barsPerDecade = 8
/** The axis ends at the largest radius; those so many times smaller are beyond its other end. */
const shownRange = 1000

/** Radii between the bars of the histogram, equally spaced on a logarithmic axis; the tolerances are among them. */
export function edgesOf({ certificate, global, within }: Certified): number[] {
  const all = [...certificate.radii, ...global, ...(within === undefined ? [] : [1])]
  const shown = all.filter((radius) => radius > 0 && radius < Infinity)
  const most = max(shown) ?? 1
  const least = Math.max(min(shown) ?? 1, most / shownRange)
  const [from, to] = [least / 1.2, most * 1.2].map((radius) => barsPerDecade * Math.log10(radius))
  return range(Math.floor(from), Math.ceil(to) + 1).map((k) => 10 ** (k / barsPerDecade))
}

/** An axis of radii, of a field of the data. */
export function radiusAxis(field: string, edges: readonly number[], unit: Unit) {
  const domain = [edges[0], edges[edges.length - 1]]
  const { scale, axis } = logarithmicAxis(domain[0], domain[1])
  const title = `radius, ${unitText[unit]}`
  return { field, type: 'quantitative' as const, title, scale: { ...scale, domain }, axis: { ...axis, grid: false } }
}

/** An upright line at the tolerances as stated. */
export function ruleAtTolerances(unit: Unit) {
  return {
    data: { values: unit === 'tolerances' ? [{ radius: 1 }] : [] },
    mark: { type: 'rule' as const, color: colours.ink, strokeDash: [4, 3] },
    encoding: { x: { field: 'radius', type: 'quantitative' as const } },
  }
}

export const ruleText: Record<Unit, string> = {
  tolerances: ' The upright line marks the tolerances as stated.',
  deviations: '',
}

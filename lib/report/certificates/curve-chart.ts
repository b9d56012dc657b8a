import { range } from 'd3-array'
import { type Chart, distinctly } from '../charts/chart.js'
import {
  type Certified,
  certainShare,
  changingShare,
  figuresOf,
  hasCounterexamples,
  shareTable,
  unitOf,
} from './figures.js'
import { edgesOf, radiusAxis, ruleAtTolerances, ruleText } from './radius-axis.js'

/** Points of each line. */
const points = 240

/** The share of certain rows at every radius, at the level and at level 'global'. */
export function curveChart(certified: Certified): Chart {
  const unit = unitOf(certified)
  const edges = edgesOf(certified)
  const lines = linesOf(certified)
  const table = shareTable(figuresOf(certified))
  const shares = table.slice(1).map(([radius, certain]) => `${certain} at ${radius}`)
  return {
    title: 'Certain rows',
    text: `The share of rows whose class no move shorter than a radius can change.${openText(certified)}${ruleText[unit]}`,
    alt: `Certain: ${shares.join(', ')}.`,
    spec: {
      layer: [
        ruleAtTolerances(unit),
        {
          data: { values: lines.flatMap((line) => valuesOf(line, edges)) },
          mark: { type: 'line', strokeWidth: 2 },
          encoding: {
            x: radiusAxis('radius', edges, unit),
            y: {
              ...({ field: 'share', type: 'quantitative', title: 'share of the rows' } as const),
              ...{ scale: { domain: [0, 1] }, axis: { format: '.0%' } },
            },
            ...distinctly(lines.map(({ line }) => line)),
          },
        },
      ],
    },
    table,
  }
}

interface Line {
  line: string
  share(radius: number): number
}

/** A smaller share of open rows could not be seen. */
const visible = 0.01

/** Whether there are radii at which rows are neither certain nor known to change. */
function isOpen(certified: Certified): boolean {
  const { certificate } = certified
  const { radii, upper } = certificate
  const openShare = (radius: number) => 1 - changingShare(upper, radius) - certainShare(radii, radius)
  return hasCounterexamples(certificate) && edgesOf(certified).some((radius) => openShare(radius) > visible)
}

const openText = (certified: Certified): string =>
  isOpen(certified) ? ' Rows between it and those not refuted, without a closer counterexample, are open.' : ''

function linesOf(certified: Certified): Line[] {
  const { level, certificate, global } = certified
  const { radii, upper } = certificate
  const lines: Line[] = [{ line: `level ${level}`, share: (radius) => certainShare(radii, radius) }]
  if (level !== 'global') lines.push({ line: 'level global', share: (radius) => certainShare(global, radius) })
  if (isOpen(certified)) {
    lines.push({ line: 'not refuted', share: (radius) => 1 - changingShare(upper, radius) })
  }
  return lines
}

function valuesOf({ line, share }: Line, edges: readonly number[]) {
  const [from, to] = [edges[0], edges[edges.length - 1]]
  return range(points + 1).map((k) => {
    const radius = from * (to / from) ** (k / points)
    return { line, radius, share: share(radius) }
  })
}

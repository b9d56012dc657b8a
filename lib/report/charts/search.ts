import { figure } from '../../print.js'
import type { RunRecord } from '../record.js'
import { searchTable } from '../scores.js'
import { type Chart, colours, logarithmicAxis } from './chart.js'

type Search = Pick<RunRecord, 'search' | 'lambda'>
type Field = 'score' | 'pathNorm'

/** Charts of the lambdas that were tried. @param score what the candidates are compared by. */
export function searchCharts(run: Search, score: string): Chart[] {
  const { search, lambda: chosen } = run
  if (search.length === 0) return []
  const best = search.find(({ lambda }) => lambda === chosen)
  const found = best === undefined ? '' : `, where it is ${figure(best.score)}`
  return [
    {
      title: 'Score',
      text: `On the held-out rows; lower is better. The diamond marks the chosen lambda.${cutText(run, 'score')}`,
      alt: `${score} of ${search.length} lambdas; chosen is ${chosen}${found}.`,
      spec: pathSpec(run, 'score', score),
      table: searchTable(search, chosen, score),
    },
    {
      title: 'Path norm',
      text: `A stronger regularizer gives a smoother network; the diamond marks the chosen lambda.${cutText(run, 'pathNorm')}`,
      alt: `Path norm of ${search.length} lambdas, at the chosen one ${figure(best?.pathNorm ?? Number.NaN)}.`,
      spec: pathSpec(run, 'pathNorm', 'path norm'),
    },
  ]
}

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 10

/**
 * Values so many times smaller or larger than with the chosen lambda are cut off, so that they do not flatten the others.
 */
const farRange = 100

function pathSpec(run: Search, field: Field, title: string): Chart['spec'] {
  const values = run.search.toSorted((a, b) => a.lambda - b.lambda)
  const [least, most] = domainOf(run, field)
  const x = { field: 'lambda', title: 'lambda' }
  // 0 has no place on a logarithmic axis
  const logarithmic = values[0].lambda > 0 && values.length > 1
  const shown = values.filter((candidate) => candidate[field] >= least && candidate[field] <= most)
  return {
    encoding: {
      x: logarithmic
        ? { ...x, type: 'quantitative', ...logarithmicAxis(values[0].lambda, values[values.length - 1].lambda) }
        : { ...x, type: 'ordinal', axis: { labelAngle: 0 } },
      y: { field, type: 'quantitative', title, ...axisOf(least, most) },
    },
    layer: [
      { data: { values }, mark: { type: 'line', strokeWidth: 1.5, clip: true } },
      { data: { values: shown }, mark: { type: 'point', filled: true, size: 40, opacity: 1 } },
      {
        data: { values: shown.filter(({ lambda }) => lambda === run.lambda) },
        mark: { type: 'point', shape: 'diamond', filled: true, color: colours.accent, size: 220, opacity: 1 },
      },
    ],
  }
}

function domainOf({ search, lambda: chosen }: Search, field: Field): [number, number] {
  const numbers = search.map((candidate) => candidate[field])
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  const middle = search.find(({ lambda }) => lambda === chosen)?.[field] ?? 0
  return middle > 0 ? [Math.max(least, middle / farRange), Math.min(most, middle * farRange)] : [least, most]
}

function axisOf(least: number, most: number) {
  if (least <= 0 || most <= wideRange * least) return { scale: { zero: false } }
  const { axis, scale } = logarithmicAxis(least, most)
  return { axis, scale: { ...scale, domain: [least, most] } }
}

/** Says so if values are cut off. */
function cutText(run: Search, field: Field): string {
  const [least, most] = domainOf(run, field)
  const cut = run.search.some((candidate) => candidate[field] < least || candidate[field] > most)
  return cut ? ` Values ${farRange} times smaller or larger than there are cut off.` : ''
}

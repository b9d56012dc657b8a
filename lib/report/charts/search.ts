import { figure } from '../../print.js'
import type { RunRecord } from '../record.js'
import { chosenOf, searchTable } from '../scores.js'
import { axisFor, type Chart, colours, logarithmicAxis } from './chart.js'

type Search = Pick<RunRecord, 'search' | 'lambda' | 'encoding' | 'hidden' | 'sparsity'>
type Tried = RunRecord['search'][number]
type Field = 'score' | 'pathNorm'

/** Settings of one width and one number of epochs, in which the lambdas of an encoding make a path. */
interface Paths {
  tried: readonly Tried[]
  /** The one with the chosen encoding and lambda. */
  chosen: Tried | undefined
  /** It, and those with the settings of the other networks of an ensemble. */
  marked: readonly Tried[]
}

/** Charts of the settings that were tried. @param score what the candidates are compared by. */
export function searchCharts(run: Search, score: string): Chart[] {
  const { search, lambda } = run
  if (search.length === 0) return []
  const paths = pathsOf(run)
  const { chosen } = paths
  const found = chosen === undefined ? '' : `, where it is ${figure(chosen.score)}`
  const [{ epochs }] = search
  const more = chosenOf(search, run)?.epochs !== epochs
  const first = more ? `With the first ${epochs} of the epochs; ` : ''
  return [
    {
      title: 'Score',
      text: `${first}${more ? 'on' : 'On'} the held-out rows; lower is better. ${markText(paths)}${cutText(paths, 'score')}`,
      alt: `${score} of ${paths.tried.length} settings; chosen is lambda ${lambda}${found}.`,
      spec: pathSpec(paths, 'score', score),
      table: searchTable(search, run, score),
    },
    {
      title: 'Path norm',
      text: `A stronger regularizer gives a smoother network. ${markText(paths)}${cutText(paths, 'pathNorm')}`,
      alt: `Path norm of ${paths.tried.length} settings, at the chosen one ${figure(chosen?.pathNorm ?? Number.NaN)}.`,
      spec: pathSpec(paths, 'pathNorm', 'path norm'),
    },
  ]
}

/** Those of the first width that were tried first, which are of all encodings and lambdas. */
function pathsOf({ search, encoding, lambda }: Search): Paths {
  const [first] = search
  const tried = search.filter(({ hidden, epochs, sparsity = null }) => {
    return String(hidden) === String(first.hidden) && epochs === first.epochs && sparsity === null
  })
  const chosen = tried.find((each) => each.lambda === lambda && (each.encoding ?? encoding) === encoding)
  const settings = search.filter(({ members = 0 }) => members > 0)
  const marked = tried.filter((each) => {
    return each === chosen || settings.some((one) => one.encoding === each.encoding && one.lambda === each.lambda)
  })
  return { tried, chosen, marked }
}

const markText = ({ marked }: Paths): string =>
  marked.length > 1 ? 'Diamonds mark the settings of the networks.' : 'The diamond marks the chosen setting.'

/**
 * Values so many times smaller or larger than with the chosen setting are cut off, so that they do not flatten the others.
 */
const farRange = 100

function pathSpec(paths: Paths, field: Field, title: string): Chart['spec'] {
  const values = paths.tried.toSorted((a, b) => a.lambda - b.lambda)
  const [least, most] = domainOf(paths, field)
  const x = { field: 'lambda', title: 'lambda' }
  // 0 has no place on a logarithmic axis
  const logarithmic = values[0].lambda > 0 && values.length > 1
  const shown = values.filter((candidate) => candidate[field] >= least && candidate[field] <= most)
  return {
    encoding: {
      x: logarithmic
        ? { ...x, type: 'quantitative', ...logarithmicAxis(values[0].lambda, values[values.length - 1].lambda) }
        : { ...x, type: 'ordinal', axis: { labelAngle: 0 } },
      y: { field, type: 'quantitative', title, ...axisFor(least, most) },
      ...(new Set(values.map(({ encoding }) => encoding)).size > 1 && {
        color: { field: 'encoding', type: 'nominal', title: 'encoding', legend: { columns: 2 } },
      }),
    },
    layer: [
      { data: { values }, mark: { type: 'line', strokeWidth: 1.5, clip: true } },
      { data: { values: shown }, mark: { type: 'point', filled: true, size: 40, opacity: 1 } },
      {
        data: { values: shown.filter((tried) => paths.marked.includes(tried)) },
        mark: { type: 'point', shape: 'diamond', filled: true, size: 220, opacity: 1 },
        encoding: { color: { value: colours.accent } },
      },
    ],
  }
}

function domainOf({ tried, chosen }: Paths, field: Field): [number, number] {
  const numbers = tried.map((candidate) => candidate[field])
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  const middle = chosen?.[field] ?? 0
  return middle > 0 ? [Math.max(least, middle / farRange), Math.min(most, middle * farRange)] : [least, most]
}

/** Says so if values are cut off. */
function cutText(paths: Paths, field: Field): string {
  const [least, most] = domainOf(paths, field)
  const cut = paths.tried.some((candidate) => candidate[field] < least || candidate[field] > most)
  return cut ? ` Values ${farRange} times smaller or larger than there are cut off.` : ''
}

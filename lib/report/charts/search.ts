import { figure } from '../../print.js'
import type { Figures } from '../figures.js'
import { type Chart, colours, logarithmicAxis, plainNumbers, width } from './chart.js'

type Search = NonNullable<Figures['search']>

/** What each lambda that was tried gave. */
export function searchCharts({ search }: Figures): Chart[] {
  if (search === null) return []
  const { chosen, candidates } = search
  const [best] = candidates.filter(({ lambda }) => lambda === chosen)
  const rows = candidates.map(({ lambda, score, pathNorm }) => {
    return [String(lambda), figure(score), figure(pathNorm), lambda === chosen ? 'chosen' : '']
  })
  const found = best === undefined ? '' : `, where it is ${figure(best.score)}`
  return [
    {
      title: 'Score',
      text: 'On the rows held out; lower is better. The diamond is the lambda that was chosen.',
      alt: `${search.score} of ${candidates.length} lambdas; the least is at lambda ${chosen}${found}.`,
      spec: pathSpec(search, 'score', search.score),
      table: [['lambda', search.score, 'path norm', ''], ...rows],
    },
    {
      title: 'Path norm',
      text: 'The stronger the regulariser, the smoother the network.',
      alt: `Path norm of ${candidates.length} lambdas, at the chosen one ${figure(best?.pathNorm ?? Number.NaN)}.`,
      spec: pathSpec(search, 'pathNorm', 'path norm'),
    },
  ]
}

/** Values that span more than this are drawn on a logarithmic axis. */
const wideRange = 10

const linear = { axis: plainNumbers, scale: { zero: false } }

function pathSpec({ candidates, chosen }: Search, field: 'score' | 'pathNorm', title: string): Chart['spec'] {
  const values = [...candidates].sort((a, b) => a.lambda - b.lambda)
  const numbers = values.map((candidate) => candidate[field])
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  const x = { field: 'lambda', title: 'lambda' }
  // 0 has no place on a logarithmic axis
  const logarithmic = values[0].lambda > 0 && values.length > 1
  const scaled = least > 0 && most > wideRange * least ? logarithmicAxis(least, most) : linear
  return {
    width,
    height: 190,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: {
      x: logarithmic
        ? { ...x, type: 'quantitative', ...logarithmicAxis(values[0].lambda, values[values.length - 1].lambda) }
        : { ...x, type: 'ordinal', axis: { labelAngle: 0 } },
      y: { field, type: 'quantitative', title, ...scaled },
    },
    layer: [
      { mark: { type: 'line', color: colours.series[0], strokeWidth: 1.5 } },
      { mark: { type: 'point', filled: true, color: colours.series[0], size: 40, opacity: 1 } },
      {
        transform: [{ filter: { field: 'lambda', equal: chosen } }],
        mark: { type: 'point', shape: 'diamond', filled: true, color: colours.accent, size: 220, opacity: 1 },
      },
    ],
  }
}

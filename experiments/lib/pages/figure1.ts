import { group, mean, sum } from 'd3-array'
import type { TableSection } from 'psilon/report'
import type { Curve, Figure1Results } from '../studies/figure1.js'
import { figure, percent } from '../text.js'
import { domainOf } from './domain.js'
import type { PanelSection, Point } from './panels.js'
import { modelNames } from './texts.js'

export function figure1Tables({ curves }: Figure1Results): TableSection[] {
  return [...new Set(curves.map(({ set }) => set))].map((set) => {
    const own = curves.filter((curve) => curve.set === set)
    const head = ['', 'lambda', 'lowest', 'after steps', 'at the end', 'rise']
    return { title: set, text: 'validation cross-entropy', rows: [head, ...curveRows(own)] }
  })
}

/** A row for each model and lambda, the mean of its seeds. */
function curveRows(curves: readonly Curve[]): string[][] {
  const keyOf = ({ model, lambda }: Curve) => `${model} ${lambda}`
  return [...new Set(curves.map(keyOf))].map((key) => {
    const own = curves.filter((curve) => keyOf(curve) === key)
    const [{ model, lambda }] = own
    const [lowest, last] = [own.map(({ lowest }) => lowest), own.map(({ last }) => last)]
    const names = [modelNames[model], String(lambda)]
    if (lowest.includes(null) || last.includes(null)) return [...names, 'diverged', '', '', '']
    const mean = (points: typeof last, of: 'validation' | 'steps') => sum(points, (point) => point?.[of]) / own.length
    const [low, end] = [mean(lowest, 'validation'), mean(last, 'validation')]
    const steps = Math.round(mean(lowest, 'steps')).toLocaleString('en-US')
    return [...names, figure(low), steps, figure(end), percent(end / low - 1)]
  })
}

/** A panel for each table and model; lines are means over the seeds. */
export function figure1Panels({ curves }: Figure1Results): PanelSection[] {
  const drawn = [...group(curves, ({ set, model }) => `${modelNames[model]}, ${set}`)].map(([title, own]) => {
    const lines = [...group(own, ({ lambda }) => lambda)].map(([lambda, seeds]) => {
      return { name: String(lambda), points: meanPoints(seeds) }
    })
    return { title, lines }
  })
  const domain = domainOf(drawn.flatMap(({ lines }) => lines))
  return [
    {
      title: 'Curves',
      text: 'The loss on the validation rows while the networks train; the scale is the same in all panels.',
      panels: drawn.map(({ title, lines }) => ({
        kind: 'lines',
        title,
        text: 'A line for each lambda; lower is better.',
        x: { title: 'steps', format: ',d' },
        y: { title: 'validation cross-entropy', domain },
        lines,
      })),
    },
  ]
}

function meanPoints([first, ...others]: readonly Curve[]): Point[] {
  const all = [first, ...others]
  const shortest = Math.min(...all.map(({ points }) => points.length))
  return first.points.slice(0, shortest).map(({ steps }, k) => ({
    x: steps,
    y: mean(all, ({ points }) => points[k].validation) as number,
  }))
}

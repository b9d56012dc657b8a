import { max, min } from 'd3-array'
import { duration, figure, listed } from '../../print.js'
import { settingText } from '../../sweep/space.js'
import { type SettingSummary, type SweepSummary, sorted } from '../../sweep/summary.js'
import { axisFor, type Chart, colours } from '../charts/chart.js'
import { scoreOf, settingValue, sweptPaths, weightsText } from './table.js'

/** What a setting costs besides its score. */
const costs = {
  pathNorm: { title: 'Path norm', axis: 'path norm', better: 'smoother', text: figure },
  weights: { title: 'Size', axis: 'weights that are not zero', better: 'smaller', text: weightsText },
  seconds: { title: 'Time', axis: 'seconds', better: 'faster', text: duration },
} as const

type Cost = keyof typeof costs

/** A setting whose trials have all finished and did not fail. */
type Whole = SettingSummary & { score: number } & { [Name in Cost]: number }

/** The best scores, and the score against each cost. */
export function sweepCharts(summary: SweepSummary): Chart[] {
  const { settings, planned } = summary
  const whole = sorted(summary).filter((each): each is Whole => {
    return each.failures === 0 && each.trials === planned / settings.length
  })
  return [scoreChart(summary, whole), ...(Object.keys(costs) as Cost[]).map((cost) => frontChart(summary, whole, cost))]
}

/** @param whole the best first. */
function frontChart(summary: SweepSummary, whole: readonly Whole[], name: Cost): Chart {
  const { title, axis, better, text } = costs[name]
  const score = scoreOf(summary)
  const front = frontOf(whole, name, summary.higherIsBetter)
  const ends = [front[0], front[front.length - 1]].map((each) => `${score.text(each.score)} at ${text(each[name])}`)
  return {
    title,
    text: `Left is ${better}, ${summary.higherIsBetter ? 'high' : 'low'} is better. The line is the front: no setting is beyond it. The diamond has the best score.`,
    alt: `${score.title} of ${whole.length} settings against ${axis}; the front goes from ${ends.join(' to ')}.`,
    table: [
      ['setting', score.title, axis],
      ...front.map((each) => [settingText(each.setting), score.text(each.score), text(each[name])]),
    ],
    spec: frontSpec(whole, front, name, score.title),
  }
}

/** The settings of which none is at least as good in score and cost, from the cheapest to the best. */
function frontOf(whole: readonly Whole[], name: Cost, higherIsBetter: boolean): Whole[] {
  const loss = ({ score }: Whole) => (higherIsBetter ? -score : score)
  const front: Whole[] = []
  for (const each of whole.toSorted((a, b) => a[name] - b[name] || loss(a) - loss(b))) {
    const last = front.at(-1)
    if (last === undefined || loss(each) < loss(last)) front.push(each)
  }
  return front
}

function frontSpec(whole: readonly Whole[], front: readonly Whole[], name: Cost, score: string): Chart['spec'] {
  const values = (points: readonly Whole[]) => ({
    values: points.map((each) => ({ score: each.score, cost: each[name] })),
  })
  const other = whole.filter((each) => !front.includes(each))
  return {
    height: 260,
    encoding: {
      x: { field: 'cost', type: 'quantitative', title: costs[name].axis, ...axisOf(whole, name) },
      y: { field: 'score', type: 'quantitative', title: score, ...axisOf(whole, 'score') },
    },
    layer: [
      { data: values(other), mark: { type: 'point', size: 36, opacity: 0.8, color: colours.series[4] } },
      { data: values(front), mark: { type: 'line', strokeWidth: 1.5, interpolate: 'step-after' } },
      { data: values(front), mark: { type: 'point', filled: true, size: 50, opacity: 1 } },
      { data: values(whole.slice(0, 1)), mark: diamond },
    ],
  }
}

const diamond = { type: 'point', shape: 'diamond', filled: true, size: 220, opacity: 1, color: colours.accent } as const

/** Room on a logarithmic axis, so that no point is cut. */
const room = 1.15

function axisOf(whole: readonly Whole[], field: Cost | 'score') {
  const numbers = whole.map((each) => each[field])
  return axisFor((min(numbers) as number) / room, (max(numbers) as number) * room)
}

/** Settings whose scores are compared. */
const mostCompared = 12

/** The best scores with their standard errors. */
function scoreChart(summary: SweepSummary, whole: readonly Whole[]): Chart {
  const { title, text } = scoreOf(summary)
  const best = whole.slice(0, mostCompared)
  const values = best.map(({ score, standardError }, place) => {
    const error = standardError ?? 0
    return { place, score, from: score - error, to: score + error }
  })
  const paths = sweptPaths(summary)
  const of = best.length < whole.length ? `The ${best.length} best of ${whole.length} settings` : 'The settings'
  return {
    title: 'Score',
    text: `${of} (${listed(paths, 4)}), with the standard error of each mean. Settings whose bars overlap may be equally good.`,
    alt: `The best has ${title} ${text(best[0].score)}.`,
    spec: {
      height: 260,
      params: [
        {
          name: 'names',
          value: best.map(({ setting }) => paths.map((path) => settingValue(setting[path])).join(' · ')),
        },
      ],
      data: { values },
      encoding: {
        y: {
          ...{ field: 'place', type: 'ordinal', title: null },
          axis: { labelExpr: 'names[datum.value]', labelLimit: 190, labelOverlap: false, ticks: false, domain: false },
        },
      },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5, color: colours.series[0] },
          encoding: { x: { field: 'from', type: 'quantitative', title, scale: { zero: false } }, x2: { field: 'to' } },
        },
        {
          mark: { type: 'point', filled: true, size: 50, opacity: 1 },
          encoding: { x: { field: 'score', type: 'quantitative' } },
        },
        {
          transform: [{ filter: 'datum.place == 0' }],
          mark: diamond,
          encoding: { x: { field: 'score', type: 'quantitative' } },
        },
      ],
    },
  }
}

import { extent } from 'd3-array'
import type { Quantiles } from '../../metrics/quantiles.js'
import { count, figure, named } from '../../print.js'
import { type Chart, colours } from '../charts/chart.js'
import type { Scores } from '../scores.js'
import { diagonal } from './square.js'
import { quantileTable } from './tables.js'

/** Predicted against actual values, and the residuals. */
export function predictedCharts(scores: Scores, target: string): Chart[] {
  const { points, residuals, absoluteErrors, rows } = scores
  if (points === undefined || residuals === undefined || absoluteErrors === undefined) return []
  const name = named(target)
  const values = points.predicted.map((predicted, k) => {
    return { predicted, actual: points.actual[k], residual: points.actual[k] - predicted }
  })
  const some =
    values.length < rows
      ? ` Shown are ${values.length} of ${count(rows, 'row')}, spread evenly over the residuals.`
      : ''
  return [
    {
      title: 'Actual against predicted',
      text: `In units of ${name}; on the dashed line both are equal.${some}`,
      alt: `Half of the rows are off by at most ${figure(absoluteErrors.median)}, 95 % by at most ${figure(absoluteErrors.p95)}.`,
      spec: scatterSpec(values, name),
    },
    {
      title: 'Residuals',
      text: `Actual minus predicted ${name}, against the prediction. Half of the rows are off by at most ${figure(absoluteErrors.median)}, 95 % by at most ${figure(absoluteErrors.p95)}. Nine of ten residuals are between the dashed lines.`,
      alt: `Residuals from ${figure(residuals.min)} to ${figure(residuals.max)}, median ${figure(residuals.median)}.`,
      spec: residualSpec(values, residuals, name),
      table: quantileTable(scores) ?? undefined,
    },
  ]
}

type Value = { predicted: number; actual: number; residual: number }

const dots = { type: 'point', filled: true, size: 16, opacity: 0.5 } as const

function scatterSpec(values: readonly Value[], name: string): Chart['spec'] {
  const [from = 0, to = 1] = extent(values.flatMap(({ predicted, actual }) => [predicted, actual]))
  const scale = { domain: [from, to], nice: true, zero: false }
  return {
    height: 300,
    encoding: {
      x: { field: 'predicted', type: 'quantitative', title: `predicted ${name}`, scale },
      y: { field: 'actual', type: 'quantitative', title: `actual ${name}`, scale },
    },
    layer: [{ data: { values: [...values] }, mark: dots }, diagonal(from, to, 'predicted', 'actual')],
  }
}

function residualSpec(values: readonly Value[], { p5, p95 }: Quantiles, name: string): Chart['spec'] {
  const rule = (residuals: readonly number[], dash: number[]) => ({
    data: { values: residuals.map((residual) => ({ residual })) },
    mark: { type: 'rule' as const, color: colours.ink, strokeDash: dash },
    encoding: { y: { field: 'residual', type: 'quantitative' as const } },
  })
  return {
    height: 300,
    layer: [
      {
        data: { values: [...values] },
        mark: dots,
        encoding: {
          x: { field: 'predicted', type: 'quantitative', title: `predicted ${name}`, scale: { zero: false } },
          y: { field: 'residual', type: 'quantitative', title: 'actual - predicted' },
        },
      },
      rule([0], [1, 0]),
      rule([p5, p95], [4, 3]),
    ],
  }
}

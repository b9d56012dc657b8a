import type { Calibration } from '../../metrics/calibration.js'
import { named, percent } from '../../print.js'
import type { Chart } from '../charts/chart.js'
import type { Scores } from '../scores.js'
import { diagonal, shareAxis } from './square.js'

/** Whether probabilities come true, and how sure the model is. */
export function calibrationCharts({ calibration, classes = [] }: Scores, target: string): Chart[] {
  if (calibration === undefined || calibration.bins.length === 0) return []
  const { error, bins } = calibration
  const stated =
    classes.length === 2
      ? `that ${named(target)} is ${named(String(classes[1].label))}`
      : 'that the predicted class is right'
  const numbers = bins.map(({ from, to, rows, predicted, actual }) => [
    `${percent(from)} to ${percent(to)}`,
    rows.toLocaleString('en-US'),
    percent(predicted),
    percent(actual),
  ])
  return [
    {
      title: 'Calibration',
      text: `Of rows with a probability ${stated}, the share of which it is true; on the dashed line both are equal. They differ by ${percent(error)} on average.`,
      alt: `Expected calibration error ${percent(error)}.`,
      spec: reliabilitySpec(bins, axisTitle(classes.length === 2)),
      table: [['probability', 'rows', 'mean', 'true'], ...numbers],
    },
    {
      title: 'How sure it is',
      text: `How many rows have which probability ${stated}.`,
      alt: `${bins.map(({ from, to, rows }) => `${rows} from ${percent(from)} to ${percent(to)}`).join(', ')}.`,
      spec: histogramSpec(bins, axisTitle(classes.length === 2)),
    },
  ]
}

const axisTitle = (two: boolean) => (two ? 'probability of the second class' : 'probability of the predicted class')

function reliabilitySpec(bins: Calibration['bins'], title: string): Chart['spec'] {
  return {
    height: 300,
    encoding: { x: shareAxis('predicted', title), y: shareAxis('actual', 'share of the rows') },
    layer: [
      diagonal(0, 1, 'predicted', 'actual'),
      { data: { values: [...bins] }, mark: { type: 'line', strokeWidth: 1.5 } },
      {
        data: { values: [...bins] },
        mark: { type: 'point', filled: true, opacity: 1 },
        encoding: {
          size: { field: 'rows', type: 'quantitative', scale: { domainMin: 0, range: [25, 260] }, legend: null },
        },
      },
    ],
  }
}

function histogramSpec(bins: Calibration['bins'], title: string): Chart['spec'] {
  return {
    height: 300,
    data: { values: bins.map(({ from, to, rows }) => ({ from, to, rows, none: 0 })) },
    mark: { type: 'rect', stroke: 'var(--card)', strokeWidth: 1 },
    encoding: {
      x: shareAxis('from', title),
      x2: { field: 'to' },
      y: { field: 'rows', type: 'quantitative', title: 'rows', axis: { tickMinStep: 1 } },
      y2: { field: 'none' },
    },
  }
}

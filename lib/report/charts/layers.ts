import type { Sparsity } from '../../network/results.js'
import { percent } from '../../print.js'
import type { Chart } from './chart.js'

const reading =
  'Near: how few weights of a row matter. Exact: weights that are 0. ' +
  'Projected: weights that would be 0 if the layer were pruned now.'

/** More layers than this have lines instead of bars. */
const maxBars = 12

export function layersChart(sparsity: Sparsity): Chart {
  const { layers } = sparsity
  const kinds = (['near', 'exact', 'projected'] as const).filter((kind) => layers.some((layer) => layer[kind] !== null))
  const values = layers.flatMap((each, layer) => kinds.map((kind) => ({ layer, kind, share: each[kind] ?? 0 })))
  const bars = layers.length <= maxBars
  const rows = [...layers, sparsity].map((each, layer) => [
    layer < layers.length ? `layer ${layer}` : 'mean',
    ...kinds.map((kind) => percent(each[kind] ?? 0)),
  ])
  return {
    title: 'Share of the weights of each layer',
    text: reading,
    alt: `${rows.map(([layer, near, exact]) => `${layer}: near ${near}, exact ${exact}`).join('; ')}.`,
    spec: {
      data: { values },
      mark: bars ? { type: 'bar' } : { type: 'line', point: true },
      encoding: {
        x: { field: 'layer', type: 'ordinal', title: 'layer', axis: { labelAngle: 0, ticks: false } },
        ...(bars ? { xOffset: { field: 'kind', type: 'nominal', sort: kinds } } : {}),
        y: {
          ...{ field: 'share', type: 'quantitative', title: 'share of the weights', scale: { domain: [0, 1] } },
          axis: { format: '.0%' },
        },
        color: {
          ...{ field: 'kind', type: 'nominal', scale: { domain: kinds } },
          legend: { symbolType: 'square' },
        },
      },
    },
    table: [['', ...kinds], ...rows],
  }
}

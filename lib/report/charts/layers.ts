import type { Sparsity } from '../../network/results.js'
import { percent } from '../../print.js'
import type { Chart } from './chart.js'

const readings = {
  near: 'Near: how few weights of a row matter.',
  exact: 'Exact: weights that are 0.',
  projected: 'Projected: weights that would be 0 if the layer were pruned now.',
} as const

/** More layers than this have lines instead of bars. */
const maxBars = 12

export function layersChart(sparsity: Sparsity): Chart {
  const { layers } = sparsity
  // of a pruned network the projected share is the exact one
  const tells = layers.some(({ exact, projected }) => projected !== null && projected !== exact)
  const kinds = (['near', 'exact', 'projected'] as const).filter((kind) => kind !== 'projected' || tells)
  const values = layers.flatMap((each, layer) => kinds.map((kind) => ({ layer, kind, share: each[kind] ?? 0 })))
  const bars = layers.length <= maxBars
  const rows = [...layers, sparsity].map((each, layer) => [
    layer < layers.length ? `layer ${layer}` : 'mean',
    ...kinds.map((kind) => percent(each[kind] ?? 0)),
  ])
  return {
    title: 'Share of the weights of each layer',
    text: kinds.map((kind) => readings[kind]).join(' '),
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

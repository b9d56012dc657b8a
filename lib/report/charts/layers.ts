import { percent } from '../../print.js'
import type { LayerFigure, ModelFigures } from '../figures.js'
import type { Chart } from './chart.js'

const kinds = [
  { name: 'near', value: ({ near }: LayerFigure) => near },
  { name: 'exact', value: ({ exact }: LayerFigure) => exact },
  { name: 'projected', value: ({ projected }: LayerFigure) => projected },
]

const reading =
  'Near: how few weights of a row matter. Exact: weights that are 0. ' +
  'Projected: weights that would be 0 if the layer were pruned now.'

/** More layers than this have lines instead of bars. */
const maxBars = 12

/** How sparse each layer is. */
export function layersChart({ layers }: ModelFigures): Chart {
  const known = kinds.filter(({ value }) => layers.some((layer) => value(layer) !== null))
  const values = layers
    .slice(0, -1)
    .flatMap((layer, place) => known.map(({ name, value }) => ({ layer: place, kind: name, share: value(layer) ?? 0 })))
  const names = known.map(({ name }) => name)
  const bars = layers.length - 1 <= maxBars
  const rows = layers.map((layer) => [layer.name, ...known.map(({ value }) => percent(value(layer) ?? 0))])
  return {
    title: 'Share of the weights of each layer',
    text: reading,
    alt: `${rows.map(([layer, near, exact]) => `${layer}: near ${near}, exact ${exact}`).join('; ')}.`,
    spec: {
      data: { values },
      mark: bars ? { type: 'bar' } : { type: 'line', point: true },
      encoding: {
        x: { field: 'layer', type: 'ordinal', title: 'layer', axis: { labelAngle: 0, ticks: false } },
        ...(bars ? { xOffset: { field: 'kind', type: 'nominal', sort: names } } : {}),
        y: {
          ...{ field: 'share', type: 'quantitative', title: 'share of the weights', scale: { domain: [0, 1] } },
          axis: { format: '.0%' },
        },
        color: {
          ...{ field: 'kind', type: 'nominal', scale: { domain: names } },
          legend: { symbolType: 'square' },
        },
      },
    },
    table: [['', ...names], ...rows],
  }
}

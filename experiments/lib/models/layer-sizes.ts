import { sum } from 'd3-array'

/** Of the weights of a layer. */
export interface LayerSize {
  rows: number
  columns: number
}

export function layerSizes(inputs: number, hidden: readonly number[], outputs: number): LayerSize[] {
  const widths = [inputs, ...hidden, outputs]
  return widths.slice(1).map((rows, k) => ({ rows, columns: widths[k] }))
}

/** The largest share of zeros, as every row keeps an entry. */
export const maxZeros = ({ columns }: LayerSize): number => 1 - 1 / columns

/** The mean of what a layer has over all rows. */
export function meanOverRows(layers: readonly LayerSize[], of: (layer: LayerSize) => number): number {
  return sum(layers, (layer) => layer.rows * of(layer)) / sum(layers, ({ rows }) => rows)
}

import { Blueprint } from '../network/blueprint.js'
import { type AnyNetwork, networkFrom } from '../network/ensemble.js'
import { type LayerSize, layerSizes, meanOverRows, mostZeros } from './layer-sizes.js'

/**
 * Plain magnitude pruning: a copy of an mlp without the smallest weights of each layer, whose zeros stay zeros. Layers
 * lose the same share, but every row keeps its largest weight: where a layer can lose no more, the others lose more.
 *
 * @param sparsity target sparsity, the mean share of zeros over all rows, no more than they can have.
 */
export function cutSmallest({ config, seed, loss, parameters }: AnyNetwork, sparsity: number): AnyNetwork {
  const layers = layerSizes(config.inputs, config.hidden, config.outputs)
  const share = commonShare(layers, sparsity)
  for (const [k, layer] of layers.entries()) {
    const weights = parameters[`layers.${k}.v`]
    const magnitudes = Float64Array.from({ length: weights.data.length })
    for (let begin = 0; begin < magnitudes.length; begin += layer.columns) {
      magnitudes.set(relativeMagnitudes(weights.data.subarray(begin, begin + layer.columns)), begin)
    }
    const count = Math.round(Math.min(share, mostZeros(layer)) * magnitudes.length)
    const least = magnitudes.slice().sort()[count]
    weights.data.forEach((_, j) => {
      if (magnitudes[j] < least) weights.data[j] = 0
    })
  }
  return networkFrom(new Blueprint({ ...config, pruned: true }, seed, loss, parameters))
}

/** Of the weights in use, which have one length for all rows; infinite for the largest of the row. */
function relativeMagnitudes(row: Float32Array | Float64Array): Float64Array {
  const sizes = Float64Array.from(row, Math.abs)
  const largest = Math.max(...sizes)
  const norm = largest * sizes.reduce((sum, size) => sum + size / largest, 0)
  const magnitudes = sizes.map((size) => size / norm)
  magnitudes[magnitudes.indexOf(Math.max(...magnitudes))] = Infinity
  return magnitudes
}

/** The share of each layer's weights whose loss, as far as its rows allow it, gives the target as their mean; by bisection. */
function commonShare(layers: readonly LayerSize[], sparsity: number): number {
  let [low, high] = [sparsity, 1]
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (meanOverRows(layers, (layer) => Math.min(middle, mostZeros(layer))) < sparsity) low = middle
    else high = middle
  }
  return high
}

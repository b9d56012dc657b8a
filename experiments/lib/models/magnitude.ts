import type { Parameters, PsilonNet, PsilonResNet } from 'psilon'
import { type LayerSize, layerSizes, maxZeros, meanOverRows } from './layer-sizes.js'

/**
 * Plain magnitude pruning: sets the smallest weights of each layer of an mlp to zeros, which stay zeros. Layers lose the
 * same share, but every row keeps its largest weight: where a layer can lose no more, the others lose more.
 *
 * @param sparsity target sparsity, the mean share of zeros over all rows, no more than they can have.
 */
export function cutSmallest(network: PsilonNet | PsilonResNet, sparsity: number): void {
  const { inputs, hidden, outputs } = network.config
  const parameters = cutParameters(network.parameters, layerSizes(inputs, hidden, outputs), sparsity)
  // in a pruned network the zeros of given parameters stay zeros; its own are replaced
  network.prune({ scale: 'raw' })
  network.setParameters(parameters)
}

function cutParameters(parameters: Parameters, layers: readonly LayerSize[], sparsity: number): Parameters {
  const share = commonShare(layers, sparsity)
  for (const [k, layer] of layers.entries()) {
    const weights = parameters[`layers.${k}.v`].data
    const magnitudes = new Float64Array(weights.length)
    for (let first = 0; first < weights.length; first += layer.columns) {
      magnitudes.set(relativeMagnitudes(weights.subarray(first, first + layer.columns)), first)
    }
    const count = Math.round(Math.min(share, maxZeros(layer)) * magnitudes.length)
    const least = magnitudes.slice().sort()[count]
    for (const [j, magnitude] of magnitudes.entries()) if (magnitude < least) weights[j] = 0
  }
  return parameters
}

/** Magnitudes of the weights in use, which have one length for all rows; infinite for the largest of the row. */
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
    if (meanOverRows(layers, (layer) => Math.min(middle, maxZeros(layer))) < sparsity) low = middle
    else high = middle
  }
  return high
}

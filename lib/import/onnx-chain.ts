import { odd } from '../io/json-reader.js'
import { type Link, type Loss, losses, lossTraits } from '../words.js'
import { type Layer, unsupported, type Value } from './onnx-values.js'

/** The layers of a network, and the loss that its probabilities show, or null. */
export interface Followed {
  layers: readonly Layer[]
  loss: Loss | null
}

/** @param outputs of a graph. @throws Refusal ERR_UNSUPPORTED unless they are those of one of psilon's networks. */
export function chainOf(outputs: readonly Value[]): Followed {
  if (outputs.length === 0) odd('it has no output')
  const lasts = new Set(outputs.map(lastOf))
  if (lasts.size !== 1) unsupported(`its outputs come from ${lasts.size} layers, expected one last layer`)
  const links = new Set(outputs.map((value): Link => (value.kind === 'rows' ? value.link : 'none')))
  links.delete('none')
  if (links.size > 1) unsupported('its outputs are made by Softmax and by Sigmoid, expected one of them')
  const layers = [...lasts].flatMap(layersBefore)
  checkActivations(layers)
  return { layers, loss: losses.find((loss) => links.has(lossTraits[loss].link)) ?? null }
}

function lastOf(value: Value): Layer {
  if (value.kind === 'weights') return unsupported('an output is constant')
  const { layer, form } = value
  if (layer === null) return unsupported('an output comes from no layer')
  if (['z', 'flat', 'p', 'two', 'answer'].includes(form)) return layer
  return unsupported('an output comes from Relu, expected a layer behind it')
}

/** All layers up to the last. */
function layersBefore(last: Layer): Layer[] {
  const layers: Layer[] = []
  for (let layer: Layer | null = last; layer !== null; layer = layer.from.layer) layers.push(layer)
  return layers.reverse()
}

/** Behind Relu are all layers but the first. In a PsilonResNet it is CReLU, and all but the last are residual too. */
function checkActivations(layers: readonly Layer[]): void {
  const later = layers.slice(1)
  if (later.length === 0) unsupported('it has one layer, expected two at least, with Relu between them')
  if (later.every(({ from }) => from.form === 'above')) return
  const crelu = later.every(({ from }) => from.form === 'crelu')
  if (crelu && later.every(({ residual }, k) => residual === k < later.length - 1)) return
  unsupported('its layers are neither all behind Relu nor all residual as those of a PsilonResNet')
}

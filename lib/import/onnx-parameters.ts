import { sum } from 'd3-array'
import type { Floats, Tensor } from '../core/native.js'
import type { RandomAccess } from '../io/random-access.js'
import { checkMemory } from '../machine/devices.js'
import { floatsOf } from './onnx-tensors.js'
import type { Layer } from './onnx-values.js'

/**
 * The layers of a graph as parameters of a network, in the dtype that holds them all: `layers.K.v`, or `.vPos` and `.vNeg`
 * behind max(x, 0) beside min(x, 0), [out, in], and `layers.K.b` [out].
 *
 * @param file of the graph, beside which others may hold numbers.
 * @throws Refusal ERR_MODEL_FILE for numbers that are missing or not finite, ERR_FILE, ERR_MEMORY.
 */
export async function parametersOfLayers(layers: readonly Layer[], file: RandomAccess): Promise<Map<string, Tensor>> {
  const all = layers.flatMap(({ weights, bias }) => (bias === null ? [weights] : [weights, bias.weights]))
  const Numbers = all.some(({ dtype }) => dtype === 'float64') ? Float64Array : Float32Array
  checkMemory(sum(layers, ({ inputs, outputs }) => (inputs + 1) * outputs * Numbers.BYTES_PER_ELEMENT))
  const parameters = new Map<string, Tensor>()
  for (const [k, layer] of layers.entries()) {
    const { outputs, inputs, from } = layer
    const weights = await floatsOf(layer.weights.constant, file)
    const names = from.form === 'crelu' ? ['vPos', 'vNeg'] : ['v']
    const columns = inputs / names.length
    names.forEach((name, s) => {
      const data = matrixOf(layer, weights, s * columns, new Numbers(outputs * columns))
      parameters.set(`layers.${k}.${name}`, { shape: [outputs, columns], data })
    })
    const { bias } = layer
    const given = bias === null ? [0] : await floatsOf(bias.weights.constant, file)
    const data = new Numbers(outputs).map((_, i) => (bias?.scale ?? 0) * given[given.length === 1 ? 0 : i])
    parameters.set(`layers.${k}.b`, { shape: [outputs], data })
  }
  return parameters
}

/** Columns of scale W [outputs, inputs], from one on, written to `to`. */
function matrixOf({ weights, scale, inputs, outputs }: Layer, given: Floats, from: number, to: Floats): Floats {
  const columns = to.length / outputs
  const [row, column] = weights.transposed ? [inputs, 1] : [1, outputs]
  for (let i = 0; i < outputs; i++) {
    for (let j = 0; j < columns; j++) to[i * columns + j] = scale * given[i * row + (from + j) * column]
  }
  return to
}

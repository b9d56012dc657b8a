import { show } from '../checks.js'
import { odd } from '../io/json-reader.js'
import type { OnnxNode } from './onnx-node.js'
import {
  isEach,
  type Layer,
  type Rows,
  rowsOf,
  unsupported,
  type Value,
  type Weights,
  weightsOf,
} from './onnx-values.js'

/** Operators of layers, and of the activations between them. */

export type Operator = (node: OnnxNode, inputs: readonly (Value | undefined)[]) => Value

/** alpha A B + beta C, where A and B may be transposed. */
export const gemm: Operator = (node, [a, b, c]) => {
  if (node.integer('transA', 0) !== 0) unsupported('transA is 1, expected 0, so that rows stay rows')
  const weights = weightsOf(b, 'B')
  const turned = node.integer('transB', 0) !== 0
  const scale = node.number('alpha', 1)
  const z = layerOn(rowsOf(a), { ...weights, transposed: weights.transposed !== turned }, scale)
  return c === undefined ? z : withBias(z, weightsOf(c, 'C'), node.number('beta', 1))
}

export const matMul: Operator = (_, [a, b]) => layerOn(rowsOf(a), weightsOf(b, 'its second factor'), 1)

/** The bias of a layer, or what a residual layer adds to its outputs. */
export const add: Operator = (_, [a, b]) => {
  if (a?.kind === 'weights') return withBias(rowsOf(b), a, 1)
  if (b?.kind === 'weights') return withBias(rowsOf(a), b, 1)
  const [first, second] = [rowsOf(a), rowsOf(b)]
  return (
    residual(first, second) ??
    residual(second, first) ??
    unsupported('it adds rows to rows, expected to the outputs of a residual layer what the layer began with')
  )
}

export const relu: Operator = (_, [x]) => activated(rowsOf(x), 'above')

/** max(x, 0), or min(x, 0). */
export const limited =
  (form: 'above' | 'below'): Operator =>
  (_, [a, b]) => {
    const x = isEach(a, 0) ? b : a
    if (x === a && !isEach(b, 0)) unsupported('it has no number 0, expected max(x, 0) and min(x, 0) alone')
    return activated(rowsOf(x), form)
  }

function activated(x: Rows, form: 'above' | 'below'): Rows {
  if (x.layer === null) unsupported('it takes the inputs, expected outputs of a layer')
  if (x.form !== 'z') unsupported('it takes something else than the outputs of a layer')
  return { ...x, form }
}

function layerOn(from: Rows, weights: Weights, scale: number): Rows {
  const { name, type, shape } = weights.constant
  if (weights.dtype === undefined) unsupported(`the weights ${show(name)} are ${type}, expected floats`)
  if (shape.length !== 2) unsupported(`the weights ${show(name)} have ${shape.length} dimensions, expected 2`)
  if (from.form === 'z' && from.layer !== null) unsupported('it follows another layer, expected Relu between them')
  if (!['z', 'above', 'crelu'].includes(from.form)) unsupported('it follows neither the inputs nor Relu')
  const [inputs, outputs] = weights.transposed ? shape.toReversed() : shape
  if (from.width !== null && from.width !== inputs) {
    odd(`the weights ${show(name)} are for ${inputs} inputs, its rows have ${from.width} numbers`)
  }
  const layer: Layer = { from, weights, scale, bias: null, inputs, outputs, residual: false }
  return { kind: 'rows', form: 'z', layer, width: outputs, link: 'none' }
}

function withBias(rows: Rows, weights: Weights, scale: number): Rows {
  const { layer, form } = rows
  if (layer === null || form !== 'z' || layer.bias !== null)
    unsupported('it adds a constant to something else than the product of a layer')
  const { name, type, shape } = weights.constant
  if (weights.dtype === undefined) unsupported(`the biases ${show(name)} are ${type}, expected floats`)
  const last = shape.at(-1) ?? 1
  if (shape.length > 2 || shape.slice(0, -1).some((length) => length !== 1) || ![1, layer.outputs].includes(last)) {
    odd(`the biases ${show(name)} have the shape [${shape.slice(0, 8).join(', ')}], expected [${layer.outputs}]`)
  }
  return { ...rows, layer: { ...layer, bias: { weights, scale } } }
}

/** z + x, if z comes from a layer that begins with x; undefined otherwise. */
function residual(z: Rows, x: Rows): Rows | undefined {
  const { layer } = z
  if (layer === null || z.form !== 'z' || x.form !== 'z' || layer.residual) return undefined
  if (layer.from.form !== 'crelu' || layer.from.layer !== x.layer || z.width !== x.width) return undefined
  return { ...z, layer: { ...layer, residual: true } }
}

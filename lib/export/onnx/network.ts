import type { Dtype } from '../../words.js'
import type { ExportedLayer, ExportedMember, ExportedModel } from '../exported-model.js'
import { weightsInUse } from '../stored-layers.js'
import type { OnnxGraph } from './graph.js'

/** The mean of the networks' outputs, [rows, outputs], in double. */
export function averagedOutputs(
  graph: OnnxGraph,
  x: string,
  { members, inputs, dtype }: Pick<ExportedModel, 'members' | 'inputs' | 'dtype'>,
): string {
  const all = members.map(({ takes, layers }) => {
    const own = takes === null ? x : graph.columns(x, takes, inputs)
    return graph.cast(networkOutputs(graph, own, layers, dtype), 'float64')
  })
  return all.length === 1 ? all[0] : graph.node('Div', [graph.node('Sum', all), graph.doubles(all.length)])
}

/** The outputs of a network, [rows, outputs], in its dtype. */
export function networkOutputs(graph: OnnxGraph, x: string, layers: ExportedMember['layers'], dtype: Dtype): string {
  return layers.reduce((z, layer) => layerOutputs(graph, z, layer, dtype), x)
}

function layerOutputs(graph: OnnxGraph, x: string, layer: ExportedLayer, dtype: Dtype): string {
  const { rows, columns, matrices, biases } = layer
  const weights = graph.floats(dtype, weightsInUse(layer), [rows, columns * matrices.length])
  const active = activated(graph, x, layer, dtype)
  const z = graph.node('Gemm', [active, weights, graph.floats(dtype, biases)], { transB: 1 })
  return layer.residual ? graph.node('Add', [z, x]) : z
}

function activated(graph: OnnxGraph, x: string, { activation }: ExportedLayer, dtype: Dtype): string {
  if (activation === 'identity') return x
  const above = graph.node('Relu', [x])
  if (activation === 'relu') return above
  const zero = graph.floats(dtype, [0])
  return graph.beside([above, graph.node('Min', [x, zero])])
}

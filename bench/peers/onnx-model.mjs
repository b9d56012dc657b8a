/** A psilon network as an ONNX model of plain operators: Gemm, Relu, Min, Concat, Add. */

import { optional } from './serve.mjs'

/** W_i = g_i v_i / n_i, where n_i is the L1 norm of the elementwise maximum of the row's matrices. */
function normalized({ shape: [out, inputs] }, matrices, g) {
  const norms = Array.from({ length: out }, (_, i) => {
    let norm = 0
    for (let j = 0; j < inputs; j++) norm += Math.max(...matrices.map(({ data }) => Math.abs(data[i * inputs + j])))
    return norm
  })
  const width = matrices.length * inputs
  const w = new Float32Array(out * width)
  matrices.forEach(({ data }, m) => {
    for (let i = 0; i < out; i++) {
      const factor = g[g.length === 1 ? 0 : i] / norms[i]
      for (let j = 0; j < inputs; j++) w[i * width + m * inputs + j] = factor * data[i * inputs + j]
    }
  })
  return { data: w, shape: [out, width] }
}

function layersOf(parameters) {
  const layers = []
  for (let k = 0; parameters[`layers.${k}.b`] !== undefined; k++) {
    const of = (name) => parameters[`layers.${k}.${name}`]
    const matrices = [of('v'), of('vPos'), of('vNeg')].filter((matrix) => matrix !== undefined)
    layers.push({ w: normalized(matrices[0], matrices, of('g').data), b: of('b'), crelu: matrices.length === 2 })
  }
  return layers
}

class Graph {
  nodes = []
  initializers = []

  /** @returns {string} the name of the output */
  node(opType, input, attributes = []) {
    const output = `${opType}${this.nodes.length}`
    this.nodes.push({ opType, input, output: [output], name: output, attribute: attributes })
    return output
  }

  constant(name, { data, shape }) {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.initializers.push({ name, dims: shape, dataType: 1, rawData })
    return name
  }
}

function build(kind, layers) {
  const graph = new Graph()
  const transposed = [{ name: 'transB', type: 2, i: 1 }]
  const gemm = (x, { w, b }, k) =>
    graph.node('Gemm', [x, graph.constant(`w${k}`, w), graph.constant(`b${k}`, b)], transposed)
  if (kind === 'mlp') {
    layers.reduce((x, layer, k) => gemm(k === 0 ? x : graph.node('Relu', [x]), layer, k), 'x')
    return graph
  }
  const zero = graph.constant('zero', { data: Float32Array.of(0), shape: [] })
  const crelu = (z) => graph.node('Concat', [graph.node('Relu', [z]), graph.node('Min', [z, zero])], [axis(1)])
  layers.reduce((z, layer, k) => {
    const next = gemm(layer.crelu ? crelu(z) : z, layer, k)
    return k > 0 && k < layers.length - 1 ? graph.node('Add', [z, next]) : next
  }, 'x')
  return graph
}

function axis(i) {
  return { name: 'axis', type: 2, i }
}

const tensorOf = (name, width) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'rows' }, { dimValue: width }] } } },
})

/**
 * @param {{ kind: string, inputs: number, outputs: number }} config
 * @param {Record<string, { shape: number[], data: Float32Array }>} parameters those of a network in float32 with L1 rows
 * @returns {Promise<Uint8Array>} the bytes of the model; rejects where the library that writes them is absent
 */
export async function onnxModel({ kind, inputs, outputs }, parameters) {
  const { onnx } = await optional('onnx-proto')
  const graph = build(kind, layersOf(parameters))
  graph.nodes.at(-1).output = ['y']
  const model = {
    irVersion: 7,
    opsetImport: [{ domain: '', version: 13 }],
    producerName: 'psilon benchmarks',
    graph: {
      name: kind,
      node: graph.nodes,
      initializer: graph.initializers,
      input: [tensorOf('x', inputs)],
      output: [tensorOf('y', outputs)],
    },
  }
  return onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish()
}

import type { Loss } from 'psilon'
import { generator } from '../support/core.js'
import { Float, float, type Graph, int64, node, tensor } from './onnx-builder.js'

/** Models with the input x, [60, 3], and the output y, as the exporters of other libraries write them. */

const next = generator(7)
const numbers = (count: number) => Array.from({ length: count }, () => Math.fround(next()))
const [w0, b0, w1, b1, w2, b2] = [12, 4, 20, 5, 10, 2].map(numbers) as [
  number[],
  number[],
  number[],
  number[],
  number[],
  number[],
]
const [last, lastBias] = [numbers(4), numbers(1)]

const transposed = (values: readonly number[], rows: number) => {
  const columns = values.length / rows
  return values.map((_, k) => values[(k % rows) * columns + Math.floor(k / rows)] as number)
}

const linear = { alpha: new Float(1), beta: new Float(1), transB: 1 }

export interface Style {
  graph: Graph
  dtype?: 'float32' | 'float64'
  loss?: Loss | null
  /** What the output y has. */
  gives?: 'outputs' | 'probabilities'
}

const threeLayers = (make: (k: number, from: string, to: string) => ReturnType<typeof node>[]) => [
  ...make(0, 'x', 'z0'),
  node('Relu', ['z0'], 'h0'),
  ...make(1, 'h0', 'z1'),
  node('Relu', ['z1'], 'h1'),
]

export const styles: Record<string, Style> = {
  'PyTorch: Gemm with transB': {
    graph: {
      opset: 14,
      producer: 'pytorch',
      nodes: [
        node('Flatten', ['x'], 'flat', { axis: 1 }),
        ...threeLayers((k, from, to) => [
          node('Gemm', [k === 0 ? 'flat' : from, `${k}.weight`, `${k}.bias`], to, linear),
        ]),
        node('Gemm', ['h1', '2.weight', '2.bias'], 'y', linear),
      ],
      initializers: [
        ...[float('0.weight', [4, 3], w0), float('0.bias', [4], b0), float('1.weight', [5, 4], w1)],
        ...[float('1.bias', [5], b1), float('2.weight', [2, 5], w2), float('2.bias', [2], b2)],
      ],
    },
  },
  'PyTorch: initializers that are inputs too, Dropout, LogSoftmax': {
    graph: {
      opset: 13,
      nodes: [
        node('Gemm', ['x', 'w0', 'b0'], 'z0', linear),
        node('Relu', ['z0'], 'h0'),
        node('Dropout', ['h0', 'ratio', 'training'], ['d0', 'mask']),
        node('Gemm', ['d0', 'w1', 'b1'], 'z1', linear),
        node('LogSoftmax', ['z1'], 'logs', { axis: 1 }),
        node('Exp', ['logs'], 'unused'),
        node('Identity', ['logs'], 'y'),
      ],
      inputs: [
        { name: 'x', shape: [null, 3] },
        { name: 'w0', shape: [4, 3] },
        { name: 'b1', shape: [5] },
      ],
      initializers: [
        ...[float('w0', [4, 3], w0), float('b0', [4], b0), float('w1', [5, 4], w1), float('b1', [5], b1)],
        ...[float('ratio', [], [0.5]), tensor('training', 'BOOL', [], { rawData: Uint8Array.of(0) })],
      ],
    },
    loss: 'softmax',
  },
  'PyTorch: no biases, Constant and Transpose of weights, Reshape, Sigmoid, Squeeze': {
    graph: {
      nodes: [
        node('Constant', [], 'shape', { value: int64('', [-1, 3]) }),
        node('Constant', [], 'w', { value: float('', [4, 3], w0) }),
        node('Transpose', ['w'], 'wt', { perm: [1, 0] }),
        node('Reshape', ['x', 'shape'], 'x2', { allowzero: 0 }),
        node('MatMul', ['x2', 'wt'], 'z0'),
        node('Relu', ['z0'], 'h0'),
        node('Gemm', ['h0', 'last', 'bias'], 'z1', { transB: 1 }),
        node('Sigmoid', ['z1'], 'p'),
        node('Constant', [], 'axes', { value_ints: [1] }),
        node('Squeeze', ['p', 'axes'], 'y'),
      ],
      outputs: [{ name: 'y', shape: [null] }],
      initializers: [float('last', [1, 4], last), float('bias', [1], lastBias)],
    },
    loss: 'bce',
    gives: 'probabilities',
  },
  'PyTorch with TorchDynamo: named nodes, whole attributes, the input of a fixed batch': {
    graph: {
      opset: 18,
      producer: 'pytorch',
      inputs: [{ name: 'x', shape: [60, 3] }],
      nodes: [
        {
          ...node('Gemm', ['x', 'net.0.weight', 'net.0.bias'], 'linear', { ...linear, transA: 0 }),
          name: 'node_linear',
        },
        { ...node('Relu', ['linear'], 'relu'), name: 'node_relu' },
        {
          ...node('Gemm', ['relu', 'net.2.weight', 'net.2.bias'], 'y', { ...linear, transA: 0 }),
          name: 'node_linear_1',
        },
      ],
      initializers: [
        ...[float('net.0.weight', [4, 3], w0), float('net.0.bias', [4], b0)],
        ...[float('net.2.weight', [5, 4], w1), float('net.2.bias', [5], b1)],
      ],
    },
  },
  'scikit-learn: MLPRegressor': {
    graph: {
      producer: 'skl2onnx',
      nodes: [
        node('Cast', ['x'], 'cast_input', { to: 1 }),
        node('MatMul', ['cast_input', 'coefficient'], 'mul_result'),
        node('Add', ['mul_result', 'intercepts'], 'add_result'),
        node('Relu', ['add_result'], 'next_activations'),
        node('MatMul', ['next_activations', 'coefficient1'], 'mul_result1'),
        node('Add', ['mul_result1', 'intercepts1'], 'add_result1'),
        node('Identity', ['add_result1'], 'out_activations_result'),
        node('Reshape', ['out_activations_result', 'shape_tensor'], 'y'),
      ],
      initializers: [
        tensor('coefficient', 'FLOAT', [3, 4], { floatData: transposed(w0, 4) }),
        tensor('intercepts', 'FLOAT', [1, 4], { floatData: b0 }),
        tensor('coefficient1', 'FLOAT', [4, 1], { floatData: last }),
        tensor('intercepts1', 'FLOAT', [1, 1], { floatData: lastBias }),
        tensor('shape_tensor', 'INT64', [2], { int64Data: [-1n, 1n] }),
      ],
    },
  },
  'scikit-learn: MLPClassifier of two classes, in double': {
    graph: {
      producer: 'skl2onnx',
      inputs: [{ name: 'x', type: 'DOUBLE', shape: [null, 3] }],
      outputs: [
        { name: 'label', type: 'INT64', shape: [null] },
        { name: 'y', type: 'DOUBLE', shape: [null, 2] },
      ],
      nodes: [
        node('Cast', ['x'], 'cast_input', { to: 11 }),
        node('MatMul', ['cast_input', 'coefficient'], 'mul_result'),
        node('Add', ['mul_result', 'intercepts'], 'add_result'),
        node('Relu', ['add_result'], 'next_activations'),
        node('MatMul', ['next_activations', 'coefficient1'], 'mul_result1'),
        node('Add', ['mul_result1', 'intercepts1'], 'add_result1'),
        node('Sigmoid', ['add_result1'], 'out_activations_result'),
        node('Sub', ['unity', 'out_activations_result'], 'negative_class_proba'),
        node('Concat', ['negative_class_proba', 'out_activations_result'], 'y', { axis: 1 }),
        node('ArgMax', ['y'], 'argmax_output', { axis: 1 }),
        node('ai.onnx.ml.ArrayFeatureExtractor', ['classes', 'argmax_output'], 'array_feature_extractor_result'),
        node('Reshape', ['array_feature_extractor_result', 'shape'], 'reshaped_result'),
        node('Cast', ['reshaped_result'], 'label', { to: 7 }),
      ],
      initializers: [
        tensor('coefficient', 'DOUBLE', [3, 4], { doubleData: transposed(w0, 4).map((w) => w / 3) }),
        tensor('intercepts', 'DOUBLE', [1, 4], { doubleData: b0 }),
        tensor('coefficient1', 'DOUBLE', [4, 1], { doubleData: last }),
        tensor('intercepts1', 'DOUBLE', [1, 1], { doubleData: lastBias }),
        tensor('unity', 'DOUBLE', [], { doubleData: [1] }),
        tensor('classes', 'INT32', [2], { int32Data: [0, 1] }),
        int64('shape', [-1]),
      ],
    },
    dtype: 'float64',
    loss: 'bce',
    gives: 'probabilities',
  },
  'scikit-learn: MLPClassifier of five classes with texts': {
    graph: {
      outputs: [
        { name: 'label', type: 'STRING', shape: [null] },
        { name: 'y', shape: [null, 5] },
      ],
      nodes: [
        node('Cast', ['x'], 'cast_input', { to: 1 }),
        node('MatMul', ['cast_input', 'w0'], 'mul_result'),
        node('Add', ['mul_result', 'b0'], 'add_result'),
        node('Relu', ['add_result'], 'next_activations'),
        node('MatMul', ['next_activations', 'w1'], 'mul_result1'),
        node('Add', ['mul_result1', 'b1'], 'add_result1'),
        node('Softmax', ['add_result1'], 'out'),
        node('Identity', ['out'], 'y'),
        node('ArgMax', ['y'], 'argmax', { axis: 1 }),
        node('ai.onnx.ml.ArrayFeatureExtractor', ['classes', 'argmax'], 'names'),
        node('Reshape', ['names', 'shape'], 'label'),
      ],
      initializers: [
        ...[float('w0', [3, 4], transposed(w0, 4)), float('b0', [1, 4], b0)],
        ...[float('w1', [4, 5], transposed(w1, 5)), float('b1', [1, 5], b1), int64('shape', [-1])],
        tensor('classes', 'STRING', [5], { stringData: [...'abcde'].map((text) => Buffer.from(text)) }),
      ],
    },
    loss: 'softmax',
    gives: 'probabilities',
  },
  'Keras: MatMul and Add of the graph, Softmax': {
    graph: {
      opset: 15,
      producer: 'tf2onnx',
      nodes: [
        node('MatMul', ['x', 'dense/MatMul/ReadVariableOp:0'], 'dense/MatMul:0'),
        node('Add', ['dense/MatMul:0', 'dense/BiasAdd/ReadVariableOp:0'], 'dense/BiasAdd:0'),
        node('Relu', ['dense/BiasAdd:0'], 'dense/Relu:0'),
        node('MatMul', ['dense/Relu:0', 'dense_1/MatMul/ReadVariableOp:0'], 'dense_1/MatMul:0'),
        node('Add', ['dense_1/BiasAdd/ReadVariableOp:0', 'dense_1/MatMul:0'], 'dense_1/BiasAdd:0'),
        node('Softmax', ['dense_1/BiasAdd:0'], 'y', { axis: -1 }),
      ],
      initializers: [
        float('dense/MatMul/ReadVariableOp:0', [3, 4], transposed(w0, 4)),
        float('dense/BiasAdd/ReadVariableOp:0', [4], b0),
        float('dense_1/MatMul/ReadVariableOp:0', [4, 5], transposed(w1, 5)),
        float('dense_1/BiasAdd/ReadVariableOp:0', [5], b1),
      ],
    },
    loss: 'softmax',
    gives: 'probabilities',
  },
  'Gemm with factors, one bias for all, Max for Relu, an input without a shape': {
    graph: {
      inputs: [{ name: 'x' }],
      nodes: [
        node('Gemm', ['x', 'w0', 'b0'], 'z0', { alpha: new Float(0.5), beta: new Float(-2) }),
        node('Max', ['zero', 'z0'], 'h0'),
        node('Gemm', ['h0', 'w1', 'one'], 'y', { alpha: new Float(3), transB: 1 }),
      ],
      initializers: [
        ...[float('w0', [3, 4], transposed(w0, 4)), float('b0', [1, 4], b0), float('w1', [5, 4], w1)],
        ...[float('one', [1], [0.25]), float('zero', [], [0])],
      ],
    },
  },
  'a residual layer by hand': {
    graph: {
      nodes: [
        node('Gemm', ['x', 'w0', 'b0'], 'z0', { transB: 1 }),
        node('Relu', ['z0'], 'above'),
        node('Min', ['z0', 'zero'], 'below'),
        node('Concat', ['above', 'below'], 'both', { axis: -1 }),
        node('MatMul', ['both', 'w1'], 'm1'),
        node('Add', ['z0', 'm1'], 'r1'),
        node('Relu', ['r1'], 'above1'),
        node('Min', ['zero', 'r1'], 'below1'),
        node('Concat', ['above1', 'below1'], 'both1', { axis: 1 }),
        node('Gemm', ['both1', 'w2'], 'y'),
      ],
      initializers: [
        ...[float('w0', [4, 3], w0), float('b0', [4], b0), float('zero', [1], [0])],
        ...[float('w1', [8, 4], numbers(32)), float('w2', [8, 2], numbers(16))],
      ],
    },
  },
}

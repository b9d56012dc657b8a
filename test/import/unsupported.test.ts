import { importNetwork, PsilonRegressor } from 'psilon'
import t from 'tap'
import { double, float, int64, node, tensor } from './onnx-builder.js'
import { behind, type Case, initializers, instead, nodes, oneOutput, refuseAll, replacing } from './two-layers.js'

/** Models that no network of psilon is. */

const expected = 'expected layers of Gemm, or of MatMul and Add, with Relu between them'

const unsupported: Record<string, Case> = {
  'another activation': [instead(1, node('Tanh', ['z'], 'h')), `it has Tanh "h", ${expected}`],
  'an operator of another domain': [
    instead(1, node('com.microsoft.Gelu', ['z'], 'h')),
    `it has com.microsoft.Gelu "h", ${expected}`,
  ],
  'several faults at once': [
    {
      nodes: [
        ...[node('Conv', ['x', 'w0'], 'z'), node('Tanh', ['z'], 'h'), node('MatMul', ['h', 'w1'], 'z1')],
        ...[node('Gemm', ['x', 'w0'], 'g', { transA: 1 }), node('Add', ['z1', 'g'], 'y')],
      ],
    },
    `it has Conv "z", Tanh "h", ${expected}; Gemm "g": transA is 1, expected 0, so that rows stay rows`,
  ],
  'rows that become columns in Gemm': [
    instead(0, node('Gemm', ['x', 'w0', 'b0'], 'z', { transA: 1 })),
    'Gemm "z": transA is 1, expected 0, so that rows stay rows',
  ],
  'rows that become columns': [
    instead(1, node('Transpose', ['z'], 'h')),
    'Transpose "h": it turns rows into columns, expected constant weights',
  ],
  'layers without Relu': [
    instead(1, node('Identity', ['z'], 'h')),
    'Gemm "y": it follows another layer, expected Relu between them',
  ],
  'Relu of the inputs': [
    instead(0, node('Relu', ['x'], 'z')),
    'Relu "z": it takes the inputs, expected outputs of a layer',
  ],
  'Relu twice': [behind(node('Relu', ['h'], 'y')), 'Relu "y": it takes something else than the outputs of a layer'],
  'Relu at the end': [behind(node('Relu', ['z1'], 'y')), 'an output comes from Relu, expected a layer behind it'],
  'one layer': [{ outputs: [{ name: 'z' }] }, 'it has one layer, expected two at least, with Relu between them'],
  'no layer': [{ outputs: [{ name: 'x' }] }, 'an output comes from no layer'],
  'a constant output': [{ outputs: [{ name: 'w0' }] }, 'an output is constant'],
  'outputs of two layers': [
    { outputs: [{ name: 'y' }, { name: 'z' }] },
    'its outputs come from 2 layers, expected one last layer',
  ],
  'Softmax and Sigmoid': [
    {
      ...behind(node('Softmax', ['z1'], 'p'), node('Sigmoid', ['z1'], 'y')),
      outputs: [{ name: 'p' }, { name: 'y' }],
    },
    'its outputs are made by Softmax and by Sigmoid, expected one of them',
  ],
  'Softmax between layers': [
    instead(1, node('Softmax', ['z'], 'h')),
    'Gemm "y": it follows neither the inputs nor Relu',
  ],
  'Softmax over rows': [behind(node('Softmax', ['z1'], 'y', { axis: 0 })), 'Softmax "y": axis is 0, expected 1'],
  'Softmax of one output': [
    { ...behind(node('Softmax', ['z1'], 'y')), ...oneOutput },
    'Softmax "y": it takes one output, of which it makes 1',
  ],
  'Softmax behind Sigmoid': [
    behind(node('Sigmoid', ['z1'], 'p'), node('Softmax', ['p'], 'y')),
    'Softmax "y": it takes something else than the outputs of a layer',
  ],
  'layers that are added': [
    behind(node('Add', ['z1', 'h'], 'y')),
    'Add "y": it adds rows to rows, expected to the outputs of a residual layer what the layer began with',
  ],
  'a second bias': [
    behind(node('Add', ['z1', 'b1'], 'y')),
    'Add "y": it adds a constant to something else than the product of a layer',
  ],
  'a constant added to the inputs': [
    instead(0, node('Add', ['x', 'b0'], 'z')),
    'Add "z": it adds a constant to something else than the product of a layer',
  ],
  'outputs less a constant': [
    behind(node('Sub', ['z1', 'b1'], 'y')),
    'Sub "y": it takes a constant, expected rows that come from the input',
  ],
  '2 - p': [
    { ...behind(node('Sigmoid', ['z1'], 'p'), node('Sub', ['b1', 'p'], 'y')), ...oneOutput },
    'Sub "y": expected 1 - p of a probability p alone',
  ],
  'weights before rows': [
    instead(0, node('MatMul', ['w0', 'x'], 'z')),
    'MatMul "z": it takes a constant, expected rows that come from the input',
  ],
  'weights that are not constant': [
    instead(2, node('MatMul', ['h', 'z'], 'y')),
    'MatMul "y": its second factor is not constant',
  ],
  'a shape that moves numbers to other rows': [
    instead(1, node('Reshape', ['z', 'shape'], 'h'), int64('shape', [-1, 1])),
    'Reshape "h": the shape is [-1, 1], expected [-1, 2]',
  ],
  'a shape that empties rows': [
    instead(1, node('Reshape', ['z', 'shape'], 'h', { allowzero: 1 }), int64('shape', [0, 2])),
    'Reshape "h": the shape is [0, 2], expected [-1, 2]',
  ],
  'a shape that is computed': [instead(1, node('Reshape', ['z', 'z'], 'h')), 'Reshape "h": its shape is not constant'],
  'a shape of a thousand dimensions': [
    instead(1, node('Reshape', ['z', 'shape'], 'h'), int64('shape', Array(1000).fill(1))),
    'Reshape "h": its shape is not constant',
  ],
  'rows that become one': [instead(1, node('Flatten', ['z'], 'h', { axis: 0 })), 'Flatten "h": axis is 0, expected 1'],
  'a dimension less': [
    behind(node('Squeeze', ['z1'], 'y', { axes: [1] })),
    'Squeeze "y": it takes a dimension away, expected that of one output',
  ],
  integers: [behind(node('Cast', ['z1'], 'y', { to: 7 })), 'Cast "y": it casts to INT64, expected FLOAT or DOUBLE'],
  'half floats': [
    behind(node('Cast', ['z1'], 'y', { to: 10 })),
    'Cast "y": it casts to FLOAT16, expected FLOAT or DOUBLE',
  ],
  'a constant that is rounded': [
    instead(2, node('Cast', ['d'], 'y', { to: 1 }), double('d', [1], [1 / 3])),
    'Cast "y": it rounds the constant "d" of DOUBLE',
  ],
  training: [
    instead(1, node('Dropout', ['z', '', 'training'], 'h'), tensor('training', 'BOOL', [], { int32Data: [1] })),
    'Dropout "h": it is in training mode, expected inference',
  ],
  'an unknown attribute': [
    instead(0, node('Gemm', ['x', 'w0', 'b0'], 'z', { transB: 1, broadcast: 1 })),
    'Gemm "z": its attribute "broadcast" is unknown',
  ],
  'max(x, 1)': [
    instead(1, node('Max', ['z', 'one'], 'h'), float('one', [], [1])),
    'Max "h": it has no number 0, expected max(x, 0) and min(x, 0) alone',
  ],
  'rows side by side': [
    instead(1, node('Concat', ['z', 'z'], 'h', { axis: 1 })),
    'Concat "h": expected max(x, 0) beside min(x, 0), or 1 - p beside p, alone',
  ],
  'some residual layers': [
    {
      nodes: [
        ...nodes.slice(0, 2),
        ...[
          node('Min', ['z', 'zero'], 'l'),
          node('Concat', ['h', 'l'], 'c', { axis: 1 }),
          node('MatMul', ['c', 'w'], 'm'),
        ],
        ...[node('Relu', ['m'], 'h1'), node('Gemm', ['h1', 'w1'], 'y')],
      ],
      initializers: [...initializers, float('zero', [], [0]), float('w', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
    },
    'its layers are neither all behind Relu nor all residual as those of a PsilonResNet',
  ],
  'weights that are integers': [
    replacing(tensor('w0', 'INT32', [2, 3], { int32Data: [1, 2, 3, 4, 5, 6] })),
    'Gemm "z": the weights "w0" are INT32, expected floats',
  ],
  'a bias of integers': [replacing(int64('b0', [1, 2])), 'Gemm "z": the biases "b0" are INT64, expected floats'],
  'weights of three dimensions': [
    replacing(float('w0', [1, 2, 3], [1, 2, 3, 4, 5, 6])),
    'Gemm "z": the weights "w0" have 3 dimensions, expected 2',
  ],
  'labels of numbers that are no classes': [
    behind(node('ai.onnx.ml.ArrayFeatureExtractor', ['z1', 'b1'], 'y')),
    'ai.onnx.ml.ArrayFeatureExtractor "y": its list is not constant',
  ],
  'several inputs': [
    { inputs: [{ name: 'x', shape: [null, 3] }, { name: 'age' }] },
    'it has the inputs "x", "age", expected one, of rows [rows, inputs]',
  ],
  texts: [{ inputs: [{ name: 'x', type: 'STRING', shape: [null, 3] }] }, 'the input "x" is STRING, expected numbers'],
  images: [
    { inputs: [{ name: 'x', shape: [null, 1, 28, 28] }] },
    'the input "x" has 4 dimensions, expected [rows, inputs]',
  ],
  'old operators': [{ opset: 6 }, 'its operators have version 6, expected 7 or later'],
}

refuseAll(t, 'ERR_UNSUPPORTED', unsupported)

t.test('an estimator as ONNX has a table before its networks', async (t) => {
  const model = new PsilonRegressor({ preset: 'paper', hidden: 4, depth: 1, epochs: 2, lambda: 1e-3 })
  await model.fit({ a: [1, 2, 3, 4, 5], b: [2, 1, 4, 3, 5], y: [1, 2, 3, 4, 6] }, { target: 'y' })
  await t.rejects(importNetwork(model.toOnnx()), {
    code: 'ERR_UNSUPPORTED',
    message: /^\[importNetwork\] the model: it has IsNaN "IsNaN", Where .*; it has the inputs "a", "b", expected one/,
  })
  model.dispose()
})

import { importNetwork } from 'psilon'
import t from 'tap'
import { refuses } from '../support/refusal.js'
import { Float, float, modelOf, node, parsed, tensor, written } from './onnx-builder.js'
import { type Case, initializers, instead, nodes, refuseAll, replacing } from './two-layers.js'

/** Models that contradict themselves. */

const damaged: Record<string, Case> = {
  'no version': [{ opset: null }, 'it does not say the version of its operators'],
  'no input': [{ inputs: [] }, 'it has no input; Gemm "z": nothing before makes "x"'],
  'no output': [{ outputs: [] }, 'it has no output'],
  'an output that nothing makes': [{ outputs: [{ name: 'u' }] }, 'nothing before makes "u"'],
  'a constant that is missing': [{ initializers: initializers.slice(1) }, 'Gemm "z": nothing before makes "w0"'],
  'nodes in a circle': [instead(0, node('Gemm', ['y', 'w0', 'b0'], 'z')), 'Gemm "z": nothing before makes "y"'],
  'nodes in another order': [
    { nodes: nodes.toReversed() },
    'Gemm "y": nothing before makes "h"; Relu "h": nothing before makes "z"',
  ],
  'a node that lacks an input': [instead(1, node('Relu', [], 'h')), 'Relu "h": it lacks an input'],
  'a node with an input too many': [
    instead(1, node('Relu', ['z', 'w0'], 'h')),
    'Relu "h": it has 2 inputs, expected at most 1',
  ],
  'weights for other inputs': [
    replacing(float('w1', [2, 3], [1, 2, 3, 4, 5, 6])),
    'Gemm "y": the weights "w1" are for 3 inputs, its rows have 2 numbers',
  ],
  'an input of another width': [
    { inputs: [{ name: 'x', shape: [null, 4] }] },
    'Gemm "z": the weights "w0" are for 3 inputs, its rows have 4 numbers',
  ],
  'a bias of another size': [
    replacing(float('b0', [3], [1, 2, 3])),
    'Gemm "z": the biases "b0" have the shape [3], expected [2]',
  ],
  'a bias in a column': [
    replacing(float('b0', [2, 1], [1, 2])),
    'Gemm "z": the biases "b0" have the shape [2, 1], expected [2]',
  ],
  'a name twice': [{ initializers: [...initializers, float('b1', [2], [0, 1])] }, '"b1" is made twice'],
  'a factor that is not finite': [
    instead(0, node('Gemm', ['x', 'w0', 'b0'], 'z', { transB: 1, alpha: new Float(Number.NaN) })),
    'Gemm "z": alpha is NaN, expected a finite number',
  ],
  'an attribute of another type': [
    instead(0, node('Gemm', ['x', 'w0', 'b0'], 'z', { transB: new Float(1) })),
    'Gemm "z": transB is not of the type INT',
  ],
  'a weight that is not a number': [
    replacing(float('w0', [2, 3], [1, 2, Number.NaN, 4, 5, 6])),
    'the constant "w0" has NaN at 2, expected finite numbers',
  ],
  'an infinite bias': [
    replacing(float('b1', [2], [1, -Infinity])),
    'the constant "b1" has -Infinity at 1, expected finite numbers',
  ],
  'a weight that overflows': [
    {
      ...replacing(float('w0', [2, 3], [1, 2, 3e38, 4, 5, 6])),
      ...{ nodes: [node('Gemm', ['x', 'w0'], 'z', { transB: 1, alpha: new Float(2) }), ...nodes.slice(1)] },
    },
    'parameter "layers.0.v" has Infinity at 2, expected finite float32 numbers',
  ],
  'bytes that are missing': [
    replacing({ ...float('w0', [2, 3], [1, 2, 3, 4, 5, 6]), rawData: new Uint8Array(20) }),
    'the constant "w0" has the shape [2, 3] and 20 bytes, expected 24',
  ],
  'numbers that are missing': [
    replacing(tensor('w0', 'FLOAT', [2, 3], { floatData: [1, 2] })),
    'the constant "w0" has the shape [2, 3] and 2 numbers, expected 6',
  ],
  'no numbers': [
    replacing(tensor('w0', 'DOUBLE', [2, 3], {})),
    'the constant "w0" has the shape [2, 3] and 0 numbers, expected 6',
  ],
  'a huge shape': [
    replacing(tensor('w0', 'FLOAT', [2 ** 40, 2 ** 40], {})),
    'the constant "w0" has the shape [1099511627776, 1099511627776], which no tensor has',
  ],
  'a negative shape': [
    replacing(tensor('w0', 'FLOAT', [-2, -3], { floatData: [1, 2, 3, 4, 5, 6] })),
    'the constant "w0" has the shape [-2, -3], which no tensor has',
  ],
  'layers without units': [
    replacing(float('w0', [0, 3], []), float('b0', [0], []), float('w1', [2, 0], [])),
    'parameter "layers.0.v" has shape [0, 3], expected [out, in]',
  ],
}

refuseAll(t, 'ERR_MODEL_FILE', damaged)

t.test('the model without these changes', async (t) => {
  const net = await importNetwork(modelOf({ nodes, initializers }))
  t.strictSame(net.predictSync([[1, 1, 1]]).data, Float32Array.of(6 - 16, 12 - 32 + 1))
})

t.test('more faults than anyone reads', async (t) => {
  const many = Array.from({ length: 50 }, (_, k) => node('Gemm', ['x', 'none'], `y${k}`))
  const outputs = many.map((_, k) => ({ name: `y${k}` }))
  const fault = (k: number) => `Gemm "y${k}": nothing before makes "none"`
  const all = [0, 1, 2, 3, 4, 5, 6, 7].map(fault).join('; ')
  await refuses(t, 'ERR_MODEL_FILE', `[importNetwork] the model: ${all}; and more`, () =>
    importNetwork(modelOf({ nodes: many, outputs })),
  )
})

t.test('names cannot control a terminal', async (t) => {
  const odd = modelOf({ nodes: [{ ...node('T\u001b[2J', ['x'], 'y'), name: `n\u001b[2J${'x'.repeat(100)}` }] })
  await t.rejects(importNetwork(odd), {
    message: /^\[importNetwork\] the model: it has T\\u001b\[2J "n\\u001b\[2Jx+\.\.\., expected/,
  })
})

t.test('a sparse constant', async (t) => {
  const model = parsed(modelOf({ nodes, initializers }))
  const [weights] = model.graph?.initializer ?? []
  const sparse = structuredClone(model)
  sparse.graph?.initializer.shift()
  sparse.graph?.sparseInitializer.push({ $typeName: 'onnx.SparseTensorProto', values: weights, dims: [2n, 3n] })
  await t.rejects(importNetwork(written(sparse)), { message: /Gemm "z": nothing before makes "w0"/ })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importNetwork, type PsilonNet, type PsilonResNet } from 'psilon'
import t from 'tap'
import { networkRows, networks } from '../export/models.js'
import { noRuntime, opened, type Tensor } from '../export/onnx-runtime.js'
import { packageRoot } from '../support/child.js'
import { type Style, styles } from './exporter-models.js'
import { double, modelOf, node, tensor } from './onnx-builder.js'

const x = networkRows

async function runtimeGives(bytes: Uint8Array, dtype: 'float32' | 'float64', output: string): Promise<Tensor> {
  const Data = dtype === 'float32' ? Float32Array : Float64Array
  const model = await opened(bytes)
  const found = await model.run({ x: { type: dtype, data: Data.from(x.flat()), dims: [x.length, 3] } })
  return found[output] as Tensor
}

/** The largest difference, as a share of the largest number. */
function farthest(found: ArrayLike<unknown>, wanted: ArrayLike<unknown>): number {
  if (found.length !== wanted.length) return Number.NaN
  const largest = Math.max(...Array.from(wanted, (value) => Math.abs(Number(value))))
  return Math.max(...Array.from(wanted, (value, k) => Math.abs(Number(found[k]) - Number(value)))) / largest
}

const tolerance = { float32: 1e-6, float64: 1e-12 }

/** What the network gives where the model's output y has outputs, their logarithms of probabilities, or probabilities. */
async function asInModel(
  net: PsilonNet | PsilonResNet,
  { graph, gives = 'outputs' }: Style,
): Promise<ArrayLike<number>> {
  if (graph.nodes.some(({ opType }) => opType === 'LogSoftmax')) {
    return (await net.predictProba(x)).data.map(Math.log)
  }
  if (gives === 'outputs') return net.predictSync(x).data
  const { data, shape } = await net.predictProba(x)
  return shape[1] === 1 && graph.outputs?.length === 2 ? Array.from(data).flatMap((p) => [1 - p, p]) : data
}

for (const [name, style] of Object.entries(styles)) {
  t.test(name, { skip: noRuntime }, async (t) => {
    const { graph, dtype = 'float32', loss = null } = style
    const bytes = modelOf(graph)
    const net = await importNetwork(bytes)
    t.equal(net.config.dtype, dtype)
    t.equal(net.loss, loss)
    const y = await runtimeGives(bytes, dtype, 'y')
    t.ok(y.data.length >= x.length)
    t.ok(farthest(await asInModel(net, style), y.data) <= tolerance[dtype])
    net.dispose()
  })
}

t.test('files that PyTorch wrote', async (t) => {
  const folder = join(packageRoot, 'test', 'fixtures', 'onnx')
  const { rows, classifier, regressor } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
  const classes = await importNetwork(join(folder, 'classifier.onnx'))
  t.match([classes.config.hidden, classes.config.dtype, classes.loss], [[5, 3], 'float32', 'softmax'])
  t.ok(farthest((await classes.predictProba(rows)).data, classifier.flat()) <= 1e-6)
  const values = await importNetwork(join(folder, 'regressor.onnx'))
  t.match([values.config.hidden, values.config.dtype, values.loss], [[6], 'float64', null])
  t.ok(farthest(values.predictSync(rows).data, regressor) <= 1e-12)
})

for (const [name, make] of Object.entries(networks)) {
  t.test(`what toOnnx writes of ${name}`, { skip: noRuntime }, async (t) => {
    const net = await make()
    const bytes = net.toOnnx()
    const same = await importNetwork(bytes)
    t.equal(same.constructor, net.constructor)
    const { kind, inputs, hidden, outputs, dtype } = net.config
    t.match(same.config, { kind, inputs, hidden, outputs, dtype, normalization: 'none' })
    t.equal(same.loss, net.loss === 'mse' ? null : net.loss)
    const y = await runtimeGives(bytes, dtype, 'outputs')
    t.ok(farthest(same.predictSync(x).data, y.data) <= tolerance[dtype])
    t.ok(farthest(same.predictSync(x).data, net.predictSync(x).data) <= tolerance[dtype])
    t.ok(Math.abs(same.pathNorm() / net.pathNorm() - 1) < 1e-5)
    same.dispose()
    net.dispose()
  })
}

t.test('half floats become float32 exactly', async (t) => {
  const halves = [0x3c00, 0xc000, 0x3555, 0x0001, 0x83ff, 0x7bff, 0x0400, 0x0000, 0x3800, 0xbc01, 0x2e66, 0x5640]
  const values = [
    1,
    -2,
    0.333251953125,
    2 ** -24,
    -1023 / 2 ** 24,
    65504,
    2 ** -14,
    0,
    0.5,
    -1.0009765625,
    0.0999755859375,
    100,
  ]
  const brains = [0x3f80, 0xc000, 0x3eab, 0x0001]
  const ofBrains = [1, -2, 0.333984375, 2 ** -133]
  const nodes = [
    node('Gemm', ['x', 'w0', 'b0'], 'z0', { transB: 1 }),
    node('Relu', ['z0'], 'h0'),
    node('Gemm', ['h0', 'w1'], 'y'),
  ]
  for (const raw of [false, true]) {
    const of = (bits: number[]) =>
      raw ? { rawData: new Uint8Array(Uint16Array.from(bits).buffer) } : { int32Data: bits }
    const initializers = [
      tensor('w0', 'FLOAT16', [4, 3], of(halves)),
      tensor('b0', 'BFLOAT16', [4], of(brains)),
      tensor('w1', 'FLOAT16', [4, 1], of(halves.slice(0, 4))),
    ]
    const { parameters } = await importNetwork(
      modelOf({ nodes, initializers, inputs: [{ name: 'x', type: 'FLOAT16', shape: [null, 3] }] }),
    )
    t.strictSame(Array.from(parameters['layers.0.v']?.data ?? []), values)
    t.strictSame(Array.from(parameters['layers.0.b']?.data ?? []), ofBrains)
    t.strictSame(Array.from(parameters['layers.1.v']?.data ?? []), values.slice(0, 4))
  }
})

t.test('constants that are cast without being rounded', async (t) => {
  const nodes = [
    node('Cast', ['half'], 'w0', { to: 1 }),
    node('Cast', ['w0'], 'wide', { to: 11 }),
    node('MatMul', ['x', 'wide'], 'z0'),
    node('Relu', ['z0'], 'h0'),
    node('MatMul', ['h0', 'w1'], 'y'),
  ]
  const half = tensor('half', 'FLOAT16', [3, 1], { int32Data: [0x3c00, 0xc000, 0x3555] })
  const net = await importNetwork(modelOf({ nodes, initializers: [half, double('w1', [1, 1], [0.5])] }))
  t.equal(net.config.dtype, 'float64')
  t.strictSame(net.predictSync([[1, 0, 3]]).data, Float64Array.of((1 + 3 * 0.333251953125) / 2))
})

t.test('a loss that is given replaces that of the outputs, and rows can be normalised', async (t) => {
  const bytes = modelOf((styles['Keras: MatMul and Add of the graph, Softmax'] as Style).graph)
  t.equal((await importNetwork(bytes, { loss: 'bce' })).loss, 'bce')
  t.equal((await importNetwork(bytes, { normalization: 'none' })).loss, 'softmax')
  t.equal((await importNetwork(bytes, { normalization: 'l1' })).config.normalization, 'l1')
})

import t from 'tap'
import type { NativeNetwork } from '#psilon/core/native.js'
import { configOf, drawData, drawNetwork, predictRows, type Shape } from '../support/core.js'

const shapes: Shape[] = (['mlp', 'resnet'] as const).flatMap((kind) =>
  (['l1', 'l2'] as const).map((normalization) => ({ kind, normalization, width: 12, inputs: 7, depth: 3 })),
)

function outputs(network: NativeNetwork): Float64Array {
  const { x } = drawData(configOf({ inputs: network.config().inputs }), 'mse', 40)
  return predictRows(network, x, 40, 1) as Float64Array
}

function sameFunction(a: Float64Array, b: Float64Array): boolean {
  return a.every((x, i) => Math.abs(x - (b[i] as number)) <= 1e-12 * Math.max(1, Math.abs(x)))
}

t.test('a pruned network computes the same with fewer units', async (t) => {
  for (const shape of shapes)
    for (const sparsity of [0.5, 0.8, 0.88]) {
      const network = drawNetwork(shape, 5)
      network.prune({ sparsity, scale: null })
      const before = outputs(network)
      const units = network.config().hidden
      network.compact()
      t.ok(sameFunction(before, outputs(network)))
      const { hidden } = network.config()
      if (shape.kind === 'mlp' && sparsity > 0.85)
        t.ok(
          hidden.some((width, k) => width < (units[k] as number)),
          `${hidden} of ${units}`,
        )
      network.compact()
      t.strictSame(network.config().hidden, hidden, 'a second time changes nothing')
    }
})

t.test('a network without dead units stays as it is', async (t) => {
  for (const shape of shapes) {
    const network = drawNetwork(shape)
    const { parameters, config } = { parameters: network.parameters(), config: network.config() }
    network.compact()
    t.strictSame(network.parameters(), parameters)
    t.strictSame(network.config(), config)
  }
})

t.test('unread and constant units of an mlp go; their constants stay', async (t) => {
  for (const normalization of ['l1', 'l2'] as const) {
    const network = drawNetwork({ normalization, width: 4, depth: 2, inputs: 3, sharedLength: [false, false] })
    const parameters = network.parameters()
    const column = (name: string, j: number) => {
      const { shape, data } = parameters[name] as { shape: number[]; data: Float64Array }
      for (let i = 0; i < (shape[0] as number); i++) data[i * (shape[1] as number) + j] = 0
    }
    column('layers.1.v', 0) // unit 0 of layer 0 is not read
    ;(parameters['layers.0.g'] as { data: Float64Array }).data[1] = 0 // unit 1 is constant
    ;(parameters['layers.0.b'] as { data: Float64Array }).data[1] = 0.75
    column('layers.2.v', 3)
    network.setParameters(parameters)
    const before = outputs(network)
    network.compact()
    t.ok(sameFunction(before, outputs(network)))
    t.strictSame(network.config().hidden, [2, 3])
  }
})

t.test('a network that is constant keeps one unit a layer', async (t) => {
  for (const shape of shapes) {
    const network = drawNetwork({ ...shape, sharedLength: [true, true, true] })
    const parameters = network.parameters()
    parameters['layers.3.g']?.data.fill(0)
    network.setParameters(parameters)
    const before = outputs(network)
    network.compact()
    t.ok(sameFunction(before, outputs(network)))
    t.ok(network.config().hidden.every((width) => width === 1))
  }
})

t.test('a row emptied by folding folds in turn', async (t) => {
  const network = drawNetwork({ width: 2, depth: 3, inputs: 2, outputs: 1, sharedLength: [false, false, false] })
  const parameters = network.parameters()
  const set = (name: string, values: number[]) => (parameters[name] as { data: Float64Array }).data.set(values)
  set('layers.0.g', [0, 1])
  set('layers.0.b', [0.5, 0.1])
  set('layers.1.v', [1, 0, 0, 1]) // unit 0 reads only the constant
  set('layers.2.v', [1, 0, 1, 1])
  network.setParameters(parameters)
  const before = outputs(network)
  network.compact()
  t.ok(sameFunction(before, outputs(network)))
  t.strictSame(network.config().hidden.slice(0, 2), [1, 1])
})

t.test('blocks of length 0 go whole, and their biases stay', async (t) => {
  const network = drawNetwork({ kind: 'resnet', width: 5, depth: 4, inputs: 3 })
  const parameters = network.parameters()
  for (const k of [1, 3]) parameters[`layers.${k}.g`]?.data.fill(0)
  network.setParameters(parameters)
  const before = outputs(network)
  network.compact()
  t.ok(sameFunction(before, outputs(network)))
  t.strictSame(network.config().hidden, [5, 5])
})

t.test('a coordinate of a residual stream goes when nothing that lives reads it', async (t) => {
  const network = drawNetwork({ kind: 'resnet', width: 3, depth: 2, inputs: 3 })
  const parameters = network.parameters()
  for (const name of ['vPos', 'vNeg']) {
    const output = parameters[`layers.2.${name}`]?.data as Float64Array
    output[2] = output[5] = 0 // the outputs do not read coordinate 2
    const block = parameters[`layers.1.${name}`]?.data as Float64Array
    block[2] = block[5] = 0 // only coordinate 2 itself does
  }
  network.setParameters(parameters)
  const before = outputs(network)
  network.compact()
  t.ok(sameFunction(before, outputs(network)))
  t.strictSame(network.config().hidden, [2, 2])
})

import t from 'tap'
import type { NetworkKind } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import { configOf, drawData, drawNetwork, envelope, objective, predictRows, rowsOf, sum } from '../support/core.js'

const kinds: NetworkKind[] = ['mlp', 'resnet']
const close = (a: number, b: number) => Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b))

/** |g_i| of every row of every layer. */
function lengths(network: ReturnType<typeof drawNetwork>, layer: number, row: number): number {
  const g = network.parameters()[`layers.${layer}.g`]?.data as Float64Array
  return Math.abs(g[g.length === 1 ? 0 : row] as number)
}

for (const kind of kinds) {
  t.test(`rows of a ${kind} have norm |g|, whatever alpha is`, async (t) => {
    const shape = { kind, width: 7, sharedLength: [true, false] }
    const network = drawNetwork(shape)
    for (const alpha of [0, 0.3, 0.7, 1]) {
      const { weights } = native.evaluate(network, drawData(configOf(shape), 'mse'), objective, alpha, 1)
      for (const [k, layer] of rowsOf(weights, 'w').entries())
        for (const [i, matrices] of layer.entries()) t.ok(close(sum(envelope(matrices)), lengths(network, k, i)))
    }
  })

  t.test(`L2 rows of a ${kind} have root of squares |g|`, async (t) => {
    const shape = { kind, normalization: 'l2' as const, width: 7 }
    const network = drawNetwork(shape)
    const { weights } = native.evaluate(network, drawData(configOf(shape), 'mse'), objective, 0, 1)
    for (const [k, layer] of rowsOf(weights, 'w').entries())
      for (const [i, matrices] of layer.entries())
        t.ok(close(Math.hypot(...envelope(matrices)), lengths(network, k, i)))
  })

  for (const normalization of ['l1', 'l2'] as const)
    t.test(`a ${kind} with ${normalization} rows does not know their scale`, async (t) => {
      const shape = { kind, normalization, width: 5 }
      const network = drawNetwork(shape)
      const data = drawData(configOf(shape), 'mse')
      const before = native.evaluate(network, data, objective, 0, 1)
      const parameters = network.parameters()
      for (const [k, layer] of rowsOf(parameters, 'v').entries())
        for (const [i, matrices] of layer.entries()) {
          const gradients = rowsOf(before.gradsLoss, 'v')[k]?.[i] as Float64Array[]
          const along = sum(matrices.map((v, s) => sum(v.map((x, j) => x * (gradients[s]?.[j] as number)))))
          t.ok(Math.abs(along) < 1e-13, '<dv, v> = 0')
        }
      for (const [name, { data: values }] of Object.entries(parameters))
        if (/\.v/.test(name)) for (let i = 0; i < values.length; i++) values[i] = 3 * (values[i] as number)
      network.setParameters(parameters)
      const after = native.evaluate(network, data, objective, 0, 1)
      t.ok(after.outputs.every((f, i) => close(f, before.outputs[i] as number)))
      t.ok(close(after.reg, before.reg))
    })
}

t.test('a residual block with g = 0 and b = 0 is the identity', async (t) => {
  const network = drawNetwork({ kind: 'resnet', depth: 3, width: 4 })
  const parameters = network.parameters()
  for (const k of [1, 2]) for (const part of ['g', 'b']) parameters[`layers.${k}.${part}`]?.data.fill(0)
  network.setParameters(parameters)
  const shallow = drawNetwork({ kind: 'resnet', depth: 1, width: 4 })
  const kept = Object.entries(parameters).flatMap(([name, value]) => {
    const layer = Number(name.split('.')[1])
    return layer === 1 || layer === 2 ? [] : [[name.replace('layers.3', 'layers.1'), value] as const]
  })
  shallow.setParameters(Object.fromEntries(kept))
  const x = drawData(configOf({}), 'mse').x
  t.strictSame(predictRows(network, x, 5, 1), predictRows(shallow, x, 5, 1))
})

t.test('v- = v+ makes a CReLU layer the linear layer', async (t) => {
  const network = drawNetwork({ kind: 'resnet', depth: 1, width: 4, outputs: 2 })
  const parameters = network.parameters()
  const { data: positive } = parameters['layers.1.vPos'] as { data: Float64Array }
  ;(parameters['layers.1.vNeg'] as { data: Float64Array }).data.set(positive)
  network.setParameters(parameters)
  const data = drawData(configOf({}), 'mse')
  const { weights, outputs } = native.evaluate(network, data, objective, 0, 1)
  const [w0, w1] = [weights['layers.0.w'], weights['layers.1.wPos']].map((w) => w?.data) as [Float64Array, Float64Array]
  const [b0, b1] = [0, 1].map((k) => parameters[`layers.${k}.b`]?.data) as [Float64Array, Float64Array]
  for (let row = 0; row < data.rows; row++) {
    const z = Array.from(
      b0,
      (b, i) => b + sum([0, 1, 2].map((j) => (w0[3 * i + j] as number) * (data.x[3 * row + j] as number))),
    )
    for (const c of [0, 1]) {
      const f = (b1[c] as number) + sum(z.map((value, j) => (w1[4 * c + j] as number) * value))
      t.ok(close(outputs[2 * row + c] as number, f))
    }
  }
})

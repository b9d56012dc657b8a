import t from 'tap'
import type { Bound, NetworkKind } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import { configOf, drawData, drawNetwork, generator, meanOf, objective, predictRows, sum } from '../support/core.js'

const bounds: Bound[] = ['original', 'improved', 'tight']
const shapes = (['mlp', 'resnet'] as NetworkKind[]).flatMap((kind) =>
  (['l1', 'l2'] as const).map((normalization) => ({ kind, normalization, depth: 3, width: 6 })),
)

t.test('the closed form is the explicit product', async (t) => {
  for (const kind of ['mlp', 'resnet'] as const)
    for (let seed = 1; seed <= 20; seed++) {
      const shape = { kind, depth: 4, width: 5 }
      const e = native.evaluate(drawNetwork(shape, seed), drawData(configOf(shape), 'mse'), objective, 0, 1)
      t.ok(Math.abs(e.reg - e.pathNorm.improved) <= 1e-12 * e.reg, `${e.reg}`)
      for (const [name, { data }] of Object.entries(e.gradsReg))
        if (/\.v/.test(name))
          t.ok(
            data.every((d) => d === 0),
            'no gradient reaches v',
          )
    }
})

t.test('explicit gradients with respect to v vanish for L1 rows with shared lengths', async (t) => {
  // the last layer's lengths are a row's own, so a network with one row length elsewhere is computed explicitly
  const shape = { kind: 'resnet' as const, depth: 3, sharedLength: [false, true, true] }
  const network = drawNetwork(shape)
  const parameters = network.parameters()
  parameters['layers.0.g']?.data.fill(0.7)
  network.setParameters(parameters)
  const e = native.evaluate(network, drawData(configOf(shape), 'mse'), objective, 0, 1)
  for (const [name, { data }] of Object.entries(e.gradsReg))
    if (/\.v/.test(name))
      t.ok(
        data.every((d) => Math.abs(d) < 1e-12 * e.reg),
        name,
      )
})

t.test('tight <= improved, tight <= original', async (t) => {
  for (const shape of shapes)
    for (let seed = 1; seed <= 20; seed++)
      for (const alpha of [0, 0.5, 1]) {
        const { pathNorm } = native.evaluate(
          drawNetwork(shape, seed),
          drawData(configOf(shape), 'mse'),
          objective,
          alpha,
          1,
        )
        const room = 1e-12 * pathNorm.tight
        t.ok(pathNorm.tight <= pathNorm.improved + room && pathNorm.tight <= pathNorm.original + room)
      }
})

t.test('improved <= original where the diagonals are at least -1/3', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const shape = { kind: 'resnet' as const, depth: 3, width: 6 }
    const network = drawNetwork(shape, seed)
    const parameters = network.parameters()
    for (const k of [1, 2]) parameters[`layers.${k}.g`]?.data.fill(0.3)
    network.setParameters(parameters)
    const { pathNorm } = native.evaluate(network, drawData(configOf(shape), 'mse'), objective, 0, 1)
    t.ok(pathNorm.improved <= pathNorm.original * (1 + 1e-12))
  }
})

t.test('the three bounds of a block with one unit', async (t) => {
  const network = drawNetwork({ kind: 'resnet', depth: 2, width: 1, inputs: 1, outputs: 1 })
  const set = (name: string, value: number) => ({
    [name]: { shape: name.includes('v') ? [1, 1] : [1], data: Float64Array.of(value) },
  })
  network.setParameters({
    ...set('layers.0.v', 1),
    ...set('layers.0.g', 1),
    ...set('layers.0.b', 0),
    ...set('layers.1.vPos', -1),
    ...set('layers.1.vNeg', -1),
    ...set('layers.1.g', 0.9),
    ...set('layers.1.b', 0),
    ...set('layers.2.vPos', 1),
    ...set('layers.2.vNeg', 0),
    ...set('layers.2.g', 1),
    ...set('layers.2.b', 0),
  })
  for (const [bound, expected] of [
    ['original', 0.2],
    ['improved', 1.9],
    ['tight', 0.1],
  ] as const)
    t.ok(Math.abs((native.pathNorms(meanOf([network]), bound).outputs[0] as number) - expected) < 1e-12, bound)
})

t.test('no pair of inputs, near or far, moves an output further than its bound', async (t) => {
  const next = generator(5)
  for (const shape of shapes)
    for (const alpha of [0, 0.5, 1]) {
      const network = drawNetwork(shape, 3)
      const rows = 200
      const x = Float64Array.from({ length: rows * 3 }, () => 3 * next())
      for (let row = 1; row < rows; row += 2) {
        const distance = 10 ** (3 * next() - 1)
        for (let j = 0; j < 3; j++) x[3 * row + j] = (x[3 * (row - 1) + j] as number) + distance * next()
      }
      const data = { x, y: new Float64Array(rows * 2), weights: null, rows }
      const { outputs, outputPathNorms } = native.evaluate(network, data, objective, alpha, 1)
      for (let row = 1; row < rows; row += 2) {
        const moved = Math.max(
          ...[0, 1, 2].map((j) => Math.abs((x[3 * row + j] as number) - (x[3 * row - 3 + j] as number))),
        )
        for (const bound of bounds)
          for (const i of [0, 1]) {
            const change = Math.abs((outputs[2 * row + i] as number) - (outputs[2 * row - 2 + i] as number))
            if (change > (outputPathNorms[bound][i] as number) * moved * (1 + 1e-12)) t.fail(`${bound}, alpha ${alpha}`)
          }
      }
    }
})

t.test('influences bound every partial derivative and add up to the path norm', async (t) => {
  for (const shape of shapes) {
    const network = drawNetwork(shape, 4)
    for (const bound of bounds) {
      const { outputs: norms } = native.pathNorms(meanOf([network]), bound)
      const all = native.influence(meanOf([network]), bound, null)
      t.ok(Math.abs(sum(all) - sum(norms)) < 1e-12 * sum(norms))
      for (const i of [0, 1]) {
        const influence = native.influence(meanOf([network]), bound, i)
        t.ok(Math.abs(sum(influence) - (norms[i] as number)) < 1e-12 * (norms[i] as number))
        const next = generator(9)
        for (let trial = 0; trial < 50; trial++) {
          const x = Float64Array.from({ length: 3 }, () => 2 * next())
          for (const j of [0, 1, 2]) {
            const there = x.slice()
            there[j] = (there[j] as number) + 0.01
            const [from, to] = [x, there].map((point) => predictRows(network, point, 1, 1)[i] as number)
            const slope = Math.abs((to as number) - (from as number)) / 0.01
            if (slope > (influence[j] as number) * (1 + 1e-9)) t.fail(`${bound}: slope ${slope} of input ${j}`)
          }
        }
      }
    }
  }
})

import t from 'tap'
import type { NativeNetwork } from '#psilon/core/native.js'
import { native } from '../addon/native.mjs'
import {
  configOf,
  drawData,
  drawNetwork,
  evaluateAt,
  generator,
  objective,
  predictRows,
  type Shape,
} from '../support/core.js'
import { atEveryLevel } from '../support/instruction-sets.mjs'

const sizes = [1, 2, 3, 5, 16, 17, 31, 33, 65, 129]

/** A x^T + b with plain loops: x [rows, cols], a [out, cols]. */
function affine(x: Float64Array[], a: Float64Array, b: Float64Array): Float64Array[] {
  const cols = (x[0] as Float64Array).length
  return x.map((row) =>
    b.map((start, i) => row.reduce((total, value, j) => total + value * (a[i * cols + j] as number), start)),
  )
}

/** Outputs by the definition, from the core's own weights. */
function predictByLoops(network: NativeNetwork, kind: string, x: Float64Array, rows: number): number[] {
  const config = network.config()
  const data = { x, y: new Float64Array(rows * config.outputs), weights: null, rows }
  const { weights } = native.evaluate(network, data, objective, 0, 1)
  const parameters = network.parameters()
  const at = (group: typeof weights, name: string) => group[name]?.data as Float64Array
  const depth = config.hidden.length
  let z: Float64Array[] = Array.from({ length: rows }, (_, i) => x.slice(i * config.inputs, (i + 1) * config.inputs))
  z = affine(z, at(weights, 'layers.0.w'), at(parameters, 'layers.0.b'))
  for (let k = 1; k <= depth; k++) {
    const b = at(parameters, `layers.${k}.b`)
    const positive = z.map((row) => row.map((v) => Math.max(v, 0)))
    if (kind === 'mlp') {
      z = affine(positive, at(weights, `layers.${k}.w`), b)
      continue
    }
    const negative = z.map((row) => row.map((v) => Math.min(v, 0)))
    const out = affine(positive, at(weights, `layers.${k}.wPos`), b)
    const other = affine(negative, at(weights, `layers.${k}.wNeg`), new Float64Array(b.length))
    const before = k < depth ? z : out.map((row) => new Float64Array(row.length))
    z = out.map((row, i) => row.map((v, j) => v + (other[i]?.[j] as number) + (before[i]?.[j] as number)))
  }
  return z.flatMap((row) => Array.from(row))
}

t.test('products of every odd shape, at every instruction set', async (t) => {
  atEveryLevel((level) => {
    for (const kind of ['mlp', 'resnet'] as const)
      for (const [i, width] of sizes.entries()) {
        const rows = sizes.at(-1 - i) as number
        const shape = { kind, width, depth: 2, inputs: sizes[(i + 3) % sizes.length] as number, outputs: (i % 4) + 1 }
        const { x } = drawData(configOf(shape), 'mse', rows)
        const network = drawNetwork(shape)
        const expected = predictByLoops(network, kind, x as Float64Array, rows)
        const largest = Math.max(...expected.map(Math.abs))
        const worst = (outputs: ArrayLike<number>) =>
          Math.max(...expected.map((f, j) => Math.abs(f - (outputs[j] as number)))) / largest
        t.ok(worst(predictRows(network, x, rows, 2)) < 1e-13, `${level} float64 ${kind} ${width} by ${rows}`)
        const single = new native.Network(configOf({ ...shape, dtype: 'float32' }), 0)
        const parameters = Object.entries(network.parameters())
        single.setParameters(
          Object.fromEntries(parameters.map(([name, p]) => [name, { ...p, data: Float32Array.from(p.data) }])),
        )
        t.ok(worst(predictRows(single, Float32Array.from(x), rows, 2)) < 1e-5, `${level} float32 ${kind} ${width}`)
      }
  })
})

t.test('a row has the same bits whether zeros are skipped, beside rows full of them, or not', async (t) => {
  const rows = 64
  const inputs = 65
  atEveryLevel((level) => {
    for (const width of [128, 209, 300]) {
      const network = drawNetwork({ kind: 'mlp', width, depth: 2, inputs, outputs: 3 })
      const first = network.parameters()['layers.0.v']?.data as Float64Array
      const { x } = drawData(configOf({ kind: 'mlp', width, depth: 2, inputs, outputs: 3 }), 'mse', rows)
      const parameters = network.parameters()
      // most weights are positive: of a row of ones relu leaves nearly all units, of others half
      const v = { shape: [width, inputs], data: first.map((value, k) => (k % 8 === 0 ? value : Math.abs(value))) }
      network.setParameters({ ...parameters, 'layers.0.v': v })
      const dense = new Float64Array(7 * rows * inputs).fill(1)
      const both = Float64Array.from([...(x as Float64Array), ...dense])
      const alone = predictRows(network, x, rows, 1)
      t.same(predictRows(network, both, 8 * rows, 1).slice(0, alone.length), alone, `${level}, width ${width}`)
    }
  })
})

t.test('gradients along random directions, at sizes beyond one tile', async (t) => {
  const next = generator(6)
  const shapes: Shape[] = [
    { kind: 'mlp', width: 129, inputs: 65, outputs: 3 },
    { kind: 'resnet', width: 65, inputs: 33, outputs: 17 },
  ]
  for (const shape of shapes) {
    const network = drawNetwork(shape)
    const data = drawData(configOf(shape), 'mse', 37)
    const parameters = network.parameters()
    const { gradsLoss } = native.evaluate(network, data, objective, 0, 2)
    for (const name of Object.keys(parameters)) {
      const direction = Float64Array.from(parameters[name]?.data ?? [], next)
      const at = (step: number) => {
        const values = parameters[name]?.data.map((v, i) => v + step * (direction[i] as number)) as Float64Array
        const moved = { ...parameters, [name]: { shape: parameters[name]?.shape as number[], data: values } }
        return evaluateAt(network, moved, data, objective, 0).loss
      }
      const expected = (at(1e-6) - at(-1e-6)) / 2e-6
      const actual = direction.reduce((total, d, i) => total + d * (gradsLoss[name]?.data[i] as number), 0)
      t.ok(Math.abs(actual - expected) < 1e-4 * Math.max(Math.abs(expected), 1), `${name}: ${actual}, ${expected}`)
    }
  }
})

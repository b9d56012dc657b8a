import t from 'tap'
import type { Floats, NativeNetwork, Parameters } from '#psilon/core/native.js'
import { native } from '#psilon/core/native.js'
import type { Dtype, NetworkKind, Normalization } from '#psilon/words.js'
import { configOf, generator, predictRows, type Shape } from '../support/core.js'
import { atEveryLevel } from '../support/instruction-sets.mjs'

/**
 * A network in which about that share of weights is not 0, but one in each row at least; 0: some lengths are 0 too, and
 * with them whole rows of weights.
 */
function sparseNetwork(shape: Shape, share: number, seed = 1): NativeNetwork {
  const network = new native.Network(configOf(shape), 0)
  const next = generator(seed)
  const parameters = network.parameters()
  for (const [name, { shape: sizes, data }] of Object.entries(parameters)) {
    const [rows = 0, cols = 1] = sizes
    const draw = (): number => (next() < 0 ? -1 : 1) * (0.3 + 0.9 * Math.abs(next()))
    const weight = () => ((next() + 1) / 2 < share ? draw() : 0)
    const length = () => (share === 0 && next() < 0 ? 0 : draw())
    data.set(Array.from(data, name.endsWith('.b') ? next : name.endsWith('.g') ? length : weight))
    if (name.includes('.v')) for (let i = 0; i < rows; i++) data[i * cols + ((7 * i) % cols)] = draw()
  }
  network.setParameters(parameters)
  return network
}

/** Outputs by the definition (docs/method.md, sections 2 to 4), in double precision. */
function predictByLoops(network: NativeNetwork, x: Floats, rows: number): Float64Array {
  const { kind, inputs, hidden, normalization } = network.config()
  const parameters = network.parameters()
  let z = Array.from({ length: rows }, (_, i) => Float64Array.from(x.subarray(i * inputs, (i + 1) * inputs)))
  for (let k = 0; k <= hidden.length; k++) {
    const crelu = kind === 'resnet' && k > 0
    const names = crelu ? ['vPos', 'vNeg'] : ['v']
    const halves = names.map((name) => parameters[`layers.${k}.${name}`]?.data as Floats)
    const g = parameters[`layers.${k}.g`]?.data
    const b = parameters[`layers.${k}.b`]?.data as Floats
    const cols = (halves[0]?.length as number) / b.length
    const factors = Array.from(b, (_, i) => {
      const envelope = (j: number) => Math.max(...halves.map((v) => Math.abs(v[i * cols + j] as number)))
      const norms = Array.from({ length: cols }, (_, j) => envelope(j))
      const l1 = norms.reduce((sum, v) => sum + v, 0)
      const norm = { l1, l2: Math.hypot(...norms), none: 1 }[normalization]
      return (g === undefined ? 1 : ((g.length === 1 ? g[0] : g[i]) as number)) / norm
    })
    const act = (value: number, s: number) =>
      k === 0 ? value : s === 0 ? Math.max(value, 0) : crelu ? Math.min(value, 0) : 0
    z = z.map((row) =>
      Float64Array.from(b, (bias, i) => {
        let total = 0
        halves.forEach((v, s) => {
          for (let j = 0; j < cols; j++) total += (v[i * cols + j] as number) * act(row[j] as number, s)
        })
        return total * (factors[i] as number) + bias + (crelu && k < hidden.length ? (row[i] as number) : 0)
      }),
    )
  }
  return Float64Array.from(z.flatMap((row) => Array.from(row)))
}

function drawRows(network: NativeNetwork, rows: number): Floats {
  const { dtype, inputs } = network.config()
  const next = generator(3)
  const values = Array.from({ length: rows * inputs }, () => (next() < -0.8 ? 0 : 2 * next()))
  return dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values)
}

const kinds: NetworkKind[] = ['mlp', 'resnet']
const dtypes: Dtype[] = ['float32', 'float64']
const normalizations: Normalization[] = ['l1', 'l2', 'none']

t.test('sparse kernels compute what the definition says', async (t) => {
  const sizes = [
    { inputs: 1, width: 33, outputs: 1 },
    { inputs: 37, width: 64, outputs: 3 },
    { inputs: 133, width: 21, outputs: 17 },
  ]
  for (const kind of kinds)
    for (const [i, size] of sizes.entries())
      for (const share of [0, 0.02, 0.2, 0.5])
        for (const dtype of dtypes) {
          const normalization = normalizations[i] as Normalization
          const shape = { kind, dtype, normalization, depth: 3, sharedLength: Array(3).fill(share > 0), ...size }
          const title = `${dtype} ${kind} ${size.width} share ${share}`
          const x = drawRows(sparseNetwork(shape, share), 400)
          const expected = predictByLoops(sparseNetwork(shape, share), x, 400)
          const tolerance =
            (dtype === 'float64' ? 1e-13 : 1e-5) * expected.reduce((a, f) => Math.max(a, Math.abs(f)), 0)
          atEveryLevel((level) => {
            const network = sparseNetwork(shape, share)
            if (size.inputs > 1) t.equal(network.sparsity().sparseKernels, share < 0.3, title)
            for (const rows of [1, 2, 3, 17, 400]) {
              const outputs = predictRows(network, x.slice(0, rows * size.inputs), rows, 2)
              const worst = Math.max(...Array.from(outputs, (f, j) => Math.abs(f - (expected[j] as number))))
              t.ok(worst < tolerance, `${level} ${title} rows ${rows}: ${worst}`)
            }
          })
        }
})

t.test('the bits of a row depend neither on threads nor on the rows beside it', async (t) => {
  atEveryLevel((level) => {
    for (const kind of kinds)
      for (const dtype of dtypes) {
        const shape = { kind, dtype, inputs: 20, width: 150, depth: 3, outputs: 3 }
        const network = sparseNetwork(shape, 0.1)
        t.ok(network.sparsity().sparseKernels)
        const [rows, { inputs, outputs }] = [403, shape]
        const x = drawRows(network, rows)
        const one = predictRows(network, x, rows, 1)
        for (const threads of [2, 3]) t.strictSame(predictRows(network, x, rows, threads), one, `${level} ${threads}`)
        for (const size of [1, 2, 3, 65]) {
          const parts: number[] = []
          for (let i = 0; i < rows; i += size) {
            const part = x.slice(i * inputs, (i + size) * inputs)
            parts.push(...predictRows(network, part, part.length / inputs, 1))
          }
          t.strictSame(parts, Array.from(one), `${level} ${dtype} ${kind}, ${size} rows at a time`)
        }
        t.equal(one.length, rows * outputs)
      }
  })
})

/** Two hidden units, the second of which overflows; it is read with that weight. */
function overflowing(weight: number, more: number): { network: NativeNetwork; x: Float32Array } {
  const config = configOf({ inputs: 4, width: 8, depth: 1, outputs: 1, normalization: 'none', dtype: 'float32' })
  const network = new native.Network(config, 0)
  const parameters: Parameters = network.parameters()
  const [first, last] = ['layers.0.v', 'layers.1.v'].map((name) => parameters[name]?.data as Floats)
  first?.fill(more)
  last?.fill(0)
  first?.set([1, 0, 0, 0, 3e38, 0, 0, 0])
  last?.set([1, weight])
  network.setParameters(parameters)
  return { network, x: Float32Array.from({ length: 20 * 4 }, () => 2) }
}

t.test('zeros are skipped, not multiplied; what is not finite is not hidden', async (t) => {
  const { network, x } = overflowing(0, 0)
  t.ok(network.sparsity().sparseKernels)
  const dense = overflowing(0, 1e-3)
  t.notOk(dense.network.sparsity().sparseKernels)
  const read = overflowing(-1, 0)
  t.ok(read.network.sparsity().sparseKernels)
  for (const rows of [1, 20]) {
    const some = x.subarray(0, 4 * rows)
    t.ok(
      predictRows(network, some, rows, 1).every((f) => f === 2),
      'an infinity that nobody reads',
    )
    t.ok(predictRows(dense.network, some, rows, 1).every(Number.isNaN), 'dense products do multiply it with 0')
    t.ok(
      predictRows(read.network, some, rows, 1).every((f) => f === -Infinity),
      'an infinity that is read',
    )
  }
})

t.test('NaN passes through relu and CReLU', async (t) => {
  for (const kind of kinds) {
    const network = sparseNetwork({ kind, inputs: 40, width: 40, depth: 2, outputs: 1 }, 0.1)
    const parameters = network.parameters()
    for (const name of ['layers.1.g', 'layers.2.g']) (parameters[name] as { data: Floats }).data.fill(1)
    network.setParameters(parameters)
    for (const rows of [1, 20]) {
      const x = new Float64Array(40 * rows).fill(NaN)
      t.ok(predictRows(network, x, rows, 1).every(Number.isNaN), `${kind} ${rows}`)
    }
  }
})

t.test('the way of predicting follows the parameters', async (t) => {
  const network = sparseNetwork({ inputs: 30, width: 30, depth: 2 }, 0.1)
  const x = drawRows(network, 5)
  for (const share of [0.9, 0.05]) {
    network.setParameters(sparseNetwork({ inputs: 30, width: 30, depth: 2 }, share, 4).parameters())
    t.equal(network.sparsity().sparseKernels, share < 0.3)
    const expected = predictByLoops(network, x, 5)
    const outputs = predictRows(network, x, 5, 1)
    t.ok(expected.every((f, i) => Math.abs(f - (outputs[i] as number)) < 1e-13))
  }
})

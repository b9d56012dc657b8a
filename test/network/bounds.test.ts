import t from 'tap'
import type { NativeNetwork } from '#psilon/core/native.js'
import type { Bound, Dtype } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import {
  allByOne,
  configOf,
  drawData,
  drawNetwork,
  meanOf as meanOfNetworks,
  predictRows,
  type Shape,
  sum,
} from '../support/core.js'
import {
  backwardPathVectors,
  forwardPathVectors,
  slopeBetween,
  type Weights,
  weightsInUse,
} from '../support/path-vectors.js'

const bounds: Bound[] = ['original', 'improved', 'tight']
const size = { inputs: 5, width: 7, depth: 3 }
const variants: Shape[] = [
  { normalization: 'l1' },
  { normalization: 'l1', sharedLength: [false, true, false] },
  { normalization: 'l2', sharedLength: [false, false, false] },
  { normalization: 'none', sharedLength: [false, false, false] },
]
const cases = (['mlp', 'resnet'] as const).flatMap((kind) =>
  variants.flatMap((variant) =>
    [false, true]
      .filter((pruned) => !(pruned && variant.normalization === 'none'))
      .map((pruned) => ({ kind, variant, pruned })),
  ),
)

/** Pruned networks may have different widths. */
function networksOf(shape: Shape, count: number, pruned: boolean): NativeNetwork[] {
  return Array.from({ length: count }, (_, k) => {
    const network = drawNetwork({ ...size, ...shape }, k + 1)
    if (pruned) network.prune({ sparsity: 0.6, scale: null })
    if (pruned && k > 0) network.compact()
    return network
  })
}

const weightsOf = (network: NativeNetwork): Weights => ({ config: network.config(), parameters: network.parameters() })
const meanOf = (values: readonly number[]) => sum(values) / values.length

/** Element by element. */
function meanOfVectors(vectors: readonly Float64Array[]): Float64Array {
  return (vectors[0] as Float64Array).map((_, j) => meanOf(vectors.map((vector) => vector[j] as number)))
}

function radiusOf(margin: number, slope: number): number {
  if (margin <= 0) return 0
  return slope === 0 ? Infinity : margin / slope
}

/** Class and radius of one row of outputs. */
function certified(members: readonly Weights[], f: Float64Array, bound: Bound): [label: number, radius: number] {
  const slope = (c: number, k?: number) => meanOf(members.map((member) => slopeBetween(member, bound, c, k)))
  const [first = 0] = f
  if (f.length === 1) return [Number(first > 0), radiusOf(Math.abs(first), slope(0))]
  const c = f.indexOf(Math.max(...f))
  const radii = Array.from(f, (value, k) => (k === c ? Infinity : radiusOf((f[c] as number) - value, slope(c, k))))
  return [c, Math.min(...radii)]
}

for (const { kind, variant, pruned } of cases)
  for (const outputs of [1, 3])
    for (const dtype of ['float64', 'float32'] as Dtype[])
      for (const count of [1, 3]) {
        const name = `${kind}, ${JSON.stringify(variant)}, ${pruned ? 'pruned, ' : ''}${outputs} outputs, ${dtype}`
        t.test(`plain loops find the bounds of the core: ${name}, ${count} networks`, async (t) => {
          const networks = networksOf({ kind, ...variant, outputs, dtype }, count, pruned)
          const members = networks.map(weightsOf)
          const tolerance = dtype === 'float64' ? 1e-12 : 1e-5
          const close = (found: number, expected: number, message: string, within = tolerance) => {
            const same = found === expected || Math.abs(found - expected) <= within * Math.abs(expected)
            if (!same) t.fail(`${message}: ${found} is ${expected}`)
          }
          for (const bound of bounds) {
            const norms = native.pathNorms(meanOfNetworks(networks), bound)
            const expected = meanOfVectors(
              members.map((member) => forwardPathVectors(member, bound)[size.depth + 1] as Float64Array),
            )
            t.equal(norms.outputs.length, outputs)
            for (let i = 0; i < outputs; i++)
              close(norms.outputs[i] as number, expected[i] as number, `${bound}, output ${i}`)
            close(norms.sum, sum(expected), `${bound}, sum`)
            t.equal(norms.max, Math.max(...norms.outputs))
            for (const output of [null, 0, outputs - 1]) {
              const influence = native.influence(meanOfNetworks(networks), bound, output)
              const slopes = meanOfVectors(
                members.map((member) => backwardPathVectors(member, bound, output)[0] as Float64Array),
              )
              t.equal(influence.length, size.inputs)
              for (let j = 0; j < size.inputs; j++)
                close(influence[j] as number, slopes[j] as number, `${bound}, influence ${j}`)
            }
            const rows = 8
            const { x } = drawData(configOf({ ...size, outputs, dtype }), 'mse', rows)
            const certificate = await native.certify(meanOfNetworks(networks), x, rows, allByOne(x), bound, 2)
            const alone = networks.map((network) => predictRows(network, x, rows, 1))
            t.strictSame(
              certificate.outputs,
              Float64Array.from(alone[0] as Float64Array, (_, i) =>
                alone.reduce((sum, f) => sum + (f[i] as number) / count, 0),
              ),
            )
            for (let row = 0; row < rows; row++) {
              const f = certificate.outputs.subarray(row * outputs, (row + 1) * outputs)
              const [label, radius] = certified(members, f, bound)
              t.equal(certificate.classes[row], label)
              const found = certificate.radii[row] as number
              const rounding = dtype === 'float64' ? 1e-12 : 1e-4
              if (!(found <= radius && found >= radius - rounding * (radius + 10)))
                t.fail(`${bound}, radius ${row}: ${found} is ${radius}, less what rounding may change`)
            }
          }
          const [network, member] = [networks[0] as NativeNetwork, members[0] as Weights]
          const first = network.firstLayer()
          const [w] = weightsInUse(member, 0)
          const q = backwardPathVectors(member, 'improved', null)[1] as Float64Array
          t.strictSame([first.units, first.inputs], [w?.rows, w?.columns])
          for (const [e, weight] of first.weights.entries()) close(weight, w?.data[e] as number, `weight ${e}`, 1e-12)
          first.shares.forEach((share, i) => {
            const row = first.weights.subarray(i * first.inputs, (i + 1) * first.inputs)
            close(share, (q[i] as number) * sum(row.map(Math.abs)), `share ${i}`, 1e-12)
          })
          close(
            sum(first.shares),
            native.pathNorms(meanOfNetworks([network]), 'improved').sum,
            'shares sum to the path norm',
          )
        })
      }

t.test('certificates of a mean have the same bits for any number of threads', async (t) => {
  const networks = networksOf({ outputs: 3 }, 5, false)
  const rows = 200
  const { x } = drawData(configOf({ ...size, outputs: 3 }), 'mse', rows)
  const one = await native.certify(meanOfNetworks(networks), x, rows, allByOne(x), 'tight', 1)
  for (const threads of [2, 3, 16])
    t.strictSame(await native.certify(meanOfNetworks(networks), x, rows, allByOne(x), 'tight', threads), one)
  t.strictSame(await native.predictMean(meanOfNetworks(networks), x, rows, 4), one.outputs)
})

t.test('a certificate is that of the networks at the call, whatever becomes of them', async (t) => {
  const networks = networksOf({ outputs: 3 }, 3, false)
  const rows = 50
  const { x } = drawData(configOf({ ...size, outputs: 3 }), 'mse', rows)
  const before = await native.certify(meanOfNetworks(networks), x, rows, allByOne(x), 'improved', 2)
  const running = native.certify(meanOfNetworks(networks), x, rows, allByOne(x), 'improved', 2)
  const others = drawNetwork({ ...size, outputs: 3 }, 9).parameters()
  networks[0]?.setParameters(others)
  networks[1]?.dispose()
  t.strictSame(await running, before)
})

t.test('networks that take different inputs: the mean is that of each with its own', async (t) => {
  const close = (found: number, expected: number, message: string) => {
    if (Math.abs(found - expected) > 1e-12 * Math.abs(expected)) t.fail(`${message}: ${found} is ${expected}`)
  }
  for (const dtype of ['float64', 'float32'] as const) {
    const sizes = [3, 4, 3]
    const networks = sizes.map((inputs, k) => drawNetwork({ ...size, inputs, outputs: 3, dtype }, k + 1))
    const taken = [Uint32Array.of(0, 2, 4), Uint32Array.of(0, 1, 3, 4), Uint32Array.of(1, 2, 3)]
    const mean = { networks, inputs: 5, taken }
    const rows = 7
    const { x } = drawData(configOf({ ...size, inputs: 5, outputs: 3, dtype }), 'mse', rows)
    const own = taken.map((inputs) => {
      const data = new (dtype === 'float32' ? Float32Array : Float64Array)(rows * inputs.length)
      return data.map((_, k) => x[Math.floor(k / inputs.length) * 5 + (inputs[k % inputs.length] as number)] as number)
    })
    const alone = networks.map((network, k) => predictRows(network, own[k] as Float64Array, rows, 1))
    const expected = Float64Array.from(alone[0] as Float64Array, (_, i) =>
      alone.reduce((sum, f) => sum + (f[i] as number) / 3, 0),
    )
    t.strictSame(await native.predictMean(mean, x, rows, 2), expected)
    const { outputs } = await native.certify(mean, x, rows, allByOne(x), 'tight', 2)
    t.strictSame(outputs, expected)
    for (const output of [null, 1]) {
      const slopes = new Float64Array(5)
      networks.forEach((network, k) => {
        const single = native.influence(meanOfNetworks([network]), 'tight', output)
        single.forEach((slope, j) => {
          const at = taken[k]?.[j] as number
          slopes[at] = (slopes[at] as number) + slope / 3
        })
      })
      const found = native.influence(mean, 'tight', output)
      for (const [j, slope] of found.entries()) close(slope, slopes[j] as number, `input ${j}`)
    }
    const norms = native.pathNorms(mean, 'tight')
    const each = networks.map((network) => native.pathNorms(meanOfNetworks([network]), 'tight').sum)
    close(
      norms.sum,
      each.reduce((sum, norm) => sum + norm / 3, 0),
      'path norm',
    )
  }
})

t.test('lists that have no mean are refused', async (t) => {
  const network = drawNetwork({ ...size, outputs: 3 })
  const refused = (networks: NativeNetwork[], code: string) =>
    t.throws(() => native.pathNorms(meanOfNetworks(networks), 'improved'), { code })
  refused([], 'ERR_OPTION')
  refused([network, {} as NativeNetwork], 'ERR_OPTION')
  refused([network, drawNetwork({ ...size, outputs: 2 })], 'ERR_SHAPE')
  const wider = [network, drawNetwork({ ...size, inputs: 4, outputs: 3 })]
  refused(wider, 'ERR_SHAPE')
  const three = Uint32Array.of(0, 1, 2)
  const x = new Float64Array(5)
  for (const taken of [[three], [three, three], [three, Uint32Array.of(0, 1, 2, 5)], [three, three, three]]) {
    const mean = { networks: wider, inputs: 5, taken }
    t.throws(() => native.predictMean(mean, x, 1, 1), { code: 'ERR_SHAPE' })
    t.throws(() => native.influence(mean, 'improved', null), { code: 'ERR_SHAPE' })
  }
  refused([network, drawNetwork({ ...size, outputs: 3, dtype: 'float32' })], 'ERR_NATIVE')
  network.dispose()
  refused([network], 'ERR_DISPOSED')
})

t.test('weights of the first layer are those that the network uses', async (t) => {
  const network = drawNetwork({ inputs: 3, width: 4, depth: 1, outputs: 4 }, 2)
  const parameters = network.parameters()
  // the last layer hands each unit on; a large bias keeps every unit active
  parameters['layers.0.b']?.data.fill(100)
  parameters['layers.1.v']?.data.set([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  parameters['layers.1.g']?.data.fill(1)
  network.setParameters(parameters)
  const { weights } = network.firstLayer()
  const outputs = predictRows(network, Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), 4, 1)
  for (let j = 0; j < 3; j++) {
    for (let i = 0; i < 4; i++) {
      const slope = (outputs[4 * (j + 1) + i] as number) - (outputs[i] as number)
      t.ok(Math.abs(slope - (weights[3 * i + j] as number)) < 1e-12, `unit ${i}, input ${j}`)
    }
  }
})

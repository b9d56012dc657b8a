import t from 'tap'
import type { NativeNetwork } from '#psilon/core/native.js'
import type { Bound, Dtype } from '#psilon/words.js'
import { native } from '../addon/native.mjs'
import { configOf, drawData, drawNetwork, predictRows, type Shape, sum } from '../support/core.js'
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
            const norms = native.pathNorms(networks, bound)
            const expected = meanOfVectors(
              members.map((member) => forwardPathVectors(member, bound)[size.depth + 1] as Float64Array),
            )
            t.equal(norms.outputs.length, outputs)
            for (let i = 0; i < outputs; i++)
              close(norms.outputs[i] as number, expected[i] as number, `${bound}, output ${i}`)
            close(norms.sum, sum(expected), `${bound}, sum`)
            t.equal(norms.max, Math.max(...norms.outputs))
            for (const output of [null, 0, outputs - 1]) {
              const influence = native.influence(networks, bound, output)
              const slopes = meanOfVectors(
                members.map((member) => backwardPathVectors(member, bound, output)[0] as Float64Array),
              )
              t.equal(influence.length, size.inputs)
              for (let j = 0; j < size.inputs; j++)
                close(influence[j] as number, slopes[j] as number, `${bound}, influence ${j}`)
            }
            const rows = 8
            const { x } = drawData(configOf({ ...size, outputs, dtype }), 'mse', rows)
            const certificate = await native.certify(
              networks,
              [x],
              networks.map(() => 0),
              rows,
              bound,
              2,
            )
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
          close(sum(first.shares), native.pathNorms([network], 'improved').sum, 'shares sum to the path norm')
        })
      }

t.test('certificates of a mean have the same bits for any number of threads', async (t) => {
  const networks = networksOf({ outputs: 3 }, 5, false)
  const rows = 200
  const { x } = drawData(configOf({ ...size, outputs: 3 }), 'mse', rows)
  const one = await native.certify(
    networks,
    [x],
    networks.map(() => 0),
    rows,
    'tight',
    1,
  )
  for (const threads of [2, 3, 16])
    t.strictSame(
      await native.certify(
        networks,
        [x],
        networks.map(() => 0),
        rows,
        'tight',
        threads,
      ),
      one,
    )
  t.strictSame(
    await native.predictMean(
      networks,
      [x],
      networks.map(() => 0),
      rows,
      4,
    ),
    one.outputs,
  )
})

t.test('a certificate is that of the networks at the call, whatever becomes of them', async (t) => {
  const networks = networksOf({ outputs: 3 }, 3, false)
  const rows = 50
  const { x } = drawData(configOf({ ...size, outputs: 3 }), 'mse', rows)
  const before = await native.certify(
    networks,
    [x],
    networks.map(() => 0),
    rows,
    'improved',
    2,
  )
  const running = native.certify(
    networks,
    [x],
    networks.map(() => 0),
    rows,
    'improved',
    2,
  )
  const others = drawNetwork({ ...size, outputs: 3 }, 9).parameters()
  networks[0]?.setParameters(others)
  networks[1]?.dispose()
  t.strictSame(await running, before)
})

t.test('lists that have no mean are refused', async (t) => {
  const network = drawNetwork({ ...size, outputs: 3 })
  const refused = (networks: NativeNetwork[], code: string) =>
    t.throws(() => native.pathNorms(networks, 'improved'), { code })
  refused([], 'ERR_OPTION')
  refused([network, {} as NativeNetwork], 'ERR_OPTION')
  refused([network, drawNetwork({ ...size, outputs: 2 })], 'ERR_SHAPE')
  const wider = [network, drawNetwork({ ...size, inputs: 4, outputs: 3 })]
  t.throws(() => native.influence(wider, 'improved', null), { code: 'ERR_SHAPE' })
  const table = new Float64Array(size.inputs)
  for (const [tables, tableOf] of [
    [[table], [0, 0]],
    [
      [table, table],
      [0, 1],
    ],
    [[table], [0]],
    [[table], [0, 1]],
  ] as const) {
    t.throws(() => native.predictMean(wider, tables, tableOf, 1, 1), { code: 'ERR_SHAPE' }, `${tableOf}`)
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

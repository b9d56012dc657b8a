import t from 'tap'
import type { NativeNetwork } from '#psilon/core/native.js'
import type { NativeFitOptions } from '#psilon/fit/settings.js'
import { native } from '../addon/native.mjs'
import {
  configOf,
  drawData,
  drawNetwork,
  envelope,
  meanOf,
  objective,
  predictRows,
  rowsOf,
  type Shape,
} from '../support/core.js'
import { fitDefaults, fitNative } from '../support/native-fit.js'

const none = { sparsity: null, scale: null }
const close = (a: ArrayLike<number>, b: ArrayLike<number>, room = 1e-12) =>
  Array.from(a).every((x, i) => Math.abs(x - (b[i] as number)) <= room * Math.max(1, Math.abs(x)))

function zeros(network: NativeNetwork): number {
  const rows = rowsOf(network.parameters(), 'v').flatMap((layer) => layer.flat())
  return rows.reduce((total, v) => total + v.filter((x) => x === 0).length / v.length, 0) / rows.length
}

const shapes: Shape[] = (['mlp', 'resnet'] as const).flatMap((kind) =>
  (['l1', 'l2'] as const).map((normalization) => ({ kind, normalization, width: 30, inputs: 20, depth: 3 })),
)

t.test('projecting rows as they are gives the weights of alpha = 1', async (t) => {
  for (const shape of shapes) {
    const network = drawNetwork(shape)
    const data = drawData(configOf(shape), 'mse')
    const { outputs, exactSparsity } = native.evaluate(network, data, objective, 1, 1)
    network.prune(none)
    t.ok(close(predictRows(network, data.x, data.rows, 1), outputs), 'the function is that of the projected network')
    t.equal(network.sparsity().exact, exactSparsity)
    t.equal(network.sparsity().projected, network.sparsity().exact)
    t.ok(Math.abs(zeros(network) - network.sparsity().exact) < 1e-12, 'exact sparsity counts the zeros')
    t.ok(network.config().pruned)
    if (shape.normalization === 'l2')
      t.notOk(network.config().sharedLength.includes(true), 'L2 rows get their own lengths')
  }
})

t.test('a target sparsity is reached, and hardly exceeded', async (t) => {
  for (const dtype of ['float32', 'float64'] as const)
    for (const shape of shapes) {
      const network = drawNetwork({ ...shape, dtype })
      for (const sparsity of [0.3, 0.6, 0.9, 0.93]) {
        network.prune({ sparsity, scale: null })
        const { exact } = network.sparsity()
        t.ok(exact >= sparsity && exact < sparsity + 0.01, `${exact} for ${sparsity}`)
        network.prune({ sparsity: sparsity / 2, scale: null })
        t.equal(network.sparsity().exact, exact, 'a lower target changes nothing')
      }
      for (const layer of rowsOf(network.parameters(), 'v'))
        for (const matrices of layer)
          t.ok(
            envelope(matrices).some((v) => v > 0),
            'every row keeps an entry',
          )
    }
})

t.test('round targets of many networks are met to the last bit', async (t) => {
  for (let seed = 1; seed <= 200; seed++)
    for (const sparsity of [0.5, 0.8]) {
      const network = new native.Network(configOf({ inputs: 24, width: 24, dtype: 'float32' }), seed)
      network.prune({ sparsity, scale: null })
      const { exact } = network.sparsity()
      if (exact < sparsity) t.fail(`${exact} for ${sparsity}, seed ${seed}`)
    }
})

t.test('a larger scale prunes more, the scale 1 nothing', async (t) => {
  for (const shape of shapes) {
    let before = -1
    for (const scale of [1.0001, 2, 4, 8, 16, 1e3]) {
      const network = drawNetwork(shape)
      network.prune({ sparsity: null, scale })
      const { exact } = network.sparsity()
      t.ok(exact >= before, `${exact} at scale ${scale}`)
      before = exact
    }
    t.ok(before > 0.9)
    if (shape.normalization === 'l2') continue // g p has L1 norm |g|, the weights it replaces L2 norm |g|
    const network = drawNetwork(shape)
    const x = drawData(configOf(shape), 'mse').x
    const outputs = predictRows(network, x, 5, 1)
    network.prune({ sparsity: null, scale: 1.0001 })
    t.ok(close(predictRows(network, x, 5, 1), outputs, 1e-2))
  }
})

t.test('a target beyond one entry a row is refused with what can be reached', async (t) => {
  const network = drawNetwork({ width: 4, inputs: 4, depth: 2, outputs: 1 })
  const expected = {
    code: 'ERR_UNREACHABLE',
    message: 'sparsity 80 % cannot be reached: every row keeps an entry, so 75 % is the most this network can have',
  }
  t.throws(() => network.prune({ sparsity: 0.8, scale: null }), expected)
  t.equal(network.sparsity().exact, 0, 'and the network stays as it was')
  network.prune({ sparsity: 0.75, scale: null })
  t.equal(network.sparsity().exact, 0.75)
})

t.test('a plain network has no projection', async (t) => {
  const network = drawNetwork({ normalization: 'none', sharedLength: [false, false] })
  t.throws(() => network.prune(none), { code: 'ERR_UNSUPPORTED' })
})

t.test('training prunes to the target, and goes on with the support it found', async (t) => {
  for (const shape of shapes) {
    const network = new native.Network(configOf({ ...shape, outputs: 1 }), 3)
    const data = drawData(network.config(), 'mse', 60)
    const options: NativeFitOptions = {
      ...fitDefaults,
      epochs: 30,
      prune: { sparsity: 0.85, scale: null, from: 0.2, to: 0.6, restart: true },
    }
    const { epochs, end } = await fitNative(network, data, options)
    t.equal(end.stopped, 'completed')
    t.ok(network.sparsity().exact >= 0.85, `${network.sparsity().exact}`)
    t.equal(epochs.at(-1)?.exactSparsity, network.sparsity().exact)
    t.strictSame(
      [epochs[4]?.alpha, epochs[17]?.alpha, epochs[18]?.alpha],
      [0, 1, 0],
      'the blend of epochs 5, 18 and 19',
    )
    t.ok((epochs[10]?.alpha as number) > 0 && (epochs[10]?.alpha as number) < 1)

    const support = rowsOf(network.parameters(), 'v')
      .flat(2)
      .map((v) => Array.from(v, (x) => x === 0))
    await fitNative(network, data, { ...fitDefaults, epochs: 3 })
    const later = rowsOf(network.parameters(), 'v').flat(2)
    t.ok(
      later.every((v, i) => v.every((x, j) => !support[i]?.[j] || x === 0)),
      'zeros stay zeros in a later fit',
    )
  }
})

t.test('pruning a pruned network in a fit never loses a zero', async (t) => {
  for (const shape of shapes)
    for (const target of [
      { sparsity: null, scale: 1 },
      { sparsity: null, scale: 1.01 },
      { sparsity: 0.2, scale: null },
      { sparsity: 0.9, scale: null },
    ]) {
      const network = drawNetwork({ ...shape, outputs: 1 }, 3)
      network.prune({ sparsity: 0.7, scale: null })
      const { exact } = network.sparsity()
      const data = drawData(network.config(), 'mse', 60)
      const options = { ...fitDefaults, epochs: 30, prune: { ...target, from: 0.2, to: 0.6, restart: true } }
      const { epochs } = await fitNative(network, data, options)
      const after = network.sparsity().exact
      t.ok(after >= Math.max(exact, target.sparsity ?? 0), `${after} after ${exact}`)
      t.ok(
        epochs.every((epoch) => epoch.exactSparsity >= exact - 1e-12),
        'in no epoch',
      )
    }
})

t.test('a fit that ends in mid-homotopy leaves the blend it trained', async (t) => {
  for (const shape of shapes) {
    const network = new native.Network(configOf({ ...shape, outputs: 1 }), 3)
    const data = drawData(network.config(), 'mse', 40)
    const reached: number[] = []
    const { end } = await fitNative(
      network,
      data,
      {
        ...fitDefaults,
        epochs: 1e6,
        batchSize: 40,
        prune: { sparsity: 0.8, scale: null, from: 0, to: 1, restart: true },
      },
      (epoch, job) => {
        reached.push(epoch.pathNorm)
        if (epoch.alpha >= 1e-3) job.cancel()
      },
    )
    t.equal(end.stopped, 'cancelled')
    const norm = native.pathNorms(meanOf([network]), 'improved').outputs[0] as number
    t.ok(Math.abs(norm - (reached[end.epoch - 1] as number)) < 1e-9 * norm, 'the path norm of its last finished epoch')
    t.notOk(network.config().pruned)
  }
})

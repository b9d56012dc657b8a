import t from 'tap'
import type { Epoch } from '#psilon/core/native.js'
import { native } from '#psilon/core/native.js'
import type { NativeFitOptions } from '#psilon/fit/settings.js'
import { configOf, drawData, predictRows, type Shape } from '../support/core.js'
import { fitDefaults, fitNative } from '../support/native-fit.js'

// wide enough that every operation is cut among the threads
const cases: { shape: Shape; options: Partial<NativeFitOptions>; rows: number }[] = [
  {
    shape: { width: 150, depth: 2, inputs: 37, outputs: 1 },
    options: { prune: { sparsity: 0.8, scale: null, from: 0.3, to: 0.6, restart: true } },
    rows: 400,
  },
  {
    shape: { kind: 'resnet', width: 130, depth: 3, inputs: 20, outputs: 4 },
    options: { loss: 'softmax', regularizer: 'path' },
    rows: 300,
  },
  {
    shape: {
      kind: 'resnet',
      width: 140,
      depth: 2,
      inputs: 20,
      outputs: 3,
      normalization: 'l2',
      sharedLength: [false, false],
    },
    options: { loss: 'bce', regularizer: 'path-improved', projection: 'every-step' },
    rows: 250,
  },
  {
    shape: { kind: 'resnet', width: 140, depth: 2, inputs: 20, outputs: 1, normalization: 'l2' },
    options: { regularizer: 'l2' },
    rows: 250,
  },
]

function bits(epochs: Epoch[]): Omit<Epoch, 'seconds'>[] {
  return epochs.map(({ seconds: _clock, ...figures }) => figures)
}

t.test('the same bits for any number of threads', async (t) => {
  for (const { shape, options, rows } of cases)
    for (const dtype of ['float32', 'float64'] as const) {
      const train = async (threads: number) => {
        const network = new native.Network(configOf({ ...shape, dtype }), 11)
        const config = network.config()
        const data = drawData(config, options.loss ?? 'mse', rows)
        const validation = drawData(config, options.loss ?? 'mse', 90, 5)
        const goal = { ...fitDefaults, epochs: 5, batchSize: 128, ...options, threads }
        const { epochs } = await fitNative(network, data, goal, undefined, validation)
        const outputs = predictRows(network, validation.x, validation.rows, threads)
        return { parameters: network.parameters(), epochs: bits(epochs), outputs }
      }
      const one = await train(1)
      t.ok(one.epochs.every((epoch) => Number.isFinite(epoch.loss)))
      for (const threads of [2, 3, 7]) t.strictSame(await train(threads), one, `${threads} threads`)
    }
})

t.test('the seed decides the first parameters and the order of rows', async (t) => {
  const first = (seed: number) => new native.Network(configOf({}), seed).parameters()
  t.strictSame(first(3), first(3))
  t.notSame(first(3), first(4))
  const network = () => new native.Network(configOf({ outputs: 1 }), 1)
  const data = drawData(network().config(), 'mse', 50)
  const train = async (seed: number) => {
    const trained = network()
    await fitNative(trained, data, { ...fitDefaults, seed })
    return trained.parameters()
  }
  t.strictSame(await train(5), await train(5))
  t.notSame(await train(5), await train(6))
})

t.test('whoever asks first, on whatever thread, the first parameters are those of the seed', async (t) => {
  const config = configOf({ outputs: 1, width: 150, dtype: 'float32' })
  const network = () => new native.Network(config, 9)
  const data = drawData(config, 'mse', 50)
  const parameters = network().parameters()
  const outputs = new Float32Array(50)
  network().predictSync(data.x, 50, 1, outputs)
  const trained = network()
  trained.setParameters(parameters)
  await fitNative(trained, data, fitDefaults)

  const asked = network()
  const fit = fitNative(asked, data, fitDefaults)
  const predicted = Promise.all([1, 2, 3].map((threads) => asked.predict(data.x, 50, threads)))
  t.strictSame(asked.parameters(), parameters)
  for (const each of await predicted) t.strictSame(each, outputs)
  await fit
  t.strictSame(asked.parameters(), trained.parameters())

  const replaced = network()
  const before = replaced.predict(data.x, 50, 1)
  replaced.setParameters(trained.parameters())
  t.strictSame(await before, outputs)
  const disposed = network()
  const last = disposed.predict(data.x, 50, 1)
  disposed.dispose()
  t.strictSame(await last, outputs)
})

t.test('permutations are permutations, one for each seed', async (t) => {
  const order = native.permutation(1000, 5)
  t.strictSame(
    Array.from(order).sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, i) => i),
  )
  t.strictSame(native.permutation(1000, 5), order)
  t.notSame(native.permutation(1000, 6), order)
  t.equal(native.permutation(0, 1).length, 0)
})

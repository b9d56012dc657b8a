import t from 'tap'
import type { Epoch, NativeData, NativeNetwork, Parameters } from '#psilon/core/native.js'
import { native } from '../addon/native.mjs'
import { configOf, drawData, objective, type Shape } from '../support/core.js'
import { fitDefaults, fitNative } from '../support/native-fit.js'

const shape: Shape = { depth: 3, width: 8, outputs: 1 }

/** Validation rows on which every step of training is a step for the worse. */
function opposite(data: NativeData): NativeData {
  return { ...data, y: data.y.map((y) => -10 * y) }
}

/** Up to the order of sums. */
function close(a: number, b: number | undefined): boolean {
  return Math.abs(a - (b as number)) <= 1e-5 * a
}

function best(epochs: Epoch[]): Epoch {
  return epochs.reduce((a, b) => ((b.validationLoss as number) < (a.validationLoss as number) ? b : a))
}

function lossOf(network: NativeNetwork, data: NativeData): number {
  return native.evaluate(network, data, objective, 0, 1).loss
}

t.test('every epoch takes the rows in another order', async (t) => {
  const network = new native.Network(configOf(shape), 1)
  const data = drawData(network.config(), 'mse', 5)
  // the last batch is one row, which then makes half of the epoch's loss; nothing is learned
  const options = { ...fitDefaults, epochs: 20, batchSize: 4, schedule: 'constant' as const, learningRate: 1e-300 }
  const { epochs } = await fitNative(network, data, options)
  t.ok(new Set(epochs.map((epoch) => epoch.loss.toFixed(9))).size > 2)
})

t.test('a cancelled run with early stopping keeps the best epoch', async (t) => {
  const network = new native.Network(configOf(shape), 1)
  const data = drawData(network.config(), 'mse', 40)
  const earlyStopping = { patience: 1e9, minDelta: 0 }
  const options = { ...fitDefaults, epochs: 1e9, schedule: 'constant' as const, earlyStopping }
  const stop = (epoch: Epoch, job: { cancel(): void }) => epoch.epoch >= 30 && job.cancel()
  const { epochs, end } = await fitNative(network, data, options, stop, opposite(data))
  t.equal(end.stopped, 'cancelled')
  t.equal(end.epoch, best(epochs).epoch)
  t.ok(end.epoch < (epochs.at(-1)?.epoch as number), `the best of ${epochs.length} is ${end.epoch}`)
  t.ok(close(lossOf(network, opposite(data)), best(epochs).validationLoss))
})

t.test('a failed run with early stopping keeps the best epoch, without it the last finished one', async (t) => {
  for (const earlyStopping of [{ patience: 5000, minDelta: 0 }, null]) {
    const network = new native.Network(configOf({ ...shape, dtype: 'float32' }), 1)
    const drawn = drawData(network.config(), 'mse', 40)
    // targets so large that, as lengths grow, squares of gradients overflow after some epochs
    const data = { ...drawn, y: drawn.y.map(() => 2e20) }
    const epochs: Epoch[] = []
    const rates = { schedule: 'constant' as const, learningRate: 0.1 }
    const options = { ...fitDefaults, ...rates, epochs: 1000, batchSize: 40, earlyStopping }
    const run = fitNative(network, data, options, (epoch) => epochs.push(epoch), opposite(data))
    await t.rejects(run, { code: 'ERR_NON_FINITE' })
    t.ok(epochs.length > best(epochs).epoch, `${epochs.length} epochs before it`)
    const kept = earlyStopping === null ? epochs.at(-1) : best(epochs)
    const found = lossOf(network, opposite(data))
    t.ok(close(found, kept?.validationLoss), `${found}, ${kept?.validationLoss}`)
  }
})

t.test('what the callback of epochs throws ends the fit, and is its error', async (t) => {
  const data = drawData(configOf(shape), 'mse', 40)
  for (const thrown of [new Error('of the callback'), 'text', undefined]) {
    let calls = 0
    const fail = () => {
      calls++
      throw thrown
    }
    const options = { ...fitDefaults, epochs: 1_000_000_000 }
    const end = await fitNative(new native.Network(configOf(shape), 1), data, options, fail).catch((error) => [error])
    t.strictSame(end, [thrown])
    t.equal(calls, 1)
  }
})

t.test('early stopping looks at epochs after pruning alone', async (t) => {
  const network = new native.Network(configOf(shape), 1)
  const data = drawData(network.config(), 'mse', 40)
  const prune = { sparsity: 0.5, scale: null, from: 0.2, to: 0.5, restart: true }
  const options = { ...fitDefaults, epochs: 40, prune, earlyStopping: { patience: 3, minDelta: 0 } }
  const { epochs, end } = await fitNative(network, data, options, undefined, opposite(data))
  t.equal(end.stopped, 'early-stopping')
  t.ok(end.epoch > 20 && epochs.length === end.epoch + 3, `${end.epoch} of ${epochs.length}`)
  t.ok(network.sparsity().exact >= 0.5)
})

t.test('the learning rate begins anew with the first epoch on the support, or goes on', async (t) => {
  const data = drawData(configOf(shape), 'mse', 40)
  for (const [epochs, begin] of [
    [20, 10],
    [15, 8], // the eighth epoch begins in the homotopy
  ] as const)
    for (const restart of [true, false]) {
      const options = {
        ...fitDefaults,
        epochs,
        batchSize: 20,
        prune: { sparsity: 0.5, scale: null, from: 0.2, to: 0.5, restart },
      }
      const run = await fitNative(new native.Network(configOf(shape), 1), data, options)
      const expected = (epoch: number) => {
        const first = restart && epoch >= begin ? begin : 0
        return native.schedule(fitDefaults.schedule, epoch - first, epochs - first, fitDefaults.learningRate)
          .learningRate
      }
      t.strictSame(
        run.epochs.map(({ learningRate }) => learningRate),
        Array.from({ length: epochs }, (_, epoch) => expected(epoch)),
      )
    }
})

t.test('a last batch of any size', async (t) => {
  // fewer rows let more panels of a product into a block, and fewer than two times the width leave it in one chunk
  for (const [rows, batchSize, width, depth] of [
    [790, 400, 500, 3],
    [4681, 2341, 500, 1],
    [126, 64, 200, 3],
    [790, 400, 100, 2],
    [2023, 1024, 500, 2],
    [401, 400, 33, 2],
  ] as const) {
    const config = configOf({ inputs: 12, width, depth, outputs: 1, dtype: 'float32' })
    const data = drawData(config, 'mse', rows)
    const bits: Parameters[] = []
    for (const threads of [1, 2, 3]) {
      const network = new native.Network(config, 1)
      const { epochs } = await fitNative(network, data, { ...fitDefaults, epochs: 2, batchSize, threads })
      t.ok(Number.isFinite(epochs[1]?.loss), `${rows} rows in batches of ${batchSize}`)
      bits.push(network.parameters())
    }
    t.strictSame(bits[1], bits[0])
    t.strictSame(bits[2], bits[0])
  }
})

import { type Epoch, PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { sliceClasses, smoothTargets, someRows } from '../support/tables.js'

const x = someRows(100, 5)
const data = { x, y: smoothTargets(x) }
const small = (options: object = {}) => new PsilonNet({ inputs: 5, hidden: 12, seed: 11, ...options })
/** A fit that would go on for hours. */
const endless = { epochs: 1_000_000_000, batchSize: 10 }

async function firstEpochs(run: AsyncIterable<Epoch>, count: number): Promise<Epoch[]> {
  const epochs: Epoch[] = []
  for await (const epoch of run) if (epochs.push(epoch) === count) break
  return epochs
}

for (const Net of [PsilonNet, PsilonResNet]) {
  t.test(`${Net.name} learns`, async (t) => {
    const net = new Net({ inputs: 5, hidden: 24, depth: 2, seed: 1 })
    const { epochs } = await net.fit(data, { epochs: 200, batchSize: 20, learningRate: 0.01, lambda: 1e-4 })
    const [first, last] = [epochs[0] as Epoch, epochs.at(-1) as Epoch]
    t.ok(last.loss < 0.1 * first.loss, `the loss goes from ${first.loss} to ${last.loss}`)
  })

  t.test(`${Net.name} separates classes`, async (t) => {
    const net = new Net({ inputs: 5, hidden: 24, depth: 2, outputs: 3, seed: 1 })
    const y = sliceClasses(x, 3)
    const options = { loss: 'softmax', epochs: 300, batchSize: 20, learningRate: 0.01, lambda: 1e-5 } as const
    await net.fit({ x, y }, options)
    const { classes } = await net.certify(x)
    const right = y.filter((label, i) => label === classes[i]).length
    t.ok(right >= 90, `${right} of 100 rows are right`)
  })
}

t.test('the history tells what happened', async (t) => {
  const net = small()
  const run = net.fit(data, { epochs: 7, threads: 1 })
  const seen: Epoch[] = []
  for await (const epoch of run) seen.push(epoch)
  const history = await run
  t.same(seen, history.epochs)
  t.same(
    history.epochs.map(({ epoch }) => epoch),
    [1, 2, 3, 4, 5, 6, 7],
  )
  t.match(history, { stopped: 'completed', epoch: 7, device: { name: 'cpu', threads: 1 } })
  t.ok(history.seconds > 0)
  t.ok(history.device.instructionSet.length > 0)
  t.match(history.device.reason, /^CUDA cannot be used: ./)
  for (const epoch of history.epochs) {
    t.ok(Object.values(epoch).every(Number.isFinite))
    t.notOk('validationLoss' in epoch)
  }
  const { reason } = (await net.fit(data, { epochs: 1, device: 'cpu' })).device
  t.equal(reason, 'device "cpu" was asked for')
})

t.test('the same seed gives the same bits, for any number of threads', async (t) => {
  const fitted = async (options: object) => {
    const net = small()
    await net.fit(data, { epochs: 20, batchSize: 30, ...options })
    return net.parameters
  }
  const expected = await fitted({ threads: 1 })
  for (const threads of [1, 2, 3]) t.same(await fitted({ threads }), expected)
  t.same(await fitted({ seed: 11 }), expected, 'the seed of a fit is that of the network')
  t.notSame(await fitted({ seed: 12 }), expected)
})

t.test('the batch size is at most the number of rows', async (t) => {
  const fitted = async (batchSize: number) => {
    const net = small()
    await net.fit(data, { epochs: 5, batchSize })
    return net.parameters
  }
  t.same(await fitted(1000), await fitted(100))
})

t.test('a fit goes on with the network as it is', async (t) => {
  const net = small()
  await net.fit(data, { epochs: 60, batchSize: 20, learningRate: 0.01 })
  const { epochs } = await net.fit(data, { epochs: 1, schedule: 'constant', learningRate: 1e-9 })
  const fresh = await small().fit(data, { epochs: 1, schedule: 'constant', learningRate: 1e-9 })
  t.ok((epochs[0] as Epoch).loss < 0.5 * (fresh.epochs[0] as Epoch).loss)
})

t.test('validation is evaluated after every so many epochs, and the last', async (t) => {
  const { epochs } = await small().fit(data, { epochs: 8, validation: { ...data, every: 3 } })
  const evaluated = epochs.filter(({ validationLoss }) => validationLoss !== undefined)
  t.same(
    evaluated.map(({ epoch }) => epoch),
    [3, 6, 8],
  )
})

t.test('early stopping keeps the best epoch', async (t) => {
  const net = small()
  const xv = someRows(40, 5, 9)
  const validation = { x: xv, y: smoothTargets(xv).map((value) => -value) }
  const options = { epochs: 500, batchSize: 20, learningRate: 0.05, schedule: 'constant', validation } as const
  const history = await net.fit(data, { ...options, earlyStopping: { patience: 5 } })
  t.equal(history.stopped, 'early-stopping')
  const losses = history.epochs.map(({ validationLoss }) => validationLoss as number)
  const best = losses.indexOf(Math.min(...losses)) + 1
  t.equal(history.epoch, best)
  t.equal(history.epochs.length, best + 5)
  const outputs = net.predictSync(xv).data
  const mse = validation.y.reduce((sum, y, i) => sum + (y - (outputs[i] as number)) ** 2, 0) / 40
  t.ok(Math.abs(mse - (losses[best - 1] as number)) < 1e-4 * mse, 'the network has the parameters of the best epoch')
})

t.test('cancel ends the run with its finished epochs', async (t) => {
  const net = small()
  const run = net.fit(data, { ...endless, loss: 'mse' })
  await firstEpochs(run, 3)
  run.cancel()
  const history = await run
  t.equal(history.stopped, 'cancelled')
  t.ok(history.epochs.length >= 3)
  t.equal(history.epoch, history.epochs.length)
  t.equal(net.loss, 'mse')
  await net.fit(data, { epochs: 1 })
})

t.test('an aborted signal rejects with the history', async (t) => {
  const net = small()
  const controller = new AbortController()
  const run = net.fit(data, { ...endless, signal: controller.signal })
  await firstEpochs(run, 2)
  controller.abort('tired')
  await t.rejects(run, {
    code: 'ERR_CANCELLED',
    message: '[fit] cancelled by its signal',
    cause: 'tired',
    details: { history: { stopped: 'cancelled' } },
  })
  await net.fit(data, { epochs: 1 })
})

t.test('while a fit runs the network is what it was, and refuses to be changed', async (t) => {
  const net = small()
  const before = net.predictSync(x)
  const { parameters } = net
  const run = net.fit(data, endless)
  await firstEpochs(run, 2)
  t.same(await net.predict(x), before)
  t.same(net.predictSync(x), before)
  t.same(net.parameters, parameters)
  t.equal(net.loss, null)
  const busy = (operation: string) => ({
    code: 'ERR_BUSY',
    message: `[${operation}] a fit of this network is running; wait for it or cancel it`,
  })
  await t.rejects(net.fit(data, { epochs: 1 }), busy('fit'))
  t.throws(() => net.prune({ sparsity: 0.5 }), busy('prune'))
  t.throws(() => net.compact(), busy('compact'))
  t.throws(() => net.setParameters(parameters), busy('setParameters'))
  run.cancel()
  await run
  t.notSame(net.predictSync(x), before)
})

t.test('a loss that is no longer finite ends the run, with its figures', async (t) => {
  const net = small()
  const far = { x, y: data.y.map((_, i) => (i === 0 ? 1e30 : 0)) }
  const error = (await net
    .fit(far, { epochs: 50, batchSize: 100, learningRate: 0.5, lambda: 0.25 })
    .catch((e) => e)) as {
    code: string
    message: string
    details: Record<string, unknown>
  }
  t.equal(error.code, 'ERR_NON_FINITE')
  t.match(error.message, /^\[fit\] /)
  t.match(error.details, { epoch: Number, step: Number, learningRate: Number, lambda: 0.25 })
  t.ok(Object.values(net.parameters).every(({ data }) => data.every(Number.isFinite)))
})

t.test('a sparsity that cannot be reached is refused before anything is trained', async (t) => {
  const net = small()
  const { parameters } = net
  await t.rejects(net.fit(data, { prune: { sparsity: 0.999 } }), { code: 'ERR_UNREACHABLE' })
  t.same(net.parameters, parameters)
})

t.test('several networks can be trained at once', async (t) => {
  const alone = small()
  await alone.fit(data, { epochs: 30 })
  const nets = [small(), small(), small()]
  await Promise.all(nets.map((net) => net.fit(data, { epochs: 30 })))
  for (const net of nets) t.same(net.parameters, alone.parameters)
})

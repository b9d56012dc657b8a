import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { onHostGpu } from './on-host-gpu.js'

/**
 * Fits of networks of one shape, each with values of its own, and what must be the same bits after them. They are so few
 * that the products of all have the same tiles as those of one.
 */
const helpers = `
  const bits = (network, { epochs, stopped, epoch }) => ({
    epochs: epochs.map(({ seconds, ...figures }) => figures),
    stopped,
    epoch,
    parameters: Object.values(network.parameters).map(({ data }) => [...data]),
  })
  const alone = async ({ network, data, options }) =>
    bits(network, await network.fit(data, { ...options, device: 'cuda' }))
  const together = async (fits) => {
    const histories = await fitMany(fits, { device: 'cuda' })
    return histories.map((history, k) => bits(fits[k].network, history))
  }
  const allAlone = async (fits) => {
    const ends = []
    for (const fit of fits) ends.push(await alone(fit))
    return ends
  }
  const own = [
    { lambda: 1e-4, seed: 5 },
    { lambda: 1e-2, seed: 6, learningRate: 1e-3, regWeight: 0.2, schedule: 'constant' },
  ]`

type Counts = Record<'kernels' | 'graphs' | 'uploads' | 'allocations', number>

/** Counts of a process that runs the code. */
async function countsOf(t: Test, name: string, code: string): Promise<Counts> {
  const file = join(t.testdirName, `${name}.json`)
  await onHostGpu(t, `${code}; return null`, { PSILON_CUDA_HOST_COUNTS: file })
  return JSON.parse(readFileSync(file, 'utf8'))
}

const variants = {
  dense: {},
  'dense, float32': { net: { dtype: 'float32' } },
  'a residual network': { resnet: true, net: { dtype: 'float32' } },
  'early pruning': { fit: { prune: { sparsity: 0.6, from: 0.3, to: 0.55 } } },
  'pruning of a residual network': { resnet: true, net: { dtype: 'float32' }, fit: { prune: { sparsity: 0.6 } } },
  'validation and explicit path norms': { resnet: true, fit: { regularizer: 'path', validation: true } },
}

t.test('fits of one shape have the bits of each alone', async (t) => {
  const results = await onHostGpu(
    t,
    `${helpers}
     const results = {}
     for (const [name, { net, fit = {}, resnet }] of Object.entries(${JSON.stringify(variants)})) {
       const kind = resnet ? PsilonResNet : PsilonNet
       const fits = () => own.map((each, k) => ({
         network: new kind({ inputs: 3, hidden: 6, depth: 2, outputs: 1, seed: k, dtype: 'float64', ...net }),
         data: k === 1 ? { ...data, x: rows.map((row) => row.toReversed()) } : data,
         options: { ...options, epochs: 7, ...fit, validation: fit.validation && data, ...each },
       }))
       results[name] = { together: await together(fits()), alone: await allAlone(fits()) }
     }
     return results`,
  )
  for (const [name, { together, alone }] of Object.entries<{ together: unknown[]; alone: unknown[] }>(results)) {
    t.equal(alone.length, 2)
    t.strictSame(together, alone, name)
  }
})

t.test('more networks than a launch has room for, in other tiles: near each alone, the same bits twice', async (t) => {
  const { first, second, alone } = await onHostGpu(
    t,
    `const fits = () => Array.from({ length: 18 }, (_, seed) => ({
       network: network({ seed, hidden: 40 }), data, options: { ...options, lambda: 1e-4 * 1.5 ** seed, epochs: 2 },
     }))
     const losses = ({ epochs }) => epochs.map(({ loss }) => loss)
     const together = async () => (await fitMany(fits(), { device: 'cuda' })).map(losses)
     const alone = []
     for (const { network, data, options } of fits())
       alone.push(losses(await network.fit(data, { ...options, device: 'cuda' })))
     return { first: await together(), second: await together(), alone }`,
  )
  t.strictSame(second, first)
  t.strictNotSame(first, alone, 'sums in another order')
  first.flat().forEach((loss: number, k: number) => {
    t.ok(Math.abs(loss / alone.flat()[k] - 1) < 1e-10, `${loss}, alone ${alone.flat()[k]}`)
  })
})

t.test('networks of one shape launch as many kernels and graphs as one', async (t) => {
  t.testdir()
  const more = async (networks: number) => {
    const counts = (epochs: number) =>
      countsOf(
        t,
        `${networks}-${epochs}`,
        `const fits = Array.from({ length: ${networks} }, (_, seed) => ({
           network: network({ seed, hidden: 6 }), data, options: { ...options, lambda: seed / 100, epochs: ${epochs} },
         }))
         await fitMany(fits, { device: 'cuda' })`,
      )
    const [few, many] = [await counts(5), await counts(15)]
    return { kernels: many.kernels - few.kernels, graphs: many.graphs - few.graphs, few, many }
  }
  const [one, five] = [await more(1), await more(5)]
  t.strictSame({ kernels: five.kernels, graphs: five.graphs }, { kernels: one.kernels, graphs: one.graphs })
  t.equal(one.graphs, 10 * (4 + 1), 'a graph for each of four batches and for the figures of an epoch')
  t.equal(five.few.kernels - one.few.kernels, 5 - 1, 'the first norms of each network')
  t.equal(five.many.allocations, five.few.allocations)
})

t.test('a search for lambda and an ensemble launch as much for any number of networks', async (t) => {
  t.testdir()
  const counts = (lambdas: number[], ensemble: number) =>
    countsOf(
      t,
      `${lambdas.length}`,
      `const table = rows.map(([a, b, c]) => ({ a, b, c, y: a * b + c }))
       const settings = { preset: 'paper', hidden: 6, depth: 2, epochs: 5, batchSize: 20, device: 'cuda', threads: 1 }
       const model = new PsilonRegressor({ ...settings, lambda: 'auto', lambdas: ${JSON.stringify(lambdas)}, ensemble: ${ensemble} })
       await model.fit(table, { target: 'y' })`,
    )
  const [few, many] = [await counts([1e-3, 1e-2], 1), await counts([1e-4, 1e-3, 1e-2, 1e-1], 3)]
  t.equal(many.graphs, few.graphs)
  t.equal(many.kernels - few.kernels, 4 + 3 - (2 + 1), 'the first norms of each network')
})

t.test('one that becomes non-finite and one that stops early leave the others alone', async (t) => {
  const { failure, ends, singly, refusal } = await onHostGpu(
    t,
    `${helpers}
     const validation = { x: rows.slice(0, 20), y: data.y.slice(0, 20) }
     const plain = { ...options, epochs: 14, regularizer: 'l2', validation }
     const given = [
       {}, { learningRate: 1e33 }, { schedule: 'constant', learningRate: 0.05, earlyStopping: { patience: 1, minDelta: 1e-3 } },
     ]
     const fits = () => given.map((each, k) => ({
       network: network({ seed: k, hidden: 6, normalization: 'none' }), data, options: { ...plain, ...each },
     }))
     const many = fits()
     const { code, message, details } = await failureOf(fitMany(many, { device: 'cuda' }))
     const singles = fits()
     const singly = []
     let refusal
     for (const fit of singles) {
       if (fit.options.learningRate !== 1e33) singly.push(await alone(fit))
       else {
         refusal = await failureOf(fit.network.fit(fit.data, { ...fit.options, device: 'cuda' }))
         singly.push({ parameters: Object.values(fit.network.parameters).map(({ data }) => [...data]) })
       }
     }
     const ends = details.history.map((history, k) => bits(many[k].network, history ?? { epochs: [], stopped: null, epoch: 0 }))
     return { failure: { code, message, index: details.index, step: details.step }, ends, singly, refusal }`,
  )
  t.match(failure, { code: 'ERR_NON_FINITE', index: 1, step: refusal.details.step })
  t.ok(failure.step > 4, 'after the first epoch')
  t.equal(failure.message, refusal.message.replace('[fit] ', '[fitMany] fits[1]: '))
  t.strictSame(ends[1].parameters, singly[1].parameters)
  t.equal(ends[2].stopped, 'early-stopping')
  for (const k of [0, 2]) t.strictSame(ends[k], singly[k], `fit ${k}`)
})

t.test('fits of several shapes in one call', async (t) => {
  const { many, alone } = await onHostGpu(
    t,
    `${helpers}
     const shapes = [{ hidden: 6 }, { hidden: 4 }, { hidden: 6 }, { hidden: 6, dtype: 'float32' }, { hidden: 4 }]
     const fits = () => shapes.map((shape, seed) => ({
       network: network({ ...shape, seed }), data, options: { ...options, epochs: seed === 4 ? 3 : 5 },
     }))
     return { many: await together(fits()), alone: await allAlone(fits()) }`,
  )
  t.strictSame(many, alone)
})

t.test('one is disposed of, later the others are cancelled', async (t) => {
  const { failure, histories, kept, alone, last } = await onHostGpu(
    t,
    `${helpers}
     const endless = { ...options, epochs: 1_000_000, schedule: 'constant' }
     const fits = (epochs) => [1, 2, 3].map((seed) => ({
       network: network({ seed, hidden: 6 }), data, options: { ...endless, epochs: epochs?.[seed - 1] ?? endless.epochs },
     }))
     const many = fits()
     const run = fitMany(many, { device: 'cuda' })
     const last = [0, 0, 0]
     for await (const { index, epoch } of run) {
       last[index] = epoch
       if (index === 1 && epoch === 3) many[1].network.dispose()
       if (last[1] >= 3 && last[0] > 4 * last[1] && last[2] > 4 * last[1]) break
     }
     run.cancel()
     const { code, details } = await failureOf(run)
     const histories = details.history.map((history) => history && { stopped: history.stopped, epoch: history.epoch, finished: history.epochs.length })
     const [first, , third] = fits(histories.map((history) => history?.epoch))
     const parameters = ({ network }) => Object.values(network.parameters).map(({ data }) => [...data])
     await alone(first)
     await alone(third)
     return { failure: { code, index: details.index }, histories, last,
              kept: [many[0], many[2]].map(parameters), alone: [first, third].map(parameters) }`,
  )
  t.strictSame(failure, { code: 'ERR_DISPOSED', index: 1 })
  t.equal(histories[1], null)
  for (const k of [0, 2]) {
    t.match(histories[k], { stopped: 'cancelled', finished: histories[k].epoch })
    t.ok(histories[k].epoch > last[1])
  }
  t.strictSame(kept, alone)
})

t.test('a device that is lost ends all of a run, each with its last epoch', async (t) => {
  const { failures, finished, kept, expected } = await onHostGpu(
    t,
    `const outputs = (net) => [...net.predictSync(rows.slice(0, 5)).data]
     const constant = { ...options, schedule: 'constant' }
     const nets = [1, 2].map((seed) => network({ seed, hidden: 6 }))
     const run = fitMany(nets.map((network) => ({ network, data, options: { ...constant, epochs: 1_000_000 } })), { device: 'cuda' })
     const finished = [0, 0]
     const { details } = await failureOf((async () => { for await (const { index, epoch } of run) finished[index] = epoch; await run })())
     const expected = []
     for (const [k, { details: { epoch } }] of details.errors.entries()) {
       const other = network({ seed: k + 1, hidden: 6 })
       await other.fit(data, { ...constant, epochs: epoch, device: 'cpu' })
       expected.push(outputs(other))
     }
     const failures = details.errors.map(({ code, message, details }) => ({ code, message, epoch: details.epoch }))
     return { failures, finished, kept: nets.map(outputs), expected }`,
    { PSILON_CUDA_HOST_FAIL: 'launch:10000' },
  )
  for (const [k, { code, message, epoch }] of failures.entries()) {
    t.equal(code, 'ERR_DEVICE')
    t.match(
      message,
      new RegExp(
        `^\\[fitMany\\] fits\\[${k}\\]: CUDA call \\w+: .*; the network keeps the parameters of epoch ${epoch}$`,
      ),
    )
    t.equal(epoch, finished[k])
    t.ok(epoch > 0)
    kept[k].forEach((value: number, i: number) => {
      t.ok(
        Math.abs(value - expected[k][i]) < 1e-9 * Math.max(1, Math.abs(expected[k][i])),
        `output ${i} of network ${k}`,
      )
    })
  }
})

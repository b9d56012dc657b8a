import {
  type EpochOfMany,
  type FitOfMany,
  fitMany,
  type History,
  type PsilonError,
  PsilonNet,
  PsilonResNet,
} from 'psilon'
import t from 'tap'
import { refusal } from '../support/refusal.js'
import { sliceClasses, smoothTargets, someRows } from '../support/tables.js'

const x = someRows(60, 3)
const y = smoothTargets(x)
const data = { x, y }
const validation = { x: someRows(20, 3, 2), y: smoothTargets(someRows(20, 3, 2)) }
const options = { epochs: 12, batchSize: 16, learningRate: 0.01 }

/** Fits of different kinds and lengths, each with a fresh network. */
function several(): FitOfMany[] {
  const mlp = (seed: number, more: object = {}) => new PsilonNet({ inputs: 3, hidden: 8, seed, ...more })
  return [
    { network: mlp(1), data, options },
    { network: mlp(2), data, options: { ...options, epochs: 40, validation, prune: { sparsity: 0.5 } } },
    { network: new PsilonResNet({ inputs: 3, hidden: 6, depth: 2, seed: 3 }), data, options },
    { network: mlp(4, { dtype: 'float64' }), data: { ...data, sampleWeight: y.map(Math.abs) }, options },
    {
      network: mlp(5, { outputs: 3 }),
      data: { x, y: sliceClasses(x, 3) },
      options: { ...options, loss: 'softmax', epochs: 3 },
    },
    {
      network: mlp(6),
      data,
      options: { ...options, epochs: 500, schedule: 'constant', validation, earlyStopping: { patience: 1 } },
    },
    { network: mlp(7), data, options: { ...options, seed: 70 } },
  ]
}

/** What must be the same bits. */
function bits({ network }: FitOfMany, { epochs, stopped, epoch }: History) {
  const figures = epochs.map(({ seconds: _clock, ...rest }) => rest)
  return { figures, stopped, epoch, loss: network.loss, parameters: network.parameters }
}

async function collect(run: AsyncIterable<EpochOfMany>): Promise<EpochOfMany[]> {
  const events: EpochOfMany[] = []
  for await (const event of run) events.push(event)
  return events
}

t.test('each fit is to the bit what it is alone, in the order given', async (t) => {
  const alone: unknown[] = []
  for (const fit of several()) alone.push(bits(fit, await fit.network.fit(fit.data, { ...fit.options, threads: 1 })))
  for (const threads of [1, 2, 3, 20]) {
    const fits = several()
    const histories = await fitMany(fits, { threads })
    t.strictSame(
      histories.map((history, k) => bits(fits[k] as FitOfMany, history)),
      alone,
      `${threads} threads`,
    )
    t.ok(histories.every(({ device }) => device.threads === threads && device.name === 'cpu'))
  }
  t.strictSame(await fitMany([]), [])
})

t.test('events name their fit, and are those of its history', async (t) => {
  const run = fitMany(several(), { threads: 3 })
  const events = await collect(run)
  const histories = await run
  histories.forEach(({ epochs }, k) => {
    const own = events.filter(({ index }) => index === k)
    t.strictSame(
      own,
      epochs.map((epoch) => ({ index: k, ...epoch })),
    )
  })
  t.equal(
    events.length,
    histories.reduce((sum, { epochs }) => sum + epochs.length, 0),
  )
})

t.test('as many run at a time as there are threads, in the order given', async (t) => {
  const endless = { ...options, epochs: 1_000_000_000 }
  const fits = several().map((fit) => ({ ...fit, options: { ...fit.options, ...endless, earlyStopping: undefined } }))
  const run = fitMany(fits, { threads: 2 })
  const seen = new Set<number>()
  for await (const { index, epoch } of run) {
    seen.add(index)
    if (seen.size === 2 && epoch > 20) break
  }
  t.strictSame(seen, new Set([0, 1]))
  run.cancel()
  const histories = await run
  t.ok(histories.every(({ stopped }) => stopped === 'cancelled'))
  t.ok(histories.slice(0, 2).every(({ epoch, epochs }) => epoch > 0 && epoch === epochs.length))
  t.strictSame(
    histories.slice(2).map(({ epochs, epoch, seconds, device }) => ({ epochs, epoch, seconds, device })),
    fits.slice(2).map(() => ({ epochs: [], epoch: 0, seconds: 0, device: histories[0]?.device })),
  )
  // what never began is as it was
  const fresh = several()
  fits.slice(2).forEach(({ network }, k) => {
    t.strictSame(network.parameters, fresh[k + 2]?.network.parameters)
    t.equal(network.loss, null)
  })
  await fits[6]?.network.fit(data, { epochs: 1 })
})

t.test('fits of the same data share one copy of it in memory', async (t) => {
  const { constrainedMemory } = process
  t.teardown(() => {
    process.constrainedMemory = constrainedMemory
  })
  const many = { data: new Float32Array(1_000_000), shape: [250_000, 4] }
  const tables = (x: object) => ({ x: x as never, y: new Float32Array(250_000) })
  const needed = async (fits: { data: ReturnType<typeof tables> }[]) => {
    const nets = fits.map(({ data }) => ({
      network: new PsilonNet({ inputs: 4, hidden: 4, depth: 1 }),
      data,
      options: { epochs: 1 },
    }))
    process.constrainedMemory = () => 1
    const error = await refusal(fitMany(nets, { threads: 1 }))
    process.constrainedMemory = constrainedMemory
    t.match(error, { code: 'ERR_MEMORY', message: /^\[fitMany\] needs \d/ })
    return error.details.needed as number
  }
  const one = tables(many)
  const single = await needed([{ data: one }])
  t.equal(await needed([{ data: one }, { data: one }, { data: { ...one } }]), single)
  const copy = tables({ ...many })
  t.equal(await needed([{ data: one }, { data: copy }]), single + 4 * 1_250_000)
})

t.test('rows are copied before the call returns', async (t) => {
  const fits = (rows: { data: Float32Array; shape: number[] }) =>
    [1, 2].map((seed) => ({ network: new PsilonNet({ inputs: 3, hidden: 8, seed }), data: { x: rows, y }, options }))
  const rows = () => ({ ...x, data: Float32Array.from(x.data) })
  const kept = fits(rows())
  await fitMany(kept, { threads: 1 })
  const changed = rows()
  const others = fits(changed)
  // the second has rows of its own, in the same numbers
  ;(others[1] as FitOfMany).data = { x: { ...changed }, y }
  const run = fitMany(others, { threads: 1 })
  changed.data.fill(Number.NaN)
  await run
  for (const k of [0, 1]) t.strictSame(others[k]?.network.parameters, kept[k]?.network.parameters)
})

t.test('little memory means fewer fits at a time, not others', async (t) => {
  const { constrainedMemory } = process
  t.teardown(() => {
    process.constrainedMemory = constrainedMemory
  })
  const fits = (epochs: number) =>
    [1, 2, 3].map((seed) => ({
      network: new PsilonNet({ inputs: 3, hidden: 400, seed }),
      data,
      options: { ...options, epochs },
    }))
  // a fit of these takes about 6 MB, the threads besides its own 2 MB
  const run = () => {
    process.constrainedMemory = () => process.memoryUsage.rss() + 11e6
    return fitMany(fits(1_000_000_000), { threads: 3 })
  }
  const limited = run()
  for await (const { index, epoch } of limited) {
    t.equal(index, 0)
    if (epoch > 5) break
  }
  limited.cancel()
  await limited
})

t.test('a network is taken from the beginning until its own fit ends', async (t) => {
  const fits = several().slice(0, 3)
  const [first, , last] = fits as [FitOfMany, FitOfMany, FitOfMany]
  const run = fitMany(
    fits.map((fit) => ({ ...fit, options: { ...options, epochs: 2000 } })),
    { threads: 1 },
  )
  t.throws(() => last.network.compact(), { code: 'ERR_BUSY' })
  await t.rejects(last.network.fit(data), { code: 'ERR_BUSY' })
  await t.rejects(fitMany([last]), {
    code: 'ERR_BUSY',
    message: /^\[fitMany\] fits\[0\]: a fit of this network is run/,
  })
  for await (const { index } of run) if (index === 1) break
  t.ok(first.network.prune({ sparsity: 0.5 }))
  run.cancel()
  await run
  t.ok(last.network.prune({ sparsity: 0.5 }))
})

t.test('the others go on when a fit fails, and the first failure is the error', async (t) => {
  const fits = several()
  const broken = { ...options, learningRate: 1e38 }
  for (const k of [1, 4]) Object.assign(fits[k] as FitOfMany, { options: { ...fits[k]?.options, ...broken } })
  for (const threads of [1, 3]) {
    for (const { network } of fits) network.dispose()
    several().forEach(({ network }, k) => {
      Object.assign(fits[k] as FitOfMany, { network })
    })
    const error = await refusal(fitMany(fits, { threads }))
    t.match(error, { code: 'ERR_NON_FINITE', details: { index: 1, epoch: Number, step: Number, learningRate: Number } })
    t.match(error.message, /^\[fitMany\] fits\[1\]: .* became non-finite in epoch /)
    t.match(error.stack, 'fit-many.test')
    const history = error.details.history as (History | null)[]
    const errors = error.details.errors as (PsilonError | null)[]
    t.strictSame(
      errors.map((each) => each?.details.index ?? null),
      [null, 1, null, null, 4, null, null],
    )
    t.match(errors[4], { code: 'ERR_NON_FINITE', message: /^\[fitMany\] fits\[4\]: /, stack: 'fit-many.test' })
    t.strictSame(
      history.map((each) => each?.stopped ?? null),
      ['completed', null, 'completed', 'completed', null, 'early-stopping', 'completed'],
    )
    const [{ network }] = fits as [FitOfMany]
    const alone = several()[0] as FitOfMany
    await alone.network.fit(alone.data, alone.options)
    t.strictSame(network.parameters, alone.network.parameters)
    // the one that failed has its last good parameters, and can be used
    const failed = fits[1]?.network as PsilonNet
    t.ok(Array.from(failed.predictSync(x).data).every(Number.isFinite))
    t.ok(failed.sparsity())
  }
})

t.test('a network that is disposed of meanwhile fails alone', async (t) => {
  const fits = several().slice(0, 3)
  const run = fitMany(
    fits.map((fit, k) => ({ ...fit, options: { ...options, epochs: k === 1 ? 1_000_000_000 : 12 } })),
    { threads: 1 },
  )
  for await (const { index } of run) if (index === 1) break
  fits[1]?.network.dispose()
  fits[2]?.network.dispose()
  const error = await refusal(run)
  t.match(error, { code: 'ERR_DISPOSED', message: /^\[fitMany\] fits\[1\]: the network was disposed of while/ })
  t.match(error.details.history, [{ stopped: 'completed' }, null, null])
})

t.test('a signal ends them all, and the error has what there is', async (t) => {
  const controller = new AbortController()
  const epochs = 1_000_000_000
  const fits = several().map(({ network }) => ({ network, data, options: { epochs } }))
  const run = fitMany(fits.slice(0, 4), { threads: 2, signal: controller.signal })
  for await (const _ of run) break
  controller.abort('enough')
  const error = await refusal(run)
  t.match(error, { code: 'ERR_CANCELLED', cause: 'enough' })
  t.match(error.details.history, [{ stopped: 'cancelled' }, {}, { epochs: [], stopped: 'cancelled' }, { epoch: 0 }])
})

t.test('what is wrong is refused before any fit begins', async (t) => {
  const [good, other] = several() as [FitOfMany, FitOfMany]
  const before = good.network.parameters
  const disposed = new PsilonNet({ inputs: 3, hidden: 2 })
  disposed.dispose()
  const at = (fit: unknown) => [good, fit]
  const cases: [fits: unknown, options: object, code: string, message: string][] = [
    [{}, {}, 'ERR_OPTION', 'fits is an object (Object), expected an array of { network, data, options }'],
    [[], { thread: 2 }, 'ERR_OPTION', 'unknown option "thread"; did you mean "threads"?'],
    [[good], { threads: 0 }, 'ERR_OPTION', 'threads must be an integer from 1 to 256, got 0'],
    [[good], { signal: 1 }, 'ERR_OPTION', 'signal must be an AbortSignal, got 1'],
    [at(7), {}, 'ERR_OPTION', 'fits[1]: expected { network, data, options }, got 7'],
    [at({ date: 1 }), {}, 'ERR_OPTION', 'fits[1]: unknown option "date"; did you mean "data"?'],
    [at({ data }), {}, 'ERR_OPTION', 'fits[1]: network is undefined, expected a PsilonNet or PsilonResNet'],
    [at({ ...good }), {}, 'ERR_OPTION', 'fits[1]: network is that of fits[0]'],
    [at({ ...other, network: disposed }), {}, 'ERR_DISPOSED', 'fits[1]: the network has been disposed of'],
    [at({ ...other, options: [] }), {}, 'ERR_OPTION', 'fits[1]: options must be an object, got an array of 0'],
    [
      at({ ...other, options: { lamda: 1 } }),
      {},
      'ERR_OPTION',
      'fits[1]: unknown option "lamda"; did you mean "lambda"?',
    ],
    ...['threads', 'device', 'signal'].map((name): [unknown, object, string, string] => {
      const message = `fits[1]: ${name} is for all fits together, an option of fitMany itself`
      return [at({ ...other, options: { [name]: 1 } }), {}, 'ERR_OPTION', message]
    }),
    [at({ network: other.network }), {}, 'ERR_DATA', 'fits[1]: data must be { x, y }, got undefined'],
    [at({ ...other, data: { x, y: [1] } }), {}, 'ERR_SHAPE', 'fits[1]: y has 1 row, x has 60'],
    [
      at({ ...other, options: { loss: 'bce' } }),
      {},
      'ERR_DATA',
      /^fits\[1\]: y\[\d+\] is .*, expected 0 to 1/ as never,
    ],
    [[good], { device: 'gpu' }, 'ERR_OPTION', /^device must be / as never],
    [[], { device: 'cuda' }, 'ERR_DEVICE', /^device "cuda" cannot be used: / as never],
  ]
  for (const [fits, options, code, message] of cases) {
    const error = await refusal(fitMany(fits as never, options as never))
    t.equal(error.code, code)
    t.match(error.message.replace(/^\[fitMany\] /, ''), message)
  }
  t.strictSame(good.network.parameters, before)
  await good.network.fit(data, { epochs: 1 })
})

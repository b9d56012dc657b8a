import t from 'tap'
import { onHostGpu } from './on-host-gpu.js'

const variants = {
  'the method': {},
  float32: { net: { dtype: 'float32' } },
  'a residual network': { resnet: true },
  'L2 rows with lengths of their own': { net: { normalization: 'l2', sharedLength: false } },
  'no normalisation': { net: { normalization: 'none' }, fit: { regularizer: 'l2' } },
  'explicit path norms': { resnet: true, fit: { regularizer: 'path' } },
  pruning: { fit: { prune: { sparsity: 0.7 } } },
  'pruning of a residual network': { resnet: true, fit: { prune: { sparsity: 0.7 } } },
  // One hidden layer: every row has a gradient. One that stands still is projected again, and whether it then sums to a
  // hair more or less than 1 decides on all its zeros.
  'a projection every step': { net: { depth: 1, hidden: 24, sharedLength: false }, fit: { projection: 'every-step' } },
  'softmax with weights of rows': { net: { outputs: 3 }, fit: { loss: 'softmax' }, classes: true },
  validation: { fit: { validation: true } },
  'batches of one size': { fit: { batchSize: 15 } },
  'one batch': { fit: { batchSize: 60 } },
  'pruning in mid-epoch, watched by early stopping': {
    fit: { prune: { sparsity: 0.6, from: 0.3, to: 0.55 }, validation: true, earlyStopping: { patience: 1 } },
  },
  'early stopping': { fit: { validation: true, earlyStopping: { patience: 2 } } },
}

/** The figures and the end of a fit of each variant on each of these devices. */
const fitsOf = (some: object, devices: string[]) => `
  const results = {}
  for (const [name, { net, fit = {}, resnet, classes }] of Object.entries(${JSON.stringify(some)})) {
    const kind = resnet ? PsilonResNet : PsilonNet
    const shape = { inputs: 3, hidden: 12, depth: 2, outputs: 1, seed: 3, dtype: 'float64', ...net }
    const given = classes
      ? { x: rows, y: rows.map((_, i) => i % 3), sampleWeight: rows.map((_, i) => 1 + (i % 2)) }
      : data
    const validation = fit.validation ? data : undefined
    const ends = []
    for (const device of ${JSON.stringify(devices)}) {
      const trained = new kind(shape)
      const { epochs, stopped, epoch } = await trained.fit(given, { ...options, ...fit, validation, device })
      const figures = epochs.flatMap(({ loss, objective, validationLoss, alpha, pathNorm, nearSparsity, exactSparsity }) =>
        [loss, objective, validationLoss ?? 0, alpha, pathNorm, nearSparsity, exactSparsity])
      const outputs = [...trained.predictSync(rows.slice(0, 7)).data]
      ends.push({ stopped, epoch, figures: [...figures, ...outputs] })
    }
    results[name] = ends
  }
  return results`

const named = Object.entries(variants)
for (const part of [named.slice(0, 5), named.slice(5, 10), named.slice(10)]) {
  const some = Object.fromEntries(part)
  const names = Object.keys(some).join(', ')
  t.test(`a fit by CUDA is that of the CPU, with the same bits for any order of threads: ${names}`, async (t) => {
    const results = await onHostGpu(t, fitsOf(some, ['cuda', 'cpu']))
    for (const [name, [cuda, cpu]] of Object.entries<{ figures: number[] }[]>(results)) {
      t.strictSame({ ...cuda, figures: [] }, { ...cpu, figures: [] }, `${name}: the same end`)
      const tolerance = name === 'float32' ? 1e-4 : 1e-9
      cpu?.figures.forEach((expected, k) => {
        const found = cuda?.figures[k] ?? Number.NaN
        const error = Math.abs(found - expected) / Math.max(1, Math.abs(expected))
        t.ok(error < tolerance, `${name}: figure ${k} is ${found}, on the CPU ${expected}`)
      })
    }
    const ofCuda = Object.fromEntries(Object.entries<unknown[]>(results).map(([name, [cuda]]) => [name, [cuda]]))
    for (const order of ['backward', 'shuffled'])
      t.strictSame(await onHostGpu(t, fitsOf(some, ['cuda']), { PSILON_CUDA_HOST_ORDER: order }), ofCuda, order)
  })
}

t.test('the history names the device, and why; auto takes the GPU where that is faster', async (t) => {
  const [asked, small, long, one, many] = await onHostGpu(
    t,
    `const history = async (device) => (await network().fit(data, { ...options, epochs: 1, device, threads: 1 })).device
     const cancelled = async (hidden, count) => {
       const fits = Array.from({ length: count }, () => ({
         network: network({ hidden, dtype: 'float32' }),
         data,
         options: { ...options, epochs: 1e6, batchSize: 60 },
       }))
       const run = fitMany(fits, { threads: 1 })
       run.cancel()
       const [{ device }] = await run
       return device
     }
     return [await history('cuda'), await history('auto'), await cancelled(256, 1), await cancelled(12, 1), await cancelled(12, 8)]`,
  )
  t.strictSame(asked, {
    ...{
      name: 'cuda',
      reason: 'device "cuda" was asked for',
      threads: 1,
      instructionSet: 'sm_90',
      precision: 'float64',
    },
  })
  t.match(small, { name: 'cpu', reason: /^about \d+ ms on the CPU, 1\.0 s on the GPU$/ })
  t.match(long, { name: 'cuda', reason: /^about \d+ min \d\d s on the CPU, \d min \d\d s on the GPU$/ })
  // so small that the layers count, not the vectors of the processor
  t.match([one, many], [{ name: 'cpu' }, { name: 'cuda' }], 'kernels are shared by networks that train at once')
})

t.test('tf32 rounds the factors of products, in network.fit, fitMany and estimators', async (t) => {
  const found = await onHostGpu(
    t,
    `const at = async (precision) => {
       const net = network({ dtype: 'float32' })
       const { device, epochs } = await net.fit(data, { ...options, device: 'cuda', precision })
       return { used: device.precision, losses: epochs.map(({ loss }) => loss) }
     }
     const [exact, rounded, again] = [await at(), await at('tf32'), await at('tf32')]
     const fits = [{ network: network({ dtype: 'float32' }), data, options: { ...options, precision: 'tf32' } }]
     const [many] = await fitMany(fits, { device: 'cuda' })
     const model = new PsilonRegressor({ preset: 'paper', hidden: 12, depth: 2, epochs: 2, device: 'cuda', precision: 'tf32' })
     const summary = await model.fit(rows.map(([a, b, c]) => ({ a, b, c, y: a * b + c })), { target: 'y' })
     return { exact, rounded, again, many: many.epochs.map(({ loss }) => loss), estimator: summary.device.precision }`,
  )
  t.strictSame([found.exact.used, found.rounded.used, found.estimator], ['float32', 'tf32', 'tf32'])
  t.strictSame(found.again, found.rounded, 'the same bits')
  t.strictSame(found.many, found.rounded.losses)
  found.rounded.losses.forEach((loss: number, k: number) => {
    const error = Math.abs(loss / found.exact.losses[k] - 1)
    t.ok(error > 1e-7 && error < 2e-2, `epoch ${k + 1}: ${loss}, exact ${found.exact.losses[k]}`)
  })
})

const unusable: [string, RegExp][] = [
  ['device:none', /^no NVIDIA GPU was found$/],
  ['driver:none', /^no NVIDIA driver was found that is new enough for CUDA \d+\.\d$/],
  ['capability:7.0', /^its compute capability is 7\.0, and psilon needs 8\.0 or newer$/],
]

// 8.7: an Orin, which runs no code of 8.0
for (const capability of ['8.0', '8.7', '12.1'])
  t.test(`compute capability ${capability}: code or PTX runs on it`, async (t) => {
    const code = `return devices().find(({ kind }) => kind === 'cuda')`
    const { available, reason } = await onHostGpu(t, code, { PSILON_CUDA_HOST_FAIL: `capability:${capability}` })
    t.strictSame([available, reason], [true, null])
  })

for (const [failure, reason] of unusable) {
  t.test(`${failure}: devices says why, cuda is refused with that, auto takes the CPU`, async (t) => {
    const { listed, refused, auto } = await onHostGpu(
      t,
      `return {
        listed: devices().find(({ kind }) => kind === 'cuda'),
        refused: await failureOf(network().fit(data, { ...options, device: 'cuda' })),
        auto: (await network().fit(data, { ...options, epochs: 1 })).device,
      }`,
      { PSILON_CUDA_HOST_FAIL: failure },
    )
    t.equal(listed.available, false)
    t.match(listed.reason, reason)
    t.match(refused, { code: 'ERR_DEVICE', message: `[fit] device "cuda" cannot be used: ${listed.reason}` })
    t.match(auto, { name: 'cpu', reason: `CUDA cannot be used: ${listed.reason}` })
  })
}

t.test('a fit that does not fit into the memory of the device is refused before anything is allocated', async (t) => {
  const { failure, unchanged, cpu } = await onHostGpu(
    t,
    `const net = network({ hidden: 200 })
     const before = [...net.predictSync(rows).data]
     const failure = await failureOf(net.fit(data, { ...options, device: 'cuda' }))
     const unchanged = [...net.predictSync(rows).data].every((value, k) => value === before[k])
     return { failure, unchanged, cpu: (await net.fit(data, { ...options, epochs: 1 })).stopped }`,
    { PSILON_CUDA_HOST_MEMORY: '1000000' },
  )
  t.match(failure, { code: 'ERR_MEMORY', message: /^\[fit\] needs 13\d\.\d MB of the device, 1\.0 MB is free$/ })
  t.ok(failure.details.needed > failure.details.available)
  t.ok(unchanged)
  t.equal(cpu, 'completed')
})

t.test('several fits at once on one device', async (t) => {
  const { alone, together } = await onHostGpu(
    t,
    `const fits = [1, 2, 3].map((seed) => ({ network: network({ seed }), data, options }))
     const together = await fitMany(fits, { device: 'cuda', threads: 2 })
     const alone = []
     for (const seed of [1, 2, 3]) alone.push(await network({ seed }).fit(data, { ...options, device: 'cuda' }))
     const last = ({ epochs }) => epochs.at(-1).loss
     return { alone: alone.map(last), together: together.map(last) }`,
  )
  t.strictSame(together, alone)
})

t.test('fits that have no room side by side come one after the other', async (t) => {
  const ends = await onHostGpu(
    t,
    `const nets = [1, 2, 3].map((seed) => network({ seed, hidden: 200 }))
     const fits = nets.map((network) => ({ network, data, options: { ...options, epochs: 6 } }))
     return (await fitMany(fits, { device: 'cuda' })).map(({ stopped }) => stopped)`,
    { PSILON_CUDA_HOST_MEMORY: String(2 ** 27 + 6e6) },
  )
  t.strictSame(ends, ['completed', 'completed', 'completed'])
})

t.test('the memory of a device is listed', async (t) => {
  const [cpu, gpu] = await onHostGpu(t, `return devices().map(({ memory }) => memory)`, {
    PSILON_CUDA_HOST_MEMORY: '5000000',
  })
  t.strictSame({ cpu, gpu }, { cpu: null, gpu: 5e6 })
})

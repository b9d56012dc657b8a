import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { onHostGpu } from './on-host-gpu.js'

/** Fits of one network by the CPU, to compare a network that CUDA left at an epoch with. */
const trainedTo = `
  const outputs = (net) => [...net.predictSync(rows.slice(0, 5)).data]
  const trainedTo = async (epochs, options, net) => {
    const other = network(net)
    if (epochs > 0) await other.fit(data, { ...options, epochs, device: 'cpu' })
    return outputs(other)
  }`

function near(found: number[], expected: number[]): boolean {
  return (
    found.length > 0 &&
    found.every((value, k) => {
      const wanted = expected[k] ?? Number.NaN
      return Math.abs(value - wanted) < 1e-9 * Math.max(1, Math.abs(wanted))
    })
  )
}

type Counts = Record<'kernels' | 'graphs' | 'uploads' | 'downloads' | 'waits' | 'allocations', number>

t.test('a step of D hidden layers is 3 D + 12 kernels', async (t) => {
  const folder = t.testdir()
  const kernels = async (depth: number, batchSize: number) => {
    const file = join(folder, `${depth}-${batchSize}.json`)
    const code = `await network({ depth: ${depth} }).fit(data, { ...options, epochs: 1, batchSize: ${batchSize}, device: 'cuda' })`
    await onHostGpu(t, `${code}; return null`, { PSILON_CUDA_HOST_COUNTS: file })
    return (JSON.parse(readFileSync(file, 'utf8')) as Counts).kernels
  }
  for (const depth of [1, 5]) {
    const step = (await kernels(depth, 30)) - (await kernels(depth, 60)) // neither launches a graph
    t.equal(step, 3 * depth + 12, `depth ${depth}`)
  }
})

t.test('an epoch is its batches and a few launches; figures are read ten times a second', async (t) => {
  const folder = t.testdir()
  const counted = async (epochs: number) => {
    const file = join(folder, `${epochs}.json`)
    const { seconds, reported } = await onHostGpu(
      t,
      `const { seconds, epochs } = await network().fit(data, { ...options, epochs: ${epochs}, device: 'cuda' })
       return { seconds, reported: epochs.length }`,
      { PSILON_CUDA_HOST_COUNTS: file },
    )
    t.equal(reported, epochs)
    return { seconds, ...(JSON.parse(readFileSync(file, 'utf8')) as Counts) }
  }
  const [few, many] = [await counted(10), await counted(60)]
  const more = (name: keyof Counts) => many[name] - few[name]
  t.equal(more('graphs'), 50 * (4 + 1), 'a graph for each of four batches and for the figures of an epoch')
  t.equal(more('kernels'), 50 * 2, 'what is kept')
  t.equal(more('uploads'), 50 * 2, 'the order of rows and the settings of steps')
  t.equal(more('allocations'), 0)
  const reads = 2 + many.seconds / 0.1
  t.ok(many.downloads <= 4 * reads, `${many.downloads} downloads in ${many.seconds} s`)
  t.ok(many.waits <= 4 * reads + 4, `${many.waits} waits in ${many.seconds} s`)
})

t.test('a run that is cancelled ends at an epoch that it reported, with the parameters of that', async (t) => {
  const { stopped, epoch, reported, kept, expected } = await onHostGpu(
    t,
    `${trainedTo}
     const constant = { ...options, schedule: 'constant' }
     const net = network()
     const run = net.fit(data, { ...constant, epochs: 1_000_000, device: 'cuda' })
     for await (const { epoch } of run) if (epoch >= 20) break
     run.cancel()
     const { stopped, epoch, epochs } = await run
     return { stopped, epoch, reported: epochs.map(({ epoch }) => epoch), kept: outputs(net), expected: await trainedTo(epoch, constant) }`,
  )
  t.equal(stopped, 'cancelled')
  t.ok(epoch >= 20)
  t.strictSame(
    reported,
    Array.from({ length: epoch }, (_, k) => k + 1),
  )
  t.ok(near(kept, expected), `${kept} instead of ${expected}`)
})

const overflows = {
  'an update': { net: {}, fit: { learningRate: 3e307 } },
  'the loss': { net: { normalization: 'none' }, fit: { regularizer: 'l2', learningRate: 1e60 } },
  'the validation loss': { net: {}, fit: {}, validation: true },
}

for (const [what, { net, fit, ...given }] of Object.entries(overflows)) {
  t.test(`${what} that is not finite is told with its epoch and step, as on the CPU`, async (t) => {
    const [cpu, cuda] = await onHostGpu(
      t,
      `${trainedTo}
       const constant = { ...options, schedule: 'constant', epochs: 400, ...${JSON.stringify(fit)} }
       const validation = ${'validation' in given} ? { x: [[1e308, 1e308, 1e308]], y: [[-1e200]] } : undefined
       const ends = []
       for (const device of ['cpu', 'cuda']) {
         const trained = network(${JSON.stringify(net)})
         const failure = await failureOf(trained.fit(data, { ...constant, validation, device }))
         const kept = Number(/epoch (\\d+)$/.exec(failure?.message)?.[1])
         ends.push({ failure, kept, outputs: outputs(trained), expected: await trainedTo(kept, constant, ${JSON.stringify(net)}) })
       }
       return ends`,
    )
    t.match(cpu.failure, { code: 'ERR_NON_FINITE', message: `[fit] ${what} became non-finite in epoch ` })
    t.strictSame(cuda.failure, cpu.failure)
    t.ok(near(cuda.outputs, cuda.expected), `the network is that of epoch ${cuda.kept}`)
  })
}

t.test('a step in mid-run that is not finite leaves the epoch before it, however far the device ran on', async (t) => {
  const [cpu, cuda] = await onHostGpu(
    t,
    `${trainedTo}
     const rising = { ...options, epochs: 300, learningRate: 1e33 }
     const ends = []
     for (const device of ['cpu', 'cuda']) {
       const trained = network({ normalization: 'none' })
       const failure = await failureOf(trained.fit(data, { ...rising, regularizer: 'l2', device }))
       ends.push({ failure, outputs: outputs(trained) })
     }
     return ends`,
  )
  t.match(cpu.failure, { code: 'ERR_NON_FINITE', message: /epoch 9$/, details: { epoch: 10, step: 40 } })
  t.strictSame(cuda.failure, cpu.failure)
  t.ok(near(cuda.outputs, cpu.outputs))
})

t.test('a device that is lost ends the fit with the operation and the epoch; the CPU can go on', async (t) => {
  const { failure, finished, kept, expected, after } = await onHostGpu(
    t,
    `${trainedTo}
     const constant = { ...options, schedule: 'constant' }
     const lost = network()
     const run = lost.fit(data, { ...constant, epochs: 1_000_000, device: 'cuda' })
     let finished = 0
     const failure = await failureOf((async () => { for await (const { epoch } of run) finished = epoch; await run })())
     const kept = outputs(lost)
     const expected = await trainedTo(failure.details.epoch, constant)
     const after = await lost.fit(data, { ...options, device: 'cpu' })
     return { failure, finished, kept, expected, after: after.stopped }`,
    { PSILON_CUDA_HOST_FAIL: 'launch:30000' },
  )
  const told =
    /^\[fit\] CUDA (kernel|call) \w+: cudaErrorLaunchFailure: .*; the network keeps the parameters of epoch (\d+)$/.exec(
      failure.message,
    )
  t.equal(failure.code, 'ERR_DEVICE')
  t.ok(told, failure.message)
  t.equal(Number(told?.[2]), failure.details.epoch)
  t.equal(failure.details.epoch, finished)
  t.ok(finished > 0)
  t.ok(near(kept, expected), `${kept} instead of ${expected}`)
  t.equal(after, 'completed')
})

t.test('a device that is lost at once leaves the network as it was', async (t) => {
  const { failure, same } = await onHostGpu(
    t,
    `const net = network()
     const before = [...net.predictSync(rows).data]
     const failure = await failureOf(net.fit(data, { ...options, device: 'cuda' }))
     return { failure, same: [...net.predictSync(rows).data].every((value, k) => value === before[k]) }`,
    { PSILON_CUDA_HOST_FAIL: 'launch:20' },
  )
  t.match(failure, { code: 'ERR_DEVICE', details: { epoch: 0 } })
  t.ok(same)
})

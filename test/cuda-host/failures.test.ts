import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../support/child.js'
import { onHostGpu } from './on-host-gpu.js'

/** Runs a step of `npm run gpu-check` where the GPU is the host; the lines of JSON that it prints. */
function step(args: string[], env: Record<string, string> = {}) {
  const { NODE_OPTIONS: _hooks, ...rest } = process.env
  const all = ['--import', './test/cuda-host/use.mjs', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    ...{ cwd: packageRoot, env: { ...rest, ...env }, encoding: 'utf8' },
  })
  return {
    status,
    stderr,
    results: stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  }
}

t.test('golden trainings have the same course on both devices', (t) => {
  const { status, results } = step(['test/gpu/trajectories.mjs'])
  t.equal(status, 0)
  t.ok(results.length >= 6)
  for (const { file, dtype, passed, ...errors } of results) t.ok(passed, `${file} ${dtype} ${JSON.stringify(errors)}`)
  t.end()
})

const failures: [name: string, env: Record<string, string>, message: RegExp][] = [
  ['too-large', { PSILON_CUDA_HOST_MEMORY: '2000000' }, /^\[fit\] needs 1\d\d\.\d MB of the device, 2\.0 MB is free$/],
  [
    'taken-after-the-check',
    { PSILON_CUDA_HOST_FAIL: 'allocation:9' },
    /^\[fit\] needs \d+\.\d MB of the device, \d+\.\d MB is free$/,
  ],
  [
    'lost',
    { PSILON_CUDA_HOST_FAIL: 'launch:4000' },
    /^\[fit\] CUDA (call|kernel) \w+: cudaErrorLaunchFailure: .* epoch \d+$/,
  ],
]

for (const [name, env, message] of failures) {
  t.test(`a GPU fails under a fit: ${name}`, (t) => {
    const { status, stderr, results } = step(['test/gpu/failures.mjs', name], env)
    t.strictSame({ status, stderr }, { status: 0, stderr: '' })
    t.match(results, [{ message }])
    t.end()
  })
}

t.test('part of the memory is kept for what no formula counts', async (t) => {
  const reserve = 2 ** 27
  const code = `return failureOf(network().fit(data, { ...options, epochs: 1, device: 'cuda' }))`
  t.match(await onHostGpu(t, code, { PSILON_CUDA_HOST_MEMORY: String(reserve) }), { code: 'ERR_MEMORY' })
  t.equal(await onHostGpu(t, code, { PSILON_CUDA_HOST_MEMORY: String(reserve + 1e6) }), null)
})

t.test('what networks need on a GPU has room for the rounding of their allocations', async (t) => {
  const file = join(t.testdir(), 'counts.json')
  for (const { hidden, depth, kind, options } of [
    { hidden: 520, depth: 2, kind: 'PsilonNet', options: {} }, // weights of little more than 1 MiB, and 2 MiB
    { hidden: 730, depth: 1, kind: 'PsilonResNet', options: {} },
    { hidden: 12, depth: 6, kind: 'PsilonResNet', options: { regularizer: 'path', prune: { sparsity: 0.5 } } },
  ]) {
    const needed = await onHostGpu(
      t,
      `const { native } = await import('#psilon/core/native.js')
       const fits = [1, 2, 3].map((seed) => ({
         network: new ${kind}({ inputs: 3, hidden: ${hidden}, depth: ${depth}, outputs: 1, seed, dtype: 'float32' }),
         data,
         options: { epochs: 3, batchSize: 60, ...${JSON.stringify(options)} },
       }))
       await fitMany(fits, { device: 'cuda' })
       const { fitSettings } = await import('#psilon/fit/settings.js')
       const { config } = fits[0].network
       const fit = { rows: 60, targets: 1, weighted: false, validationRows: 0 }
       const { native: options } = fitSettings(fits[0].options, config, 0)
       return 3 * native.gpuMemoryNeeded(config, { ...fit, options }).device + 60 * 4 * 4`,
      { PSILON_CUDA_HOST_COUNTS: file },
    )
    const { bytes, held } = JSON.parse(readFileSync(file, 'utf8'))
    t.ok(bytes <= needed, `${kind} of ${hidden}: ${bytes} bytes are taken, ${needed} were needed`)
    t.ok(held <= 3 * (48 + 4 * (depth + 1)), `${kind} of ${hidden}: ${held} allocations at once`)
  }
})

t.test('the networks that train under compute-sanitizer go through graphs', (t) => {
  const file = join(t.testdir(), 'counts.json')
  const { NODE_OPTIONS: _hooks, ...rest } = process.env
  const args = ['--import', './test/cuda-host/use.mjs', 'test/gpu/fits-at-once.mjs']
  const env = { ...rest, PSILON_CUDA_HOST_COUNTS: file }
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: packageRoot, env, encoding: 'utf8' })
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  const { graphs } = JSON.parse(readFileSync(file, 'utf8'))
  t.ok(graphs >= 40, `${graphs} graphs are launched`)
  t.end()
})

/** What 'auto' takes for a fit that would be faster on the GPU; it is not made. */
const chosen = `
  const run = network({ hidden: 256, dtype: 'float32' }).fit(data, { ...options, epochs: 1e6, batchSize: 60, threads: 1 })
  run.cancel()
  return (await run).device`

t.test("'auto' leaves a GPU alone that has no room or cannot be opened, and says so", async (t) => {
  t.match(await onHostGpu(t, chosen), { name: 'cuda' })
  t.match(await onHostGpu(t, chosen, { PSILON_CUDA_HOST_MEMORY: String(2 ** 27 + 1e6) }), {
    name: 'cpu',
    reason: /^about .* on the GPU, but that needs 13\d\.\d MB there, and 135\.2 MB is free$/,
  })
  t.match(await onHostGpu(t, chosen, { PSILON_CUDA_HOST_FAIL: 'device:busy' }), {
    name: 'cpu',
    reason: /^about .* on the GPU, but that cannot be opened: CUDA call \w+: cudaErrorDevicesUnavailable: /,
  })
})

t.test('a fit on a GPU needs little of the host', async (t) => {
  const [cpu, cuda, less] = await onHostGpu(
    t,
    `const leave = (bytes) => { process.constrainedMemory = () => bytes; process.memoryUsage.rss = () => 0 }
     const many = Array.from({ length: 5000 }, (_, i) => rows[i % rows.length])
     const large = { x: many, y: many.map(([a]) => [a]) }
     const net = network({ hidden: 200 })
     const failures = []
     for (const [device, bytes] of [['cpu', 15e6], ['cuda', 15e6], ['cuda', 1e6]]) {
       leave(bytes)
       failures.push(await failureOf(net.fit(large, { epochs: 1, batchSize: 5000, device })))
     }
     return failures`,
  )
  t.match(cpu, { code: 'ERR_MEMORY', message: /^\[fit\] needs \d\d\.\d MB, 15\.0 MB is available$/ })
  t.equal(cuda, null)
  t.match(less, { code: 'ERR_MEMORY', message: /^\[fit\] needs 5\.\d MB, 1\.0 MB is available$/ })
})

t.test('whatever fails, no stream is left open', async (t) => {
  const file = join(t.testdir(), 'counts.json')
  const code = `return failureOf(network().fit(data, { ...options, epochs: 1, device: 'cuda' }))`
  const env = { PSILON_CUDA_HOST_COUNTS: file }
  const streams = () => JSON.parse(readFileSync(file, 'utf8')).streams
  t.equal(await onHostGpu(t, code, env), null)
  t.equal(streams(), 0)
  for (const allocation of [1, 2, 9]) {
    const failure = await onHostGpu(t, code, { ...env, PSILON_CUDA_HOST_FAIL: `allocation:${allocation}` })
    t.match(failure, { code: 'ERR_MEMORY' })
    t.equal(streams(), 0, `with allocation ${allocation}`)
  }
})

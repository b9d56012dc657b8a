import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type SweepSummary, sweep, sweepWorker } from 'psilon'
import t, { type Test } from 'tap'
import { planSweep } from '#psilon/sweep/plan.js'
import { ownIdentity } from '#psilon/sweep/redis/queue.js'
import { runTrialsOnWorkers } from '#psilon/sweep/redis/submit.js'
import { MemoryStore } from '#psilon/sweep/store.js'
import { psilon } from '../cli/run.js'
import { hasOpenssl, hasRedis, selfSigned, startRedis } from '../faults/redis.mjs'
import { type ChildOptions, runModule } from '../support/child.js'
import { small, values } from './tables.js'

const skip = hasRedis ? false : 'redis-server is not installed'
const spec = { data: values(), target: 'y', base: small, grid: { lambda: [1e-3, 0.1] }, folds: 3 }

const figures = ({ trials }: SweepSummary) =>
  trials.map(({ measured, ...trial }) => ({ ...trial, measured: measured && { ...measured, seconds: 0 } }))

async function redisFor(t: Test, options: string[] = []) {
  const redis = await startRedis(t.testdir(), options)
  t.teardown(() => redis.kill())
  return `redis://127.0.0.1:${redis.port}`
}

function workerFor(t: Test, redis: string) {
  const cache = join(t.testdirName, 'cache')
  const worker = sweepWorker({ redis, threads: 2, cache })
  t.teardown(() => worker.cancel())
  return { cache, worker }
}

t.test('what is no URL of Redis is refused, and its password not repeated', async (t) => {
  for (const redis of [
    'localhost',
    'http://:secret@localhost',
    'redis://',
    'redis://:secret@localhost/first',
    'redis://:secret@localhost/0?prefx=a',
    'redis://:secret@localhost/0?prefix=a:b',
    'redis://:secret%@localhost',
  ]) {
    const error = await t.rejects(sweep({ ...spec, redis }), {
      code: 'ERR_OPTION',
      message: /redis must be a URL such as/,
    })
    await t.rejects(sweepWorker({ redis }), { code: 'ERR_OPTION' })
    t.notMatch(String(error), 'secret')
  }
  await t.rejects(sweep({ ...spec, redis: 'redis://localhost', threads: 2 }), {
    code: 'ERR_OPTION',
    message: /either threads or redis/,
  })
})

t.test('without the packages a sentence says what to install', async (t) => {
  const { stdout } = await runModule(
    `import { sweepWorker } from 'psilon'
     const error = await sweepWorker({ redis: 'redis://127.0.0.1:1' }).catch((error) => error)
     console.log(error.code, error.message)`,
    { imports: [new URL('../support/without-bullmq.mjs', import.meta.url).href] },
  )
  t.match(stdout, /^ERR_UNSUPPORTED .* run: npm install bullmq ioredis\n$/)
})

t.test('a Redis that is not there, asks for a password or lacks the database is refused', { skip }, async (t) => {
  await t.rejects(sweep({ ...spec, redis: 'redis://127.0.0.1:1' }), { code: 'ERR_REDIS', message: /ECONNREFUSED/ })
  const url = await redisFor(t, ['--requirepass', 'a/b%'])
  const withPassword = url.replace('//', '//:a%2Fb%25@')
  await t.rejects(sweepWorker({ redis: url }), { code: 'ERR_REDIS', message: /it asks for a password/ })
  await t.rejects(sweepWorker({ redis: `${withPassword}/99` }), { code: 'ERR_REDIS', message: /DB index/ })
  const { worker } = workerFor(t, `${withPassword}/3?prefix=mine`)
  const summary = await sweep({ ...spec, redis: `${withPassword}/3?prefix=mine` })
  worker.cancel()
  t.equal((await worker).trials, 6)
  t.equal(summary.stopped, 'completed')
  const redis = new Redis(`${withPassword}/3`)
  t.teardown(() => redis.disconnect())
  t.ok((await redis.keys('*')).every((key) => key.startsWith('mine:')))
})

const noTls = skip || (hasOpenssl ? false : 'openssl is not installed')
t.test('TLS: a certificate is checked, and then results come', { skip: noTls }, async (t) => {
  const folder = t.testdir()
  const tls = selfSigned(folder)
  const redis = await startRedis(folder, [], tls)
  t.teardown(() => redis.kill())
  const url = `rediss://127.0.0.1:${redis.port}`
  await t.rejects(sweep({ ...spec, redis: url }), { code: 'ERR_REDIS', message: /self-signed certificate/ })
  await t.rejects(sweep({ ...spec, redis: url.replace('rediss', 'redis') }), { code: 'ERR_REDIS' })
  const { stdout, stderr } = await runModule(
    `import { sweep, sweepWorker } from 'psilon'
     const worker = sweepWorker({ redis: '${url}', threads: 2, cache: '${join(folder, 'cache')}' })
     const { trials, stopped } = await sweep({ ...${JSON.stringify(spec)}, redis: '${url}' })
     worker.cancel()
     console.log(stopped, trials.length, (await worker).trials)`,
    { env: { NODE_EXTRA_CA_CERTS: tls.certificate } },
  )
  t.equal(stdout, 'completed 6 6\n', stderr)
})

t.test(
  'the same results as here, each once, also for two sweeps at once and for one that comes later',
  { skip },
  async (t) => {
    const redis = await redisFor(t)
    const { worker, cache } = workerFor(t, redis)
    const expected = figures(await sweep(spec))
    const both = await Promise.all([sweep({ ...spec, redis }), sweep({ ...spec, redis })])
    const later = await sweep({ ...spec, redis })
    for (const each of [...both, later]) t.strictSame(figures(each), expected)
    worker.cancel()
    t.equal((await worker).trials, 6)
    t.equal(readdirSync(cache).length, 1)
  },
)

t.test('damaged data, results and checkpoints do no harm', { skip }, async (t) => {
  const url = await redisFor(t)
  const redis = new Redis(url)
  t.teardown(() => redis.disconnect())
  const expected = figures(await sweep(spec))
  const { trials, data } = await planSweep(spec)
  const { instructionSet, version } = ownIdentity()
  const name = `${version}-${instructionSet}`
  const [first, second, third] = trials.map(({ key }) => key)
  await redis.set(`psilon:result:${name}:${first}`, 'no JSON')
  await redis.set(`psilon:result:${name}:${second}`, JSON.stringify({ sha256: 'no', result: trials[1] }))
  await redis.set(`psilon:checkpoint:${name}:${third}`, Buffer.from([1, 2, 3]))
  const { worker, cache } = workerFor(t, url)
  t.strictSame(figures(await sweep({ ...spec, redis: url })), expected)
  worker.cancel()
  await worker
  const [file = ''] = readdirSync(cache)
  writeFileSync(join(cache, file), 'damaged')
  for (const key of await redis.keys('psilon:result:*')) await redis.del(key)
  const again = workerFor(t, url)
  t.strictSame(figures(await sweep({ ...spec, redis: url })), expected)
  again.worker.cancel()
  await again.worker
  t.equal(data.table.places.length, 60)
})

/** A sweep that waits, and a worker of another kind, which ends when it has said something. */
async function besideWorker(t: Test, options: ChildOptions) {
  const redis = await redisFor(t)
  const stop = new AbortController()
  const waiting = sweep({ ...spec, redis, signal: stop.signal })
  waiting.catch(() => {})
  const client = new Redis(redis)
  t.teardown(() => client.disconnect())
  while ((await client.keys('psilon:sweeps:*')).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const { code, stdout, stderr } = await runModule(
    `import { sweepWorker } from 'psilon'
     const worker = sweepWorker({ redis: '${redis}', threads: 1, cache: '${t.testdirName}' })
     process.on('warning', () => worker.cancel())
     console.log((await worker).trials)`,
    options,
  )
  stop.abort()
  await t.rejects(waiting, { code: 'ERR_CANCELLED' })
  t.strictSame({ code, stdout }, { code: 0, stdout: '0\n' }, 'no trial is taken')
  t.strictSame(await client.keys('psilon:result:*'), [])
  return stderr
}

t.test('a worker with another instruction set takes no trial, and says so', { skip }, async (t) => {
  if (ownIdentity().instructionSet === 'baseline') return t.comment('this machine has no other')
  const said = await besideWorker(t, { env: { PSILON_INSTRUCTION_SET: 'baseline' } })
  t.match(said, /a sweep waits whose trials this worker does not take: .* start it with PSILON_INSTRUCTION_SET=/)
})

t.test('a worker of another version takes no trial, and says so', { skip }, async (t) => {
  const imports = [new URL('../support/other-version.mjs', import.meta.url).href]
  const said = await besideWorker(t, { imports })
  const { version } = ownIdentity()
  t.match(said, `it is of psilon ${version} `)
  t.match(said, `the worker of psilon 9.9.9 `)
  t.match(said, `; install psilon@${version} here`)
})

t.test('a cancelled sweep takes its waiting trials back, and keeps what has come', { skip }, async (t) => {
  const redis = await redisFor(t)
  const client = new Redis(redis)
  t.teardown(() => client.disconnect())
  const run = sweep({ ...spec, redis })
  const waiting = async () => (await client.keys('psilon:queue:*:wait')).length
  while ((await waiting()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  run.cancel()
  t.match(await run, { stopped: 'cancelled', trials: [] })
  t.equal(await waiting(), 0)
})

t.test('a trial that no worker can run ends the sweep with its error', { skip }, async (t) => {
  const url = await redisFor(t)
  const redis = new Redis(url)
  t.teardown(() => redis.disconnect())
  const { trials, data } = await planSweep(spec)
  const { instructionSet, version } = ownIdentity()
  const failure = JSON.stringify({ failure: { code: 'ERR_MEMORY', message: 'needs 5 GB' } })
  await redis.set(`psilon:result:${version}-${instructionSet}:${trials[0]?.key}`, failure)
  const control = { url, stop: new AbortController().signal, done() {}, tell() {} }
  await t.rejects(runTrialsOnWorkers(trials, data, new MemoryStore(), control), {
    code: 'ERR_MEMORY',
    message: /no worker could run a trial: needs 5 GB/,
  })
})

t.test('psilon sweep --redis and psilon worker', { skip }, async (t) => {
  const redis = await redisFor(t)
  const path = join(t.testdirName, 'spec.json')
  writeFileSync(path, JSON.stringify(spec))
  const { worker } = workerFor(t, redis)
  const { code, stdout } = await psilon(['sweep', path, '--redis', redis])
  worker.cancel()
  await worker
  t.equal(code, 0)
  t.match(stdout, /6 on the workers of Redis at 127\.0\.0\.1:\d+/)
  const refused = await psilon(['worker', '--redis', 'redis://127.0.0.1:1', '--json'])
  t.match(refused, { code: 1, stdout: /"code":"ERR_REDIS"/ })
})

t.test('a trial that ends every worker is given up', { skip }, async (t) => {
  const url = await redisFor(t)
  const redis = new Redis(url)
  t.teardown(() => redis.disconnect())
  const running = sweep({ ...spec, redis: url })
  const waiting = async () => (await redis.keys('psilon:queue:*:wait'))[0]
  while ((await waiting()) === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
  const list = (await waiting()) as string
  const [key] = await redis.lrange(list, 0, 0)
  await redis.hset(list.replace(/wait$/, key ?? ''), 'stc', 20)
  const { worker } = workerFor(t, url)
  await t.rejects(running, { code: 'ERR_NATIVE', message: /no worker could run a trial: it has ended 20 workers/ })
  worker.cancel()
  await worker
})

t.test('what Redis has lost is submitted again', { skip }, async (t) => {
  const url = await redisFor(t)
  const redis = new Redis(url)
  t.teardown(() => redis.disconnect())
  const { trials, data } = await planSweep(spec)
  const keys: string[] = []
  const stop = new AbortController()
  const running = runTrialsOnWorkers(trials, data, new MemoryStore(), {
    ...{ url, stop: stop.signal, tell() {}, times: { poll: 0.05, renew: 0.1, lonely: 60 } },
    done: ({ key }) => keys.push(key),
  })
  const isThere = async () => (await redis.keys('psilon:queue:*:wait')).length > 0
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 20))
  await redis.flushall()
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 20))
  const { worker } = workerFor(t, url)
  await running
  worker.cancel()
  await worker
  t.strictSame(keys.sort(), trials.map(({ key }) => key).sort())
})

import t from 'tap'
import { Refusal } from '#psilon/errors/refusal.js'
import { type Runner, runTrials } from '#psilon/sweep/run-trials.js'
import { MemoryStore } from '#psilon/sweep/store.js'
import type { Trial } from '#psilon/sweep/trial.js'

const trials = 'abcdef'.split('').map((key, seed): Trial => ({ key, options: { lambda: seed }, fold: 0, seed }))
const resultOf = (trial: Trial) => ({ ...trial, measured: null, error: null })

/** A runner whose trials end, one at a time, when they are told. */
class Told implements Runner {
  readonly running = new Map<string, (end: 'good' | 'stopped' | Error) => void>()
  readonly begun: string[] = []
  stopped = false

  constructor(readonly lanes: number) {}

  run(_: number, trial: Trial) {
    this.begun.push(trial.key)
    return new Promise<ReturnType<typeof resultOf> | null>((resolve, reject) => {
      this.running.set(trial.key, (end) => {
        this.running.delete(trial.key)
        if (end instanceof Error) reject(end)
        else resolve(end === 'good' ? resultOf(trial) : null)
      })
    })
  }

  stop() {
    this.stopped = true
    for (const end of this.running.values()) end('stopped')
  }

  /** Ends a trial, and waits until what follows has begun. */
  async end(key: string, end: 'good' | Error = 'good') {
    this.running.get(key)?.(end)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function begin(lanes: number, signal = new AbortController().signal) {
  const runner = new Told(lanes)
  const store = new MemoryStore()
  const done: string[] = []
  const run = runTrials(trials, runner, store, { stop: signal, done: ({ key }) => done.push(key) })
  run.catch(() => {})
  return { runner, store, done, run }
}

const keys = (runner: Told) => [...runner.running.keys()].join('')
const noMemory = new Refusal('ERR_MEMORY', 'needs more')

t.test('as many trials run at a time as there are lanes, in order', async (t) => {
  const { runner, done, run } = begin(2)
  await runner.end('')
  t.equal(keys(runner), 'ab')
  await runner.end('b')
  t.equal(keys(runner), 'ac')
  for (const key of 'cadfe') await runner.end(key)
  await run
  t.equal(runner.begun.join(''), 'abcdef')
  t.equal(done.join(''), 'bcadfe')
})

t.test('a trial that lacks memory beside others waits, and from then on one less runs at a time', async (t) => {
  const { runner, done, run } = begin(3)
  await runner.end('')
  await runner.end('b', noMemory)
  t.equal(keys(runner), 'ac')
  await runner.end('a')
  t.equal(keys(runner), 'cb', 'it is the next')
  await runner.end('b', noMemory)
  t.equal(keys(runner), 'c')
  for (const key of 'cbdef') {
    t.equal(keys(runner), key)
    await runner.end(key)
  }
  await run
  t.equal(done.join(''), 'acbdef')
})

t.test('alone it cannot wait', async (t) => {
  const { runner, done, run } = begin(2)
  await runner.end('')
  await runner.end('a', noMemory)
  await runner.end('b')
  await runner.end('a', noMemory)
  await t.rejects(run, { code: 'ERR_MEMORY', message: 'with lambda 0: needs more' })
  t.equal(done.join(''), 'b')
})

t.test('another error stops the others; what is finished is kept', async (t) => {
  const { runner, store, run } = begin(3)
  await runner.end('')
  await runner.end('a')
  await runner.end('c', new Error('unexpected'))
  await t.rejects(run, { message: 'unexpected' })
  t.ok(runner.stopped)
  t.strictSame(await store.get(trials[0] as Trial), resultOf(trials[0] as Trial))
  t.equal(await store.get(trials[1] as Trial), null)
  t.equal(runner.begun.join(''), 'abcd')
})

t.test('stopped, no further trial begins', async (t) => {
  const stop = new AbortController()
  const { runner, done, run } = begin(2, stop.signal)
  await runner.end('')
  await runner.end('a')
  stop.abort()
  await run
  t.equal(runner.begun.join(''), 'abc')
  t.equal(done.join(''), 'a')
})

t.test('what the store has meanwhile is not run', async (t) => {
  const { runner, store, done, run } = begin(1)
  await runner.end('')
  for (const trial of trials.slice(1, 5)) await store.put(resultOf(trial))
  await runner.end('a')
  await runner.end('f')
  await run
  t.equal(runner.begun.join(''), 'af')
  t.equal(done.join(''), 'abcdef')
})

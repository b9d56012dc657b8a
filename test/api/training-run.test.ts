import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Caller } from '#psilon/errors/caller.js'
import type { PsilonError } from '#psilon/errors/errors.js'
import { Refusal } from '#psilon/errors/refusal.js'
import { TrainingRun, type WholeRunControl } from '#psilon/fit/run.js'
import { runModule } from '../support/child.js'

/** Emits 1 .. count, one in each turn of the event loop, and gives their sum; ends early when it is told to stop. */
async function countTo(count: number, { emit, stop }: WholeRunControl<number>): Promise<number> {
  let sum = 0
  for (let n = 1; n <= count && !stop.aborted; n++) {
    await turn()
    emit(() => n)
    sum += n
  }
  return sum
}

function counting(count: number, signal?: AbortSignal): TrainingRun<number, number> {
  const work = (control: WholeRunControl<number>) => {
    control.follow(signal)
    return countTo(count, control)
  }
  return new TrainingRun(work, { operation: 'count', caller: new Caller(counting) })
}

function failing(after: number): TrainingRun<number, number> {
  const work = async (control: WholeRunControl<number>): Promise<number> => {
    await countTo(after, control)
    throw new Refusal('ERR_NON_FINITE', 'it broke')
  }
  return new TrainingRun(work, { operation: 'count', caller: new Caller(counting) })
}

async function collect(run: AsyncIterable<number>): Promise<number[]> {
  const events: number[] = []
  for await (const event of run) events.push(event)
  return events
}

t.test('a run is a promise of its result', async (t) => {
  t.equal(await counting(4), 10)
  t.equal(await counting(4).then((sum) => sum + 1), 11)
  let ended = false
  await counting(1).finally(() => {
    ended = true
  })
  t.ok(ended)
})

t.test('an iterator gives every event in order', async (t) => {
  t.same(await collect(counting(5)), [1, 2, 3, 4, 5])
})

t.test('an iterator that starts late begins with the first event', async (t) => {
  const run = counting(3)
  await run
  t.same(await collect(run), [1, 2, 3])
})

t.test('several iterators each give every event', async (t) => {
  const run = counting(4)
  t.same(await Promise.all([collect(run), collect(run)]), [
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ])
})

t.test('an iterator that is slower than the run loses nothing', async (t) => {
  const events: number[] = []
  for await (const event of counting(4)) {
    events.push(event)
    for (let k = 0; k < 3; k++) await turn()
  }
  t.same(events, [1, 2, 3, 4])
})

t.test('break only stops listening', async (t) => {
  const run = counting(5)
  for await (const event of run) if (event === 2) break
  t.equal(await run, 15)
})

t.test('cancel ends the run with what there is', async (t) => {
  const run = counting(1_000_000)
  for await (const event of run) if (event === 3) run.cancel()
  t.ok((await run) < 20)
  run.cancel()
})

t.test('an aborted signal rejects the run, with reason and history', async (t) => {
  const controller = new AbortController()
  const run = counting(1_000_000, controller.signal)
  for await (const event of run) if (event === 2) break
  controller.abort(new Error('enough'))
  const error = (await run.catch((error) => error)) as PsilonError
  t.equal(error.code, 'ERR_CANCELLED')
  t.equal(error.message, '[count] cancelled by its signal')
  t.match(error.cause, { message: 'enough' })
  t.ok((error.details.history as number) >= 3)
})

t.test('a signal aborted before the run begins lets nothing begin', async (t) => {
  let began = false
  const work = ({ follow }: WholeRunControl<number>) => {
    follow(AbortSignal.abort('late'))
    began = true
    return 1
  }
  const run = new TrainingRun(work, { operation: 'count', caller: new Caller(counting) })
  await t.rejects(run, {
    code: 'ERR_CANCELLED',
    cause: 'late',
    message: '[count] cancelled by its signal before it began',
  })
  t.notOk(began)
})

t.test('a signal aborted after the end changes nothing', async (t) => {
  const controller = new AbortController()
  const run = counting(2, controller.signal)
  await run
  t.equal(getEventListeners(controller.signal, 'abort').length, 0)
  controller.abort()
  t.equal(await run, 3)
})

t.test('a signal that is none is refused', async (t) => {
  const run = counting(1, 'now' as never)
  await t.rejects(run, { code: 'ERR_OPTION', message: '[count] signal must be an AbortSignal, got "now"' })
})

t.test('a signal of another kind of AbortController is followed', async (t) => {
  const listeners = new Set<() => void>()
  const signal = {
    aborted: false,
    reason: 'of mine',
    addEventListener: (_type: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_type: string, listener: () => void) => listeners.delete(listener),
  }
  const run = counting(1_000_000, signal as never)
  for await (const event of run) if (event === 2) break
  signal.aborted = true
  for (const listener of listeners) listener()
  await t.rejects(run, { code: 'ERR_CANCELLED', cause: 'of mine' })
  t.equal(listeners.size, 0)
  const deaf = {
    ...{ aborted: false, removeEventListener() {} },
    addEventListener() {
      throw new TypeError('deaf')
    },
  }
  await t.rejects(counting(1, deaf as never), { code: 'ERR_OPTION', message: '[count] signal cannot be read: deaf' })
})

t.test('a failure is thrown by every iterator, after all events, and rejects the promise', async (t) => {
  const run = failing(2)
  const events: number[] = []
  const listen = async () => {
    for await (const event of run) events.push(event)
  }
  await t.rejects(listen(), { code: 'ERR_NON_FINITE' })
  t.same(events, [1, 2])
  await t.rejects(run, { code: 'ERR_NON_FINITE' })
  await t.rejects(listen(), { code: 'ERR_NON_FINITE' })
})

t.test('work that throws at once rejects the run', async (t) => {
  const work = () => {
    throw new TypeError('at once')
  }
  const run = new TrainingRun(work, { operation: 'count', caller: new Caller(counting) })
  await t.rejects(run, { name: 'TypeError', message: 'at once' })
})

t.test('an error has the stack of the caller', async (t) => {
  function startIt() {
    const caller = new Caller(startIt)
    const work = async () => {
      await turn()
      throw new Refusal('ERR_DATA', 'it broke')
    }
    return new TrainingRun<number, number>(work, { operation: 'count', caller })
  }
  function theCaller() {
    return startIt()
  }
  const { stack = '' } = (await theCaller().catch((error) => error)) as Error
  t.match(stack, /^PsilonError: \[count\] it broke\n +at theCaller /)
})

const failingModule = `
  import { setImmediate as turn } from 'node:timers/promises'
  import { Caller } from '#psilon/errors/caller.js'
  import { TrainingRun } from '#psilon/fit/run.js'
  let reports = 0
  process.on('unhandledRejection', () => { reports++ })
  process.on('exit', () => console.log('reports', reports))
  const run = new TrainingRun(async ({ emit }) => {
    await turn()
    emit(() => 1)
    await turn()
    throw new Error('broken')
  }, { operation: 'count', caller: new Caller(TrainingRun) })
`

t.test('a failure that nobody awaits or iterates is reported once', async (t) => {
  const { stdout } = await runModule(failingModule)
  t.equal(stdout, 'reports 1\n')
})

t.test('a failure that is only iterated is not reported besides', async (t) => {
  const { stdout } = await runModule(`${failingModule}
    try { for await (const event of run) for (let k = 0; k < 5; k++) await turn() }
    catch (error) { console.log(error.message) }
  `)
  t.equal(stdout, 'broken\nreports 0\n')
})

t.test('a failure after the last listener has left is reported', async (t) => {
  const { stdout } = await runModule(`${failingModule}
    for await (const event of run) break
  `)
  t.equal(stdout, 'reports 1\n')
})

t.test('a failure while the only listener was about to leave is reported, unless the run is awaited', async (t) => {
  const leave = 'for await (const event of run) { await new Promise((wake) => setTimeout(wake, 50)); break }'
  const { stdout } = await runModule(`${failingModule} ${leave}`)
  t.equal(stdout, 'reports 1\n')
  const awaited = await runModule(`${failingModule} ${leave}
    try { await run } catch ({ message }) { console.log(message) }`)
  t.equal(awaited.stdout, 'broken\nreports 0\n')
})

import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { fitMany, PsilonNet } from 'psilon'
import t from 'tap'
import { shareThreads } from '#psilon/fit/share-threads.js'
import { smoothTargets, someRows } from '../support/tables.js'

const threadsOfProcess = () => readdirSync('/proc/self/task').length

/** Waits until that holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(5)
}

t.test('the last fit gets the threads of those that have ended', { skip: process.platform !== 'linux' }, async (t) => {
  // wide enough that operations are cut among threads
  const wide = someRows(400, 40)
  const big = { x: wide, y: smoothTargets(wide) }
  const network = (seed: number) => new PsilonNet({ inputs: 40, hidden: 150, depth: 2, seed })
  const [stays, goes] = [network(1), network(2)]
  await readdir('.') // starts the threads that are Node's own
  const before = threadsOfProcess()
  const run = fitMany(
    [stays, goes].map((network) => ({ network, data: big, options: { epochs: 1_000_000_000 } })),
    { threads: 2 },
  )
  const begun = new Set<number>()
  for await (const { index } of run) if (begun.add(index).size === 2) break
  t.equal(threadsOfProcess() - before, 2, 'one for each')
  goes.dispose()
  await until(() => goes.loss === 'mse') // its fit has ended
  await until(() => threadsOfProcess() - before === 2)
  t.equal(threadsOfProcess() - before, 2, 'two for the one that is left')
  run.cancel()
  await t.rejects(run, { code: 'ERR_DISPOSED', details: { index: 1, history: [{ stopped: 'cancelled' }, null] } })
})

/** The threads of the running works, oldest first, before each of them ends in this order. */
async function sharesOf(order: number[], options: { threads: number; lanes: number; most: number }) {
  const used = new Map<number, number>()
  const ends: (() => void)[] = []
  const works = order.map((_, k) => (threads: number) => {
    used.set(k, threads)
    const end = new Promise<void>((resolve) => {
      ends[k] = () => resolve(void used.delete(k))
    })
    return { end, setThreads: (threads: number) => void used.set(k, threads) }
  })
  const done = shareThreads(works, options)
  const shares: number[][] = []
  for (const k of order) {
    shares.push([...used.values()])
    ends[k]?.()
    await new Promise(setImmediate)
  }
  await done
  return shares
}

t.test('all threads are in use from the beginning until the last work ends', async (t) => {
  const shares = await sharesOf([1, 0, 3, 2, 5, 4], { threads: 8, lanes: 3, most: 3 })
  t.strictSame(shares, [[3, 3, 2], [3, 3, 2], [3, 3, 2], [3, 3, 2], [4, 4], [8]])
})

t.test(
  'a rest of fewer works than threads begins at once, so that none of them is left alone at the end',
  async (t) => {
    const options = { threads: 2, lanes: 2, most: 3 }
    t.strictSame(await sharesOf([0, 1, 2], options), [[1, 1, 1], [1, 1], [2]])
    t.strictSame(await sharesOf([0, 1, 2, 3, 4], options), [[1, 1], [1, 1], [1, 1, 1], [1, 1], [2]])
    t.strictSame(await sharesOf([0, 1, 2], { ...options, most: 2 }), [[1, 1], [1, 1], [2]], 'if memory lets it')
    t.strictSame(await sharesOf([0, 1, 2, 3], { threads: 3, lanes: 3, most: 5 }), [
      [1, 1, 1, 1],
      [1, 1, 1],
      [2, 1],
      [3],
    ])
  },
)

t.test('the bits of a wide fit do not change with its threads while it runs', async (t) => {
  const x = someRows(200, 20)
  const data = { x, y: smoothTargets(x) }
  const wide = (dtype: 'float32' | 'float64', seed: number) =>
    new PsilonNet({ inputs: 20, hidden: 200, depth: 2, dtype, seed })
  const options = { batchSize: 100, schedule: 'constant' } as const
  for (const dtype of ['float32', 'float64'] as const) {
    const lengths = [1_000_000_000, 2, 4, 6]
    const fits = lengths.map((epochs, k) => ({ network: wide(dtype, k), data, options: { ...options, epochs } }))
    const run = fitMany(fits, { threads: 3 })
    const left = new Set([1, 2, 3])
    let from = Infinity
    let last = 0
    for await (const { index, epoch } of run) {
      if (index === 0) last = epoch
      else if (epoch === lengths[index]) left.delete(index)
      if (left.size === 0 && from === Infinity) from = last
      if (last > from + 60) break
    }
    run.cancel()
    const histories = await run
    for (const [k, { network }] of fits.entries()) {
      const alone = wide(dtype, k)
      await alone.fit(data, { ...options, epochs: histories[k]?.epoch, threads: 1 })
      t.strictSame(network.parameters, alone.parameters, `${dtype}, fit ${k}`)
    }
  }
})

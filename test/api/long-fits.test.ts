import { setImmediate as turn } from 'node:timers/promises'
import { range } from 'd3-array'
import { type Epoch, type History, PsilonNet } from 'psilon'
import t from 'tap'
import { insertEpoch } from '#psilon/fit/history.js'

/** A network whose epochs take microseconds. */
const tiny = () => new PsilonNet({ inputs: 1, hidden: 1, depth: 1, seed: 1 })
const data = { x: [[1], [2]], y: [1, 2] }
const onCpu = { device: 'cpu', threads: 1, schedule: 'constant', lambda: 0 } as const

/** Of so many epochs, those that are reported: each up to 10,000, every second up to 20,000, .. */
function reported(count: number): number[] {
  const stride = (k: number) => 2 ** Math.max(0, Math.ceil(Math.log2(k / 10_000)))
  return range(1, count + 1).filter((k) => k % stride(k) === 0)
}

const numbers = ({ epochs }: Pick<History, 'epochs'>) => epochs.map(({ epoch }) => epoch)

/** Lets no JavaScript run. */
const block = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

t.test('of a long fit epochs are kept by their numbers alone, however busy JavaScript is', async (t) => {
  const idle = await tiny().fit(data, { ...onCpu, epochs: 45_001 })
  const net = tiny()
  const run = net.fit(data, { ...onCpu, epochs: 45_001 })
  block(1000)
  const busy = await run
  t.strictSame(numbers(idle), [...reported(45_001), 45_001])
  t.strictSame(numbers(busy), numbers(idle))
  t.match([busy.stopped, busy.epoch, net.loss], ['completed', 45_001, 'mse'])
  const events: number[] = []
  for await (const { epoch } of run) events.push(epoch)
  t.strictSame(events, numbers(busy), 'an iterator that starts late gets the same')
})

t.test('of many epochs in one report none of the first is lost', async (t) => {
  const net = tiny()
  const run = net.fit(data, { ...onCpu, epochs: 300_000 })
  block(2000)
  const { epochs } = await run
  t.ok(epochs.length < 40_000)
  t.strictSame(numbers({ epochs: epochs.slice(0, 10_000) }), range(1, 10_001))
  t.equal(epochs.at(-1)?.epoch, 300_000)
})

t.test('epochs that are validated are counted on their own', async (t) => {
  const validation = { ...data, every: 1999 }
  const { epochs } = await tiny().fit(data, { ...onCpu, epochs: 40_000, validation })
  const validated = epochs.filter(({ validationLoss }) => validationLoss !== undefined).map(({ epoch }) => epoch)
  t.strictSame(validated, [...range(1999, 40_000, 1999), 40_000])
})

t.test('the epoch that early stopping keeps is among them', async (t) => {
  const early = { validation: data, earlyStopping: { patience: 7000 }, learningRate: 0.03 }
  const history = await tiny().fit(data, { ...onCpu, ...early, epochs: 25_001 })
  t.type(history.epochs.find(({ epoch }) => epoch === history.epoch)?.validationLoss, 'number')
  const kept = (...all: number[]) => all.map((epoch) => ({ epoch }) as Epoch)
  const epochs = kept(1, 2, 4, 8)
  for (const { epoch } of kept(2, 5, 9, 8)) insertEpoch(epochs, { epoch } as Epoch)
  t.strictSame(epochs, kept(1, 2, 4, 5, 8, 9))
})

t.test('the event loop turns while many epochs are iterated', async (t) => {
  let [turns, iterated, ended] = [0, 0, false]
  const run = tiny().fit(data, { ...onCpu, epochs: 20_000 })
  await run
  const spin = async () => {
    for (; !ended; turns++) await turn()
  }
  const spinning = spin()
  for await (const _ of run) iterated++
  ended = true
  await spinning
  t.equal(iterated, 15_000)
  t.ok(turns >= iterated / 32, `${turns} turns`)
})

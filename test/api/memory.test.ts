import { join } from 'node:path'
import { type FitOptions, fitMany, load, type PsilonError, PsilonNet, PsilonResNet, type TrainingData } from 'psilon'
import t from 'tap'
import { native } from '../addon/native.mjs'
import { fitShape } from '../support/fit-shape.js'
import { atEveryLevel } from '../support/instruction-sets.mjs'
import { held, leave, leaveAll } from '../support/memory.js'
import { someRows } from '../support/tables.js'

t.afterEach(leaveAll)

const x = someRows(50, 4)
const y = someRows(50, 1)

t.test('a fit that does not fit into memory is refused with both figures, and trains nothing', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 300 })
  const before = net.predictSync(x)
  leave(2e6)
  const error = (await net.fit({ x, y }, { epochs: 1 }).catch((error) => error)) as PsilonError
  t.equal(error.code, 'ERR_MEMORY')
  t.match(error.message, /^\[fit\] needs \d+\.\d MB, 2\.0 MB is available$/)
  t.ok((error.details.needed as number) > 2e6)
  t.same(net.predictSync(x), before)
  leaveAll()
  await net.fit({ x, y }, { epochs: 1 })
})

t.test('so is a network, and a file', async (t) => {
  const path = join(t.testdir(), 'model.safetensors')
  await new PsilonNet({ inputs: 4, hidden: 300 }).save(path)
  leave(1e5)
  t.throws(() => new PsilonNet({ inputs: 4, hidden: 300 }), { code: 'ERR_MEMORY', message: /^\[PsilonNet\] needs / })
  await t.rejects(load(path), { code: 'ERR_MEMORY', message: /^\[load\] needs / })
  leaveAll()
  await load(path)
})

t.test('without a limit the memory of the machine counts', async (t) => {
  process.constrainedMemory = () => 0
  t.ok(new PsilonNet({ inputs: 4, hidden: 300 }))
  t.throws(() => new PsilonNet({ inputs: 1e6, hidden: 1e6 }), { code: 'ERR_MEMORY' })
})

const drawn = { inputs: 300, hidden: 500, depth: 1 }

t.test('initial weights are drawn when they are first needed, in memory that was counted', async (t) => {
  const { config } = new PsilonNet(drawn)
  const itself = native.memoryNeeded(config, null)
  const drawing = native.memoryToDraw(config)
  t.equal(drawing, 8 * 300 * 500)
  const error = (bytes: number, work: () => unknown) => {
    leave(bytes)
    t.throws(work, { code: 'ERR_MEMORY', details: { needed: itself + drawing } })
    leaveAll()
  }
  error(itself + drawing / 2, () => new PsilonNet(drawn))
  const nets: PsilonNet[] = []
  const make = async () => nets.push(new PsilonNet(drawn))
  t.equal(await peakOf(make), itself)
  t.equal(await peakOf(async () => nets[0]?.parameters), drawing)
  t.equal(await peakOf(async () => nets[0]?.parameters), 0)
})

t.test('where there are parameters, nothing is drawn', async (t) => {
  const path = join(t.testdir(), 'model.safetensors')
  const net = new PsilonNet(drawn)
  const itself = native.memoryNeeded(net.config, null)
  const { parameters } = net
  await net.save(path)
  const loaded: unknown[] = []
  t.equal(await peakOf(async () => loaded.push(await load(path))), itself)
  const fresh = new PsilonNet(drawn)
  t.equal(await peakOf(async () => fresh.setParameters(parameters)), itself)
  leave(itself)
  const error = (await load(path).catch((error) => error)) as PsilonError
  t.equal(error.code, 'ERR_MEMORY')
  t.ok((error.details.needed as number) > 1.9 * itself, 'the numbers of the file, and the network')
})

t.test('a prediction and a fit draw what they need', async (t) => {
  const shape = { inputs: 700, hidden: 700, depth: 1 }
  const rows = someRows(2, 700)
  const works: ((net: PsilonNet) => PromiseLike<unknown>)[] = [
    (net) => net.predict(rows),
    (net) => net.fit({ x: rows, y: [0, 1] }, { epochs: 1 }),
  ]
  for (const work of works) {
    const net = new PsilonNet(shape)
    t.ok((await peakOf(() => work(net))) >= native.memoryToDraw(net.config))
  }
})

type AnyNet = PsilonNet | PsilonResNet

function needed(net: AnyNet, { x }: { x: { shape: number[] } }, options: FitOptions): number {
  return native.memoryNeeded(net.config, fitShape(net.config, x.shape[0] as number, options))
}

const table = (rows: number, inputs: number) => ({ x: someRows(rows, inputs), y: someRows(rows, 1) })
const tableBytes = ({ x }: ReturnType<typeof table>, element: number) => element * (x.data.length + (x.shape[0] ?? 0))

async function peakOf(work: () => PromiseLike<unknown>): Promise<number> {
  const before = await held()
  native.resetMemoryPeak()
  await work()
  return native.memoryUsed().peak - before
}

const wide = { inputs: 12, hidden: 200 }
const shapes: { name: string; make: () => AnyNet; rows: number; options?: FitOptions; element?: number }[] = [
  { name: 'a wide network', make: () => new PsilonNet(wide), rows: 600 },
  { name: 'one thread', make: () => new PsilonNet(wide), rows: 600, options: { threads: 1 } },
  { name: 'eight threads', make: () => new PsilonNet(wide), rows: 600, options: { threads: 8 } },
  { name: 'float64', make: () => new PsilonNet({ ...wide, dtype: 'float64' }), rows: 600, element: 8 },
  { name: 'a batch of all rows', make: () => new PsilonNet(wide), rows: 3000, options: { batchSize: 3000 } },
  { name: 'many rows', make: () => new PsilonNet({ inputs: 2, hidden: 16 }), rows: 50_000, options: { epochs: 2 } },
  { name: 'many inputs', make: () => new PsilonNet({ inputs: 300, hidden: 50 }), rows: 600 },
  { name: 'a deep network', make: () => new PsilonResNet({ inputs: 12, hidden: 100, depth: 8 }), rows: 600 },
  { name: 'a tiny network', make: () => new PsilonResNet({ inputs: 4, hidden: 16 }), rows: 100 },
  { name: 'pruning', make: () => new PsilonResNet(wide), rows: 600, options: { prune: { sparsity: 0.9 } } },
  {
    name: 'pruning that gives every row a length of its own',
    make: () => new PsilonNet({ ...wide, normalization: 'l2' }),
    rows: 600,
    options: { prune: { sparsity: 0.9 } },
  },
  {
    name: 'pruning, with more lengths than weights',
    make: () => new PsilonNet({ inputs: 1, hidden: 2000, depth: 1, normalization: 'l2' }),
    rows: 600,
    options: { prune: { scale: 2 }, batchSize: 1 },
  },
  {
    name: 'the path norm by explicit products',
    make: () => new PsilonNet({ ...wide, sharedLength: false }),
    rows: 600,
    options: { lambda: 1e-3 },
  },
  {
    name: 'a projection every step',
    make: () => new PsilonNet(wide),
    rows: 600,
    options: { projection: 'every-step' },
  },
]

for (const { name, make, rows, options: given, element = 4 } of shapes) {
  t.test(`what a fit holds is what was counted: ${name}`, async (t) => {
    const net = make()
    const data = table(rows, net.config.inputs)
    const options = { epochs: 6, batchSize: 100, threads: 2, ...given }
    const itself = () => native.memoryNeeded(net.config, null)
    const others = (await held()) - itself()
    const counted = needed(net, data, options) + tableBytes(data, element)
    t.equal(await peakOf(() => net.fit(data, options)), counted)
    t.equal(await held(), others + itself(), 'it keeps nothing but the network')
    net.dispose()
  })
}

t.test('early stopping holds one snapshot, validation its rows', async (t) => {
  const net = new PsilonNet(wide)
  const [data, validation] = [table(600, 12), table(400, 12)]
  const options = { epochs: 6, batchSize: 100, threads: 2, validation, earlyStopping: { patience: 2 } }
  const counted = needed(net, data, options) + tableBytes(data, 4) + tableBytes(validation, 4)
  t.equal(await peakOf(() => net.fit(data, options)), counted)
})

t.test('fits at once hold shared rows once, and scratch memory for each thread once', async (t) => {
  const data: TrainingData = table(20_000, 12)
  const shared = data as ReturnType<typeof table>
  const options = { epochs: 1_000_000_000, batchSize: 100 }
  const fits = [1, 2, 3].map((seed) => ({ network: new PsilonNet({ inputs: 12, hidden: 64, seed }), data, options }))
  const alone = fits.map(({ network }) => needed(network, shared, { ...options, threads: 1 }))
  const counted = alone.reduce((sum, bytes) => sum + bytes, tableBytes(shared, 4))
  const before = await held()
  const allAtOnce = async () => {
    const run = fitMany(fits, { threads: 3 })
    const begun = new Set<number>()
    for await (const { index } of run) if (begun.add(index).size === 3) break
    run.cancel()
    await run
  }
  t.equal(await peakOf(allAtOnce), counted)
  t.equal(await held(), before)
})

t.test('a fit that fails or is cancelled leaves nothing', async (t) => {
  const net = new PsilonNet(wide)
  const data = table(600, 12)
  const before = await held()
  await t.rejects(net.fit(data, { learningRate: 1e30, schedule: 'constant' }), { code: 'ERR_NON_FINITE' })
  const run = net.fit(data, { epochs: 1e6 })
  for await (const _ of run) break
  run.cancel()
  await run
  t.equal(await held(), before)
})

t.test('a network that is disposed of frees everything', async (t) => {
  const before = await held()
  const net = new PsilonNet(wide)
  t.equal(native.memoryUsed().current - before, native.memoryNeeded(net.config, null))
  await net.predict(someRows(50, 12))
  net.prune({ sparsity: 0.9 })
  await net.predict(someRows(50, 12))
  net.dispose()
  t.equal(await held(), before)
})

/** Sums of figures of the layers. */
function sumOf<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0)
}

/** The formula of docs/devices-and-threads.md, in bytes, without the tables: without S, and S as it is with AVX-512. */
function documented({ config }: AnyNet, rows: number, { batchSize, prune }: { batchSize: number; prune: boolean }) {
  const e = config.dtype === 'float64' ? 8 : 4
  const n = Math.min(batchSize, rows)
  const { inputs, outputs, sharedLength, normalization } = config
  const layers = [...config.hidden, outputs].map((out, k) => {
    const matrices = config.kind === 'resnet' && k > 0 ? 2 : 1
    const lengths = normalization === 'none' ? 0 : sharedLength[k] === true ? 1 : out
    return { in: k === 0 ? inputs : (config.hidden[k - 1] as number), out, matrices, lengths }
  })
  const W = sumOf(layers, (layer) => layer.matrices * layer.in * layer.out)
  const P = W + sumOf(layers, ({ lengths, out }) => lengths + out)
  const U = sumOf(layers, ({ out }) => out)
  const M = Math.max(...layers.map(({ out }) => out))
  const numbers = 4 * P + (prune ? W : 0) + n * (inputs + U + outputs) + 12 * (inputs + U)
  const bytes = e * numbers + 8 * (n + rows + 4096) + (16 + 6 * e) * Math.ceil(rows / n)
  const scratch = layers.map((layer) => {
    const w = Math.max(layer.out, layer.matrices * layer.in)
    return n * (w + 145) + Math.max(131072 / e, 145 * w)
  })
  const line = (count: number) => Math.ceil(count / (128 / e)) * (128 / e)
  const widths = layers.map((layer) => layer.matrices * line(layer.in))
  const [I, x] = [sumOf(widths, (width) => width), Math.max(...widths)]
  const small = line(n) * (I + x + 3 * M + 42) + x * (M + 41) + 2 * outputs + 288
  return { bytes, scratch: e * Math.max(...scratch), work: 3 * n * W, large: e * 2 * n * M, small: e * small }
}

/** Multiply-adds up to which a step is small. */
const smallWork = (level: string) => 2 ** (level === 'baseline' ? 23 : 25)

const dtypes = ['float32', 'float64'] as const
const sizes = [
  [2000, 400],
  [50, 400],
  [100_000, 10],
] as const
const networks = () =>
  [PsilonNet, PsilonResNet].flatMap((Net) =>
    dtypes.flatMap((dtype) =>
      [true, false].flatMap((sharedLength) =>
        [
          { inputs: 12, hidden: 500, depth: 3 },
          { inputs: 12, hidden: 64, depth: 3 },
          { inputs: 1000, hidden: 20, depth: 1 },
          { inputs: 3, hidden: 8, depth: 12, outputs: 40 },
          { inputs: 1, hidden: 1, depth: 1 },
        ].map((shape) => new Net({ ...shape, sharedLength, dtype })),
      ),
    ),
  )

t.test('the formula of the documentation is near what is counted, at every instruction set', async (t) => {
  const all = networks()
  atEveryLevel((level) => {
    for (const net of all) {
      for (const [rows, batchSize] of sizes) {
        for (const prune of [false, true]) {
          const options = { batchSize, ...(prune && { prune: { sparsity: 0.5 } }) }
          const counted = (threads: number) =>
            native.memoryNeeded(net.config, fitShape(net.config, rows, { ...options, threads }))
          const { bytes, scratch, work, large, small } = documented(net, rows, { batchSize, prune })
          const ofThread = counted(2) - counted(1)
          const found = counted(1) - ofThread
          const { kind, dtype, inputs, hidden } = net.config
          const name = `${level}: ${kind} ${dtype} of ${inputs}-${hidden}, ${rows} rows, batches of ${batchSize}`
          // a bound on what a small step holds, which wide vectors and layers come near
          const near = level === 'avx512' && hidden[0] === 64 ? 0.6 : 0
          const [least, most] = work > smallWork(level) ? [large, large] : [near * small, small]
          // numbers begin at cache lines, which takes some of a network of a few units
          const rounded = hidden[0] === 1 ? 1.15 : 1.05
          const expected = [0.95 * (bytes + least), rounded * (bytes + most)]
          t.ok(found > expected[0] && found < expected[1], `${name}: ${found} of ${expected}`)
          t.equal(counted(3) - counted(2), ofThread, name)
          t.ok(ofThread < 1.01 * scratch, `${name}: ${ofThread} bytes of a thread, S is ${scratch}`)
        }
      }
    }
  })
})

/** What the documentation says of two threads, in MB: vectors of a level are as wide as its tiles. */
const example: Record<string, number> = { baseline: 14.4, neon: 14.4, avx2: 14.5, avx512: 15.0 }

t.test('its example is what is counted', async (t) => {
  const net = new PsilonNet({ inputs: 12, hidden: 500, depth: 3 })
  const megabytes = (options: FitOptions) =>
    (native.memoryNeeded(net.config, fitShape(net.config, 2000, { batchSize: 400, ...options })) + 4 * 2000 * 13) / 1e6
  const { bytes, scratch, large } = documented(net, 2000, { batchSize: 400, prune: false })
  atEveryLevel((level) => {
    const near = (found: number, expected: number) =>
      t.ok(Math.abs(found / expected - 1) < 0.005, `${level}: ${found}, expected ${expected}`)
    const ofThread = megabytes({ threads: 2 }) - megabytes({ threads: 1 })
    near(megabytes({ threads: 2 }), (bytes + large + 4 * 2000 * 13) / 1e6 + 2 * ofThread)
    near(megabytes({ threads: 2 }), example[level] as number)
    near(megabytes({ threads: 2, prune: { sparsity: 0.9 } }), (example[level] as number) + 2.0)
    t.ok(ofThread > 0.7 * (scratch / 1e6), `${level}: ${ofThread} of a thread, S is ${scratch}`)
  })
})

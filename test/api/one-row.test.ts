import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { type EstimatorOptions, load, PsilonClassifier, PsilonError, PsilonRegressor, readTable } from 'psilon'
import t from 'tap'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { PlainRows } from '#psilon/data/plain-rows.js'
import { Preprocessor } from '#psilon/data/preprocess.js'
import { readTable as tableOf } from '#psilon/tables/table.js'
import { Random } from '../fuzz/random.js'
import { quick } from '../support/houses.js'

type Model = PsilonRegressor | PsilonClassifier
type Row = Record<string, unknown>

const towns = ['Aachen', 'Bonn', '7', '1.0', 'inf', '-999x']

/** Rows with a column for every kind of input, and two targets. */
function someRows(rows: number, seed = 1): Row[] {
  const random = new Random(seed)
  return Array.from({ length: rows }, (_, i) => {
    const [a, b] = [random.next(), random.next()]
    return {
      area: 100 + 50 * a,
      amount: Math.exp(4 * b),
      gaps: i % 5 === 0 ? null : a * b,
      two: i % 2,
      flag: b > 0.5,
      town: towns[i % towns.length],
      code: i % 3,
      part: i % 4 === 0 ? null : ['x', 'y', 'z'][i % 3],
      unused: 'of no use',
      price: 3 * a - b + (i % 3),
      size: ['small', 'medium', 'large'][random.below(3)],
    }
  })
}

const options = { ...quick, epochs: 3, categorical: ['code'], ignore: ['unused'] }

async function fitted(target: 'price' | 'size' | 'flag', more: EstimatorOptions = {}): Promise<Model> {
  const given = { ...options, ignore: ['unused', ...['price', 'size'].filter((name) => name !== target)], ...more }
  const model = target === 'price' ? new PsilonRegressor(given) : new PsilonClassifier(given)
  await model.fit(someRows(60), { target })
  return model
}

/** The same model, of which some texts mean a missing value, and whose decimals have commas. */
async function readingOtherwise(folder: string): Promise<Model> {
  const rows = someRows(60).map((row) => ({ ...row, area: String(row.area).replace('.', ',') }))
  const lines = [Object.keys(rows[0] as Row), ...rows.map((row) => Object.values(row).map((cell) => cell ?? '-999'))]
  const file = join(folder, 'rows.csv')
  writeFileSync(
    file,
    lines
      .map((line) => line.join(';'))
      .join('\n')
      .replaceAll('.', ','),
  )
  const model = new PsilonRegressor({ ...options, ignore: ['unused', 'size'] })
  await model.fit(await readTable(file, { decimal: ',', missing: ['-999', '?'] }), { target: 'price' })
  return model
}

const strange: readonly unknown[] = [
  ...[0, -0, 1, 2, 1.5, -3e38, 1e39, 1e300, -1e308, 5e-324, -999, Number.NaN, Infinity, -Infinity, 7, 5n, 2n ** 70n],
  ...[
    '',
    ' ',
    'NA',
    'n/a',
    '?',
    '3.5',
    ' 3.5 ',
    '3,5',
    '1e3',
    '007',
    '7',
    '1.0',
    '1',
    '1e999',
    'inf',
    '-999',
    '\u22125',
  ],
  ...['Aachen', ' Bonn', 'bonn', 'Bonn\r', 'x', 'X', 'y', 'zz', 'true', 'False', 'constructor', '__proto__', '-999x'],
  ...[true, false, null, undefined, [], [1], {}, () => 1, Symbol('s'), new Date(0), new Number(3), new String('x')],
]

/** A row of which some cells are strange; now and then it lacks a column or has more. */
function strangeRow(random: Random, row: Row): Row {
  const entries = Object.entries(row)
  for (let changes = random.below(4); changes > 0; changes--) random.pick(entries)[1] = random.pick(strange)
  const kind = random.below(20)
  if (kind === 0) entries.splice(random.below(entries.length), 1)
  if (kind === 1) entries.push(['', 1])
  if (kind === 2) entries.push(['more', random.pick(strange)])
  if (kind === 3) entries.reverse()
  return Object.fromEntries(entries)
}

/** What came of a call, without the name of the operation. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof PsilonError)) throw error
    return { code: error.code, message: error.message.replace(/^\[\w+\] /, ''), details: error.details }
  }
}

/** Throws unless both calls give the same, to the bit and in the same order, or refuse in the same words. */
async function requireSame(now: () => unknown, later: () => unknown, what: unknown): Promise<'given' | 'refused'> {
  const [found, expected] = [await outcome(now), await outcome(later)]
  const texts = [found, expected].map((each) => JSON.stringify(each))
  if (isDeepStrictEqual(found, expected) && texts[0] === texts[1]) {
    return Object.hasOwn(expected as object, 'code') ? 'refused' : 'given'
  }
  throw new Error(`${texts[0]} instead of ${texts[1]}`, { cause: what })
}

async function requireSameRows(model: Model, rows: number, seed: number): Promise<Record<'given' | 'refused', number>> {
  const random = new Random(seed)
  const counts = { given: 0, refused: 0 }
  for (const [i, plain] of someRows(rows, seed).entries()) {
    const row = strangeRow(random, plain)
    counts[
      await requireSame(
        () => model.predictSync(row),
        () => model.predict([row]),
        row,
      )
    ]++
    if (i % 4 > 0) continue
    const several = random.list(random.int(1, 3), () => strangeRow(random, random.pick([plain, row])))
    counts[
      await requireSame(
        () => model.predictSync(several),
        () => model.predict(several),
        several,
      )
    ]++
  }
  return counts
}

/** Each strange cell in each column of a row that is plain otherwise, alone and beside the plain row. */
async function requireSameCells(model: Model, [plain = {}]: Row[]): Promise<void> {
  for (const name of Object.keys(plain)) {
    for (const cell of strange) {
      const row = { ...plain, [name]: cell }
      await requireSame(
        () => model.predictSync(row),
        () => model.predict([row]),
        [name, cell],
      )
      const both = [plain, row]
      await requireSame(
        () => model.predictSync(both),
        () => model.predict(both),
        [name, cell, 'of two rows'],
      )
    }
  }
}

t.test('predictSync gives for any row what predict gives, or refuses it in the same words', async (t) => {
  const models: [name: string, model: Model][] = []
  for (const [k, encoding] of encodingNames.entries()) {
    const dtype = k % 2 === 0 ? 'float32' : 'float64'
    models.push([`${encoding}, ${dtype}`, await fitted('price', { encoding, dtype })])
  }
  models.push(['three classes', await fitted('size')])
  models.push(['two classes', await fitted('flag', { encoding: 'piecewise-linear' })])
  models.push(['another reading', await readingOtherwise(t.testdir())])
  for (const [k, [name, model]] of models.entries()) {
    using _ = model
    const { given, refused } = await requireSameRows(model, 60, k + 1)
    t.ok(given > 15 && refused > 5, `${name}: ${given} given, ${refused} refused`)
    if (k >= encodingNames.length) await requireSameCells(model, someRows(1))
  }
})

t.test('an average of networks with several encodings', async (t) => {
  const search = { preset: 'balanced', lambda: 'auto', lambdas: [1e-3, 1e-2], batchSize: undefined, epochs: 4 } as const
  for (const target of ['price', 'size'] as const) {
    using model = await fitted(target, { ...search, ensemble: 3, encoding: 'auto' })
    t.ok(model.members.length > 1)
    const { given, refused } = await requireSameRows(model, 60, 9)
    t.ok(given > 15 && refused > 5, `${given} given, ${refused} refused`)
  }
})

t.test('one row, rows, columns, a table', async (t) => {
  const model = (await fitted('price')) as PsilonRegressor
  const rows = someRows(5, 3)
  const columns = Object.fromEntries(Object.keys(rows[0] as Row).map((name) => [name, rows.map((row) => row[name])]))
  const table = await readTable(rows)
  const { values } = await model.predict(rows)
  for (const given of [rows, columns, table]) t.strictSame(model.predictSync(given).values, values)
  const many = Array.from({ length: 40 }, () => rows).flat()
  t.strictSame(model.predictSync(many), await model.predict(many), 'more rows than take the short way')
  const [row = {}] = rows
  const alone = await model.predict([row])
  class House {
    constructor() {
      Object.assign(this, row)
    }
    get more() {
      return 1
    }
  }
  const foreign = runInNewContext('JSON.parse(text)', { text: JSON.stringify(row) })
  const unlike = Object.assign(Object.create(null), row)
  const frozen = Object.freeze({ ...row, unused: ['an array', 'of a column that is no input'] })
  for (const same of [row, new House(), foreign, unlike, frozen, new Proxy(row, {})]) {
    t.strictSame(model.predictSync(same), alone)
  }
  const wrong = 'row index 0, column "area": got an array of 1, expected a number, text, boolean or null'
  t.throws(() => model.predictSync({ ...row, area: [100] }), { code: 'ERR_DATA', message: `[predictSync] ${wrong}` })
  const nothing =
    '[predictSync] the table has 1 row without a property of its own, expected rows, columns, a table of another library or what readTable gave'
  t.throws(() => model.predictSync({}), { code: 'ERR_DATA', message: nothing })
  t.throws(() => model.predictSync('rows.csv' as never), { code: 'ERR_OPTION' })
  for (const odd of [undefined, null, 5, [], new Map(), new Date(0), () => 1]) {
    t.throws(() => model.predictSync(odd as never), { code: 'ERR_DATA' })
  }
})

function unreadable(): never {
  throw new Error('on purpose')
}

t.test('a row that cannot be read, or whose getters predict', async (t) => {
  const model = (await fitted('price')) as PsilonRegressor
  const [row = {}, other = {}] = someRows(2, 4)
  const broken = Object.defineProperty({ ...row }, 'unused', { enumerable: true, get: unreadable })
  await requireSame(
    () => model.predictSync(broken),
    () => model.predict([broken]),
    broken,
  )
  const { proxy, revoke } = Proxy.revocable(row, {})
  revoke()
  t.throws(() => model.predictSync(proxy), { code: 'ERR_DATA' })
  const expected = model.predictSync(row)
  const nested = Object.defineProperty({ ...row }, 'two', {
    enumerable: true,
    get() {
      model.predictSync(other)
      return row.two
    },
  })
  t.strictSame(model.predictSync(nested), expected)
})

t.test('results have memory of their own', async (t) => {
  for (const ensemble of [1, 2]) {
    const model = (await fitted('price', { ensemble })) as PsilonRegressor
    const [row = {}, other = {}] = someRows(2, 5)
    const first = model.predictSync(row)
    const copy = structuredClone(first)
    t.notSame(model.predictSync(other), first)
    first.missing.area = 1
    first.values[0] = Number.NaN
    t.strictSame(model.predictSync(row), copy)
    row.area = 120
    t.notSame(model.predictSync(row), copy, 'nothing is remembered of a row')
  }
})

t.test('plain rows take the short way, to the inputs of the long one', async (t) => {
  const table = await tableOf(someRows(40))
  for (const dtype of ['float32', 'float64'] as const) {
    const [first, ...more] = encodingNames.map((encoding) => {
      const outcome = { values: Array.from({ length: 40 }, (_, i) => i % 3), classes: true }
      return Preprocessor.learn(table, {
        target: 'price',
        ignore: ['unused'],
        categorical: ['code'],
        encoding,
        outcome,
      })
    })
    const joined = Preprocessor.joined([first as Preprocessor, ...more])
    const rows = someRows(40, 6).filter(({ town }) => town !== 'inf')
    const short = new PlainRows(joined, { decimal: '.', missing: ['NA'] }, dtype)
    t.strictSame(short.transform(rows), joined.transform(await tableOf(rows), dtype))
    const read = await readTable(rows)
    t.strictSame(short.transform([rows[0]]), joined.transform(read.slice(0, 1), dtype))
    t.equal(short.transform(Array(65).fill(rows[0])), null)
    for (const more of [{ area: '100' }, { town: 'inf' }, { area: Number.NaN }]) {
      t.equal(short.transform([{ ...rows[0], ...more }]), null)
    }
  }
})

t.test('while a fit or a prediction runs, and after the end', async (t) => {
  const model = (await fitted('price')) as PsilonRegressor
  const rows = someRows(60, 7)
  const [row = {}] = rows
  const before = model.predictSync(row)
  const run = model.fit(rows, { target: 'price' })
  const predicting = model.predict([row])
  for await (const _ of run) t.strictSame(model.predictSync(row), before)
  await run
  t.strictSame(await predicting, before)
  const after = model.predictSync(row)
  t.notSame(after, before)
  t.strictSame(after, await model.predict([row]))
  model.prune({ sparsity: 0.5 })
  t.strictSame(model.predictSync(row), await model.predict([row]), 'pruned')
  model.compact()
  t.strictSame(model.predictSync(row), await model.predict([row]), 'compacted')
  const again = (await load(model.toBuffer())) as PsilonRegressor
  t.strictSame(again.predictSync(row), model.predictSync(row), 'loaded')
  model.network.dispose()
  t.throws(() => model.predictSync(row), { code: 'ERR_DISPOSED' })
  model.dispose()
  t.throws(() => model.predictSync(row), {
    code: 'ERR_DISPOSED',
    message: '[predictSync] the estimator has been disposed of',
  })
  t.throws(() => new PsilonRegressor().predictSync(row), { code: 'ERR_NOT_FITTED' })
})

t.test('in a worker thread', async (t) => {
  const model = (await fitted('size', { ensemble: 2 })) as PsilonClassifier
  const [row = {}] = someRows(1, 8)
  const code = `import { parentPort, workerData } from 'node:worker_threads'
    const { load } = await import(workerData.psilon)
    const model = await load(workerData.bytes)
    parentPort.postMessage([model.predictSync(workerData.row), model.certifySync(workerData.row)])`
  const workerData = { psilon: import.meta.resolve('psilon'), bytes: model.toBuffer(), row }
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  const worker = new Worker(url, { workerData })
  const [found] = await once(worker, 'message')
  t.strictSame(found, [model.predictSync(row), model.certifySync(row)])
  await worker.terminate()
})

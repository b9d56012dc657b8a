import { type FitEvent, PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { native } from '#psilon/core/native.js'
import { folds, split } from '#psilon/data/split.js'
import { readTable, selectRows, type Table } from '#psilon/tables/table.js'
import { bundled, quick, someHouses } from '../support/houses.js'

const houses = someHouses(100)
const others = someHouses(60, 2)
const wine = await readTable(bundled('wine.csv'))
const auto = { ...quick, epochs: 30, lambda: 'auto', lambdas: [3, 1e-4, 1e-2] } as const

async function collect(run: AsyncIterable<FitEvent>): Promise<FitEvent[]> {
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

const least = (scores: readonly { lambda: number; score: number }[]) =>
  [...scores].sort((a, b) => a.score - b.score)[0] as { lambda: number; score: number }
const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-5 * Math.abs(expected)

t.test('the lambda of the least score is fitted anew on all rows', async (t) => {
  const model = new PsilonRegressor(auto)
  const run = model.fit(houses, { target: 'price' })
  const events = await collect(run)
  const summary = await run
  t.strictSame(
    summary.search.map(({ lambda }) => lambda),
    auto.lambdas,
  )
  t.equal(summary.lambda, least(summary.search).lambda)
  t.equal(model.lambda, summary.lambda)
  t.not(summary.lambda, 3)
  const [strong, weak] = summary.search
  t.ok((weak?.pathNorm as number) > (strong?.pathNorm as number))
  t.equal(summary.rows, 100)
  t.equal(summary.epochs.length, 30)

  t.equal(events.length, 4 * 30)
  t.strictSame(
    events
      .filter(({ epoch }) => epoch === 1)
      .sort((a, b) => a.fit - b.fit)
      .map(({ stage, fit, fits, lambda, batches }) => [stage, fit, fits, lambda, batches]),
    [
      ['search', 1, 4, 3, 3],
      ['search', 2, 4, 1e-4, 3],
      ['search', 3, 4, 1e-2, 3],
      ['fit', 4, 4, summary.lambda, 4],
    ],
  )
  const alone = new PsilonRegressor({ ...auto, lambda: summary.lambda as number, lambdas: undefined })
  await alone.fit(houses, { target: 'price' })
  t.strictSame((await model.predict(others)).values, (await alone.predict(others)).values)
})

/** Log loss on `validation` of a classifier that a part of the table trained. */
async function partLoss(lambda: number, train: Table, validation: Table, options: object): Promise<number> {
  const model = new PsilonClassifier({ ...quick, epochs: 30, lambda, ...options })
  await model.fit(train, { target: 'target' })
  return (await model.evaluate(validation)).logLoss
}

const context = {
  seed: quick.seed,
  permutation: native.permutation,
  classes: wine.columns[wine.names.indexOf('target')] as number[],
}

t.test('with folds, the score is the mean over the folds', async (t) => {
  const model = new PsilonClassifier({ ...auto, selection: { folds: 3 } })
  const run = model.fit(wine, { target: 'target' })
  const { search } = await run
  t.equal((await collect(run)).at(-1)?.fits, 3 * 3 + 1)
  const parts = folds(wine.rows, 3, context)
  for (const { lambda, score } of search) {
    const losses: number[] = []
    for (const { train, validation } of parts) {
      losses.push(await partLoss(lambda, selectRows(wine, train), selectRows(wine, validation), {}))
    }
    t.ok(near(score, losses.reduce((sum, loss) => sum + loss, 0) / 3))
  }
})

t.test('with a share, the score is that of the held-out rows', async (t) => {
  const model = new PsilonClassifier({ ...auto, selection: { validation: 0.3 } })
  const { search } = await model.fit(wine, { target: 'target' })
  const { train, validation } = split(wine.rows, { validation: 0.3 }, context)
  for (const { lambda, score } of search) {
    t.ok(near(score, await partLoss(lambda, selectRows(wine, train), selectRows(wine, validation), {})))
  }
  const { search: usual } = await new PsilonClassifier(auto).fit(wine, { target: 'target' })
  const fifth = new PsilonClassifier({ ...auto, selection: { validation: 0.2 } })
  t.strictSame((await fifth.fit(wine, { target: 'target' })).search, usual)
  t.notSame(usual, search)
})

t.test('a validation table decides, and the chosen network is kept', async (t) => {
  const model = new PsilonRegressor(auto)
  const run = model.fit(houses, { target: 'price', validation: others })
  const events = await collect(run)
  const { search, lambda, rows, epochs, stopped } = await run
  t.strictSame({ rows, stopped, epochs: epochs.length }, { rows: 100, stopped: 'completed', epochs: 30 })
  const evaluated = epochs.filter(({ validationLoss }) => validationLoss !== undefined)
  t.equal(evaluated.length, 15, 'there is a curve of the network that is kept')
  t.ok(events.every(({ stage, fits }) => stage === 'search' && fits === 3))
  const { scaledRmse } = await model.evaluate(others)
  t.ok(near(scaledRmse, least(search).score))
  t.equal(lambda, least(search).lambda)
  t.ok(near(model.pathNorm(), search.find((each) => each.lambda === lambda)?.pathNorm as number))
  const alone = new PsilonRegressor({ ...auto, lambda: lambda as number, lambdas: undefined })
  await alone.fit(houses, { target: 'price' })
  t.strictSame((await model.predict(others)).values, (await alone.predict(others)).values)
})

t.test('with early stopping the best epoch counts, and the chosen network is kept', async (t) => {
  const model = new PsilonRegressor({ ...auto, epochs: 200, schedule: 'constant', earlyStopping: { patience: 3 } })
  const run = model.fit(houses, { target: 'price' })
  const fits = await collect(run)
  const { search, lambda, rows, epoch, epochs } = await run
  t.equal(rows, 80)
  t.equal(fits.at(-1)?.fits, 3)
  for (const { lambda, score } of search) {
    const losses = fits.filter((event) => event.lambda === lambda).map(({ validationLoss }) => validationLoss as number)
    t.ok(losses.length < 200)
    t.equal(score, Math.sqrt(Math.min(...losses)))
  }
  const best = epochs.find((each) => each.epoch === epoch)?.validationLoss as number
  t.equal(Math.sqrt(best), least(search).score)
  t.equal(lambda, least(search).lambda)
})

t.test('the default grid has the 13 lambdas of the paper', async (t) => {
  const model = new PsilonRegressor({ ...quick, hidden: 2, depth: 1, epochs: 1, lambda: 'auto' })
  const run = model.fit(houses, { target: 'price' })
  const events = await collect(run)
  t.ok(events.every(({ fits }) => fits === 14))
  const paper = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5]
  t.strictSame(
    (await run).search.map(({ lambda }) => lambda),
    paper,
  )
})

/** Waits until a search with two threads has tried at least one lambda. */
async function inThird(run: AsyncIterable<FitEvent>): Promise<void> {
  for await (const { fit } of run) if (fit === 3) break
}

const many = Array.from({ length: 50 }, (_, k) => 1e-4 * 1.1 ** k)
const long = { ...quick, epochs: 1000, lambda: 'auto', lambdas: many, threads: 2 } as const

t.test('a search that is cancelled leaves the estimator as it was', async (t) => {
  const model = new PsilonRegressor(long)
  const run = model.fit(houses, { target: 'price' })
  await inThird(run)
  run.cancel()
  const summary = await run
  t.match(summary, { lambda: null, stopped: 'cancelled', epochs: [], epoch: 0, rows: 100 })
  const tried = summary.search.map(({ lambda }) => lambda)
  t.ok(tried.length >= 1 && tried.length < 50)
  t.strictSame(
    tried,
    many.filter((lambda) => tried.includes(lambda)),
  )
  await t.rejects(model.predict(houses), { code: 'ERR_NOT_FITTED' })
})

t.test('a search whose signal is aborted rejects with what was found', async (t) => {
  const model = new PsilonRegressor(long)
  const controller = new AbortController()
  const run = model.fit(houses, { target: 'price', signal: controller.signal })
  await inThird(run)
  controller.abort()
  const error = await run.then(
    () => undefined,
    (error) => error,
  )
  const history = { lambda: null, stopped: 'cancelled', epochs: [], search: [{ lambda: Number, score: Number }] }
  t.match(error, { code: 'ERR_CANCELLED', details: { history } })
  await t.rejects(model.predict(houses), { code: 'ERR_NOT_FITTED' })
})

t.test('a search that is cancelled at once tries nothing', async (t) => {
  const model = new PsilonRegressor(auto)
  const run = model.fit(houses, { target: 'price' })
  run.cancel()
  t.match(await run, { lambda: null, stopped: 'cancelled', search: [], epochs: [] })
  t.strictSame(await collect(run), [])
})

t.test('a last fit that is cancelled keeps its network', async (t) => {
  // one row in a hundred trains in the search, all of them in the last fit, which would take seconds
  const selection = { validation: 0.99 }
  const model = new PsilonRegressor({ ...auto, epochs: 1000, selection })
  const run = model.fit(someHouses(10_000), { target: 'price' })
  for await (const { stage } of run) if (stage === 'fit') break
  run.cancel()
  const { stopped, lambda, search, epoch } = await run
  t.equal(stopped, 'cancelled')
  t.equal(lambda, least(search).lambda)
  t.ok(epoch >= 1)
  t.equal((await model.predict(others)).values.length, 60)
})

t.test('the same bits however many lambdas are tried at a time', async (t) => {
  const searched = async (options: object, threads: number, data: object) => {
    const model = new PsilonRegressor({ ...auto, lambdas: many.slice(0, 7), ...options, threads })
    const { search, lambda, epoch } = await model.fit(houses, { target: 'price', ...data })
    return { search, lambda, epoch, predicted: (await model.predict(others)).values }
  }
  for (const options of [{}, { selection: { folds: 3 } }, { epochs: 90, earlyStopping: { patience: 2 } }]) {
    for (const data of 'selection' in options ? [{}] : [{}, { validation: others }]) {
      const one = await searched(options, 1, data)
      t.equal(one.search.length, 7)
      for (const threads of [2, 3, 30]) t.strictSame(await searched(options, threads, data), one)
    }
  }
})

t.test('several lambdas are under way at a time, and progress is that of them all', async (t) => {
  const events = await collect(new PsilonRegressor({ ...auto, threads: 3 }).fit(houses, { target: 'price' }))
  const searched = events.filter(({ stage }) => stage === 'search').at(-1)?.progress ?? 0
  const shares = [1, 2, 3].map(() => searched / 3)
  const last = 1 - searched
  t.ok(last > searched / 3 && last < searched / 2, 'the last one has all rows')
  const done = [0, 0, 0, 0]
  for (const { fit, epoch, epochs, progress } of events) {
    done[fit - 1] = epoch / epochs
    const sum = [...shares, last].reduce((sum, share, k) => sum + share * (done[k] as number), 0)
    t.ok(Math.abs(progress - sum) < 1e-12)
  }
  t.equal(events.at(-1)?.progress, 1)

  const endless = new PsilonRegressor({ ...auto, epochs: 1_000_000_000, threads: 3 }).fit(houses, { target: 'price' })
  const begun = new Set<number>()
  for await (const { fit } of endless) if (begun.add(fit).size === 3) break
  endless.cancel()
  t.match(await endless, { stopped: 'cancelled', search: [] })
})

t.test('sample weights count in the score', async (t) => {
  const search = async (sampleWeight: number[]) =>
    (await new PsilonRegressor(auto).fit(houses, { target: 'price', sampleWeight })).search
  const ones = houses.map(() => 1)
  t.notSame(await search(houses.map((_, i) => (i % 3 === 0 ? 5 : 1))), await search(ones))
  const twos = houses.map(() => 2)
  t.strictSame(await search(twos), await search(ones))
})

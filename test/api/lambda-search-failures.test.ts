import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { readTable } from '#psilon/tables/table.js'
import { native } from '../addon/native.mjs'
import { bundled, quick, someHouses } from '../support/houses.js'
import { held, leaveAll } from '../support/memory.js'
import { refusal } from '../support/refusal.js'

const houses = someHouses(100)
const target = 'price'
const auto = { ...quick, epochs: 30, lambda: 'auto' } as const

t.afterEach(leaveAll)

/** From now on no network can be made beside another one, or beside rows that were not there before. */
async function leaveRoomForOneNetwork(): Promise<void> {
  const before = await held()
  process.constrainedMemory = () => (native.memoryUsed().current > before ? 1 : 0) // 0: no limit
}

/** How many epochs each fit of a run has had when the run fails. */
async function epochsOf(run: AsyncIterable<{ fit: number }>): Promise<Record<number, number>> {
  const epochs: Record<number, number> = {}
  try {
    for await (const { fit } of run) epochs[fit] = (epochs[fit] ?? 0) + 1
  } catch {
    return epochs
  }
  throw new Error('expected a run that fails')
}

t.test('where a network cannot be made the search ends; what was tried before goes on to its end', async (t) => {
  for (const threads of [1, 3]) {
    const model = new PsilonRegressor({ ...auto, lambdas: [1e-4, 1e-3, 1e-2], threads })
    await leaveRoomForOneNetwork()
    const run = model.fit(houses, { target })
    const error = await refusal(run)
    t.match(error, { code: 'ERR_MEMORY', message: /^\[fit\] needs .* is available$/, details: { available: 0 } })
    t.match(error.stack, 'lambda-search-failures.test')
    t.strictSame(await epochsOf(run), { 1: 30 })
    leaveAll()
    await t.rejects(model.predict(houses), { code: 'ERR_NOT_FITTED' })
    t.equal((await model.fit(houses, { target })).search.length, 3)
  }
})

t.test('so it does after a setting that diverges', async (t) => {
  const model = new PsilonRegressor({ ...auto, lambdas: [1e308, 1e-3, 1e-2], regWeight: 1, threads: 2 })
  await leaveRoomForOneNetwork()
  await t.rejects(model.fit(houses, { target }), { code: 'ERR_MEMORY' })
})

t.test('a search that fails leaves the estimator as it was', async (t) => {
  const model = new PsilonRegressor({ ...auto, lambdas: [1e-4, 1e-2], threads: 2 })
  const { lambda } = await model.fit(houses.slice(0, 50), { target })
  const { values } = await model.predict(houses)
  await leaveRoomForOneNetwork()
  await t.rejects(model.fit(houses, { target }), { code: 'ERR_MEMORY' })
  leaveAll()
  t.equal(model.lambda, lambda)
  t.strictSame((await model.predict(houses)).values, values)
  await model.fit(houses, { target })
  t.notSame((await model.predict(houses)).values, values)
})

t.test('tables too small for the search', async (t) => {
  const few = (await readTable(bundled('wine.csv'))).slice(0, 3)
  await t.rejects(new PsilonClassifier({ ...auto, selection: { folds: 5 } }).fit(few, { target: 'target' }), {
    code: 'ERR_DATA',
    message: '[fit] 5 folds need at least 5 rows, the table has 3',
  })
})

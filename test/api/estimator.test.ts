import { join } from 'node:path'
import { type FitEvent, PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { quick, someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'

const houses = someHouses(100)
const target = 'price'
/** A fit that would go on for hours. */
const endless = { ...quick, epochs: 1_000_000_000 }

async function fitted(options: object = {}): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...quick, epochs: 5, ...options })
  await model.fit(houses, { target })
  return model
}

async function firstEvents(run: AsyncIterable<FitEvent>, count: number): Promise<FitEvent[]> {
  const events: FitEvent[] = []
  for await (const event of run) if (events.push(event) === count) break
  return events
}

t.test('an estimator that has not been fitted says so', async (t) => {
  const model = new PsilonClassifier()
  const unfitted = (operation: string) => ({
    code: 'ERR_NOT_FITTED',
    message: `[${operation}] the estimator has not been fitted; call fit first`,
  })
  for (const name of ['network', 'target', 'features', 'lambda', 'classes'] as const) {
    t.throws(() => model[name], unfitted(name))
  }
  t.throws(() => model.pathNorm(), unfitted('pathNorm'))
  t.throws(() => model.sparsity(), unfitted('sparsity'))
  t.throws(() => model.prune({ sparsity: 0.5 }), unfitted('prune'))
  t.throws(() => model.compact(), unfitted('compact'))
  t.throws(() => model.influence(), unfitted('influence'))
  await t.rejects(model.predict(houses), unfitted('predict'))
  await t.rejects(model.score(houses), unfitted('score'))
  await t.rejects(model.evaluate(houses), unfitted('evaluate'))
  await t.rejects(model.certify(houses), unfitted('certify'))
  await t.rejects(model.save(join(t.testdirName, 'none')), unfitted('save'))
  model.dispose()
})

t.test('an estimator that has been disposed of refuses every use', async (t) => {
  const model = await fitted()
  const { network } = model
  model.dispose()
  model.dispose()
  const disposed = (operation: string) => ({
    code: 'ERR_DISPOSED',
    message: `[${operation}] the estimator has been disposed of`,
  })
  t.throws(() => model.features, disposed('features'))
  t.throws(() => model.pathNorm(), disposed('pathNorm'))
  await t.rejects(model.predict(houses), disposed('predict'))
  await t.rejects(model.fit(houses, { target }), disposed('fit'))
  t.throws(() => network.config, { code: 'ERR_DISPOSED' })
  let kept: PsilonRegressor
  {
    using scoped = await fitted()
    kept = scoped
  }
  t.throws(() => kept.target, disposed('target'))
})

t.test('disposal in mid-fit ends the fit', async (t) => {
  for (const options of [{}, { lambda: 'auto' }] as const) {
    const model = new PsilonRegressor({ ...endless, ...options })
    const run = model.fit(houses, { target })
    await firstEvents(run, 2)
    model.dispose()
    const message = '[fit] the estimator was disposed of while it was being fitted'
    await refuses(t, 'ERR_DISPOSED', message, () => run)
  }
})

t.test('while a fit runs the estimator is what it was', async (t) => {
  const model = new PsilonRegressor(endless)
  const run = model.fit(houses, { target })
  await firstEvents(run, 2)
  await t.rejects(model.predict(houses), { code: 'ERR_NOT_FITTED' })
  const message = '[fit] a fit of this estimator is running; wait for it or cancel it'
  await refuses(t, 'ERR_BUSY', message, () => model.fit(houses, { target }))
  run.cancel()
  await run

  const { values } = await model.predict(houses)
  const again = model.fit(houses.slice(0, 50), { target })
  await firstEvents(again, 1)
  t.strictSame((await model.predict(houses)).values, values)
  again.cancel()
  await again
  t.notSame((await model.predict(houses)).values, values)
})

t.test('a cancelled fit keeps the network of its last finished epoch', async (t) => {
  const model = new PsilonRegressor(endless)
  const run = model.fit(houses, { target })
  await firstEvents(run, 3)
  run.cancel()
  const summary = await run
  t.equal(summary.stopped, 'cancelled')
  t.ok(summary.epoch >= 3)
  t.equal(summary.epochs.length, summary.epoch)
  t.equal(summary.lambda, 1e-4)
  const alike = new PsilonRegressor({ ...endless, schedule: 'constant' })
  const other = alike.fit(houses, { target })
  await firstEvents(other, 1)
  other.cancel()
  const { epoch } = await other
  await model.score(houses)
  const shorter = await fitted({ schedule: 'constant', epochs: epoch })
  t.strictSame((await alike.predict(houses)).values, (await shorter.predict(houses)).values)
})

t.test('an aborted signal rejects with the summary, and keeps the network too', async (t) => {
  const model = new PsilonRegressor(endless)
  const controller = new AbortController()
  const run = model.fit(houses, { target, signal: controller.signal })
  await firstEvents(run, 2)
  controller.abort('tired')
  await t.rejects(run, {
    code: 'ERR_CANCELLED',
    message: '[fit] cancelled by its signal',
    cause: 'tired',
    details: { history: { stopped: 'cancelled', lambda: 1e-4, rows: 100 } },
  })
  t.equal((await model.predict(houses)).values.length, 100)
})

t.test('a fit that ends before its first epoch leaves the estimator as it was', async (t) => {
  const model = await fitted()
  const before = (await model.predict(houses)).values
  const run = model.fit(houses.slice(0, 50), { target })
  run.cancel()
  t.match(await run, { stopped: 'cancelled', epochs: [], epoch: 0, rows: 50, device: { name: 'cpu' } })
  t.strictSame((await model.predict(houses)).values, before)
  const signal = AbortSignal.abort()
  await t.rejects(model.fit(houses.slice(0, 50), { target, signal }), { code: 'ERR_CANCELLED' })
  await t.rejects(model.fit(houses.slice(0, 50), { target: 'none' }), { code: 'ERR_OPTION' })
  t.strictSame((await model.predict(houses)).values, before)
  const fresh = new PsilonRegressor(quick)
  const first = fresh.fit(houses, { target })
  first.cancel()
  await first
  await t.rejects(fresh.predict(houses), { code: 'ERR_NOT_FITTED' })
})

t.test('a fit that breaks keeps the last finite network', async (t) => {
  // one cycle over 10 epochs begins at 1e-4 and has its peak in the second epoch
  const model = new PsilonRegressor({ ...quick, epochs: 10, learningRate: 1e38 })
  const error = (await model.fit(houses, { target }).catch((error) => error)) as Error
  t.match(error, { code: 'ERR_NON_FINITE', details: { epoch: 2, lambda: 1e-4 } })
  t.match(error.stack, /estimator\.test/)
  const { values } = await model.predict(houses)
  t.ok(values.every(Number.isFinite))
})

t.test('a network too large for the memory is refused before it is trained', async (t) => {
  for (const kind of ['mlp', 'resnet'] as const) {
    const model = new PsilonRegressor({ preset: 'paper', kind, hidden: 1_000_000 })
    await t.rejects(model.fit(houses, { target }), { code: 'ERR_MEMORY', message: /^\[fit\] needs / })
  }
})

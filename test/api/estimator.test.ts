import { join } from 'node:path'
import { type FitEvent, PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { quick, someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'

const houses = someHouses(100)
const target = 'price'
/** A fit that would go on for hours. */
const endless = { ...quick, epochs: 1_000_000_000 }

const cheap = houses.map(({ price, ...house }) => ({ ...house, cheap: price < 150_000 }))

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

const optionRefusals: [options: object, message: string][] = [
  [{ hiden: 5 }, 'unknown option "hiden"; did you mean "hidden"?'],
  [{ Lambda: 1 }, 'unknown option "Lambda"; did you mean "lambda"?'],
  [{ signal: 1 }, 'unknown option "signal"'],
  [{ hidden: 0 }, 'hidden must be an integer from 1 to 1000000, got 0'],
  [{ kind: 'resnt' }, 'kind must be one of "mlp", "resnet", got "resnt"; did you mean "resnet"?'],
  [{ kind: 'resnet', hidden: [5, 4] }, 'hidden must be one width for all layers, got an array of 2'],
  [{ epochs: 1.5 }, 'epochs must be an integer from 1 to 2147483647, got 1.5'],
  [{ prune: { sparsity: 2 } }, 'prune.sparsity must be a number above 0 and below 1, got 2'],
  [{ device: 'gpu' }, 'device must be one of "auto", "cpu", "cuda", got "gpu"; did you mean "cpu"?'],
  [{ seed: -1 }, 'seed must be an integer from 0 to 9007199254740991, got -1'],
  [{ ignore: 'id' }, 'ignore must be an array of texts, got "id"'],
  [{ categorical: [1] }, 'categorical must be an array of texts, got an array of 1'],
  [{ lambda: -1 }, 'lambda must be a number at least 0, got -1'],
  [{ lambda: 'aut' }, 'lambda must be one of "auto", got "aut"; did you mean "auto"?'],
  [{ lambdas: [1] }, 'lambdas is given, but lambda is 0.001, expected "auto"'],
  [{ lambda: 'auto', lambdas: [] }, 'lambdas must be an array of numbers that is not empty, got an array of 0'],
  [{ lambda: 'auto', lambdas: 0.1 }, 'lambdas must be an array of numbers that is not empty, got 0.1'],
  [{ lambda: 'auto', lambdas: [1, -1] }, 'lambdas[1] must be a number at least 0, got -1'],
  [{ lambda: 'auto', lambdas: [1, 2, 1] }, 'lambdas has 1 twice'],
  [{ lambda: 'auto', selection: 0.2 }, 'selection must be an object, got 0.2'],
  [{ lambda: 'auto', selection: {} }, 'selection takes either validation or folds, got neither'],
  [{ lambda: 'auto', selection: { fold: 3 } }, 'unknown option "fold"; did you mean "folds"?'],
  [
    { lambda: 'auto', selection: { folds: 3, validation: 0.1 } },
    'selection takes either validation or folds, got both',
  ],
  [{ lambda: 'auto', selection: { folds: 1 } }, 'selection.folds must be an integer of at least 2, got 1'],
  [
    { lambda: 'auto', selection: { validation: 1 } },
    'selection.validation must be a number above 0 and below 1, got 1',
  ],
  [
    { selection: { folds: 5 } },
    'selection is given without lambda "auto" or earlyStopping, for which it holds out rows',
  ],
  [
    { earlyStopping: { patience: 3 }, selection: { folds: 5 } },
    'earlyStopping decides on a held-out share, selection has folds; give { validation: 0.2 }',
  ],
  [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience must be an integer from 1 to 2147483647, got 0'],
]

t.test('options are checked when the estimator is made', async (t) => {
  for (const [options, message] of optionRefusals) {
    for (const Model of [PsilonRegressor, PsilonClassifier]) {
      await refuses(t, 'ERR_OPTION', `[${Model.name}] ${message}`, () => new Model(options))
    }
  }
  const plain = { normalization: 'none', prune: { sparsity: 0.5 } } as const
  t.throws(() => new PsilonRegressor(plain), { code: 'ERR_UNSUPPORTED', message: /^\[PsilonRegressor\] / })
  t.throws(() => new PsilonRegressor(5 as never), { code: 'ERR_OPTION', message: /options must be an object, got 5/ })
})

t.test('options are kept as they were given', async (t) => {
  const prune = { sparsity: 0.5 }
  const model = new PsilonRegressor({ hidden: 7, prune })
  prune.sparsity = 0.9
  t.strictSame(model.options, { hidden: 7, prune: { sparsity: 0.5 } })
  await model.fit(houses, { target }).catch(() => {})
  t.ok(model.sparsity().exact < 0.8)
})

const fitRefusals: [name: string, table: unknown, options: unknown, code: string, message: string][] = [
  ['no options', houses, undefined, 'ERR_OPTION', 'target must be a text that is not empty, got undefined'],
  ['an unknown option', houses, { target, seed: 1 }, 'ERR_OPTION', 'unknown option "seed"'],
  [
    'a misspelt target',
    houses,
    { target: 'prcie' },
    'ERR_OPTION',
    'target "prcie" is not a column of the table; did you mean "price"?',
  ],
  [
    'misspelt weights',
    houses,
    { target, sampleWeight: 'aera' },
    'ERR_OPTION',
    'sampleWeight "aera" is not a column of the table; did you mean "area"?',
  ],
  ['an empty table', [], { target }, 'ERR_DATA', ''],
  [
    'no table',
    undefined,
    { target },
    'ERR_DATA',
    'the table is undefined, expected the path of a CSV file, an array of objects or an object of columns',
  ],
  ['no such file', 'none.csv', { target }, 'ERR_FILE', 'cannot read none.csv: no such file'],
  ['only the target', { price: [1, 2, 3] }, { target }, 'ERR_DATA', 'the table has no column to learn from'],
  [
    'only constant columns',
    { price: [1, 2, 3], a: [1, 1, 1] },
    { target },
    'ERR_DATA',
    'the table has no column to learn from: "a" is constant',
  ],
  [
    'a constant target',
    houses.map((house) => ({ ...house, price: 7 })),
    { target },
    'ERR_DATA',
    'the target "price" is constant (7), nothing to learn',
  ],
  [
    'a missing target',
    { a: [1, 2, 3], price: [1, null, 3] },
    { target },
    'ERR_DATA',
    'row index 1, column "price": the target is missing, expected a number',
  ],
  [
    'a text as target',
    { a: [1, 2, 3], price: [1, 2, 'dear'] },
    { target },
    'ERR_DATA',
    'row index 2, column "price": got "dear", expected a number',
  ],
  [
    'text among numbers',
    { a: [1, 2, 3, 4, 5, 'x'], price: [1, 2, 3, 4, 5, 6] },
    { target },
    'ERR_DATA',
    'row index 5, column "a": got "x", expected a number; if the column holds categories, say categorical: ["a"]',
  ],
  [
    'too few weights',
    houses,
    { target, sampleWeight: [1, 2] },
    'ERR_SHAPE',
    'sampleWeight has 2 rows, the table has 100',
  ],
  ['a negative weight', { a: [1, 2], price: [1, 2] }, { target, sampleWeight: [1, -2] }, 'ERR_DATA', ''],
  [
    'a negative weight in a column',
    { a: [1, 2], w: [1, -2], price: [1, 2] },
    { target, sampleWeight: 'w' },
    'ERR_DATA',
    'row index 1, column "w": got -2, expected a weight of at least 0',
  ],
  [
    'a missing weight',
    { a: [1, 2], w: [null, 1], price: [1, 2] },
    { target, sampleWeight: 'w' },
    'ERR_DATA',
    'row index 0, column "w": the weight is missing, expected a weight of at least 0',
  ],
  [
    'weights that are none',
    houses,
    { target, sampleWeight: true },
    'ERR_OPTION',
    'sampleWeight is true, expected the name of a column or an array with one weight a row',
  ],
  [
    'the target as weights',
    houses,
    { target, sampleWeight: target },
    'ERR_OPTION',
    'the column "price" is both target and sampleWeight',
  ],
  [
    'a validation table that lacks a column',
    houses,
    { target, validation: [{ area: 1, age: 2, garden: 'yes', price: 4 }] },
    'ERR_DATA',
    'validation: the table lacks the column "town"',
  ],
  [
    'a validation table without target',
    houses,
    { target, validation: cheap },
    'ERR_OPTION',
    'validation: target "price" is not a column of the table',
  ],
  ['a signal that is none', houses, { target, signal: 3 }, 'ERR_OPTION', 'signal must be an AbortSignal, got 3'],
]

for (const [name, table, options, code, message] of fitRefusals) {
  t.test(`refused: ${name}`, async (t) => {
    const model = new PsilonRegressor(quick)
    const run = model.fit(table as never, options as never)
    if (message === '') await t.rejects(run, { code, message: /^\[fit\] / })
    else await refuses(t, code, `[fit] ${message}`, () => run)
    await t.rejects(model.predict(houses), { code: 'ERR_NOT_FITTED' })
  })
}

t.test('columns named by an option must be there', async (t) => {
  for (const option of ['ignore', 'categorical']) {
    const model = new PsilonRegressor({ ...quick, [option]: ['ara'] })
    const message = `[fit] ${option} "ara" is not a column of the table; did you mean "area"?`
    await refuses(t, 'ERR_OPTION', message, () => model.fit(houses, { target }))
  }
})

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
  const model = await fitted()
  const before = await model.predict(houses)
  const longer = new PsilonRegressor(endless)
  const run = longer.fit(houses, { target })
  await firstEvents(run, 2)
  await t.rejects(longer.predict(houses), { code: 'ERR_NOT_FITTED' })
  const message = '[fit] a fit of this estimator is running; wait for it or cancel it'
  await refuses(t, 'ERR_BUSY', message, () => longer.fit(houses, { target }))
  run.cancel()
  await run
  t.equal((await longer.predict(houses)).values.length, 100)

  const again = model.fit(houses.slice(0, 50), { target })
  await firstEvents(again, 1)
  t.strictSame((await model.predict(houses)).values, before.values)
  await again
  t.notSame((await model.predict(houses)).values, before.values)
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

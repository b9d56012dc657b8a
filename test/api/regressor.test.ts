import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FitEvent, PsilonRegressor, PsilonResNet } from 'psilon'
import t from 'tap'
import { readTable } from '#psilon/tables/table.js'
import { bundled, columnsOf, csvOf, type House, quick, someHouses } from '../support/houses.js'

const houses = someHouses(160)
const others = someHouses(80, 2)
const target = 'price'

async function fitted(options: object = {}, table: never | object[] = houses): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...quick, ...options })
  await model.fit(table, { target })
  return model
}

async function valuesOf(model: PsilonRegressor, table: readonly object[] = others): Promise<Float64Array> {
  return (await model.predict(table)).values
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
const near = (found: number, expected: number, tolerance = 1e-9) =>
  Math.abs(found - expected) <= tolerance * Math.abs(expected)

t.test('predicts new rows in the units of the target', async (t) => {
  const model = await fitted({ epochs: 200 })
  t.ok((await model.score(others)) > 0.95, `R2 is ${await model.score(others)}`)
  const values = await valuesOf(model)
  t.equal(values.length, others.length)
  t.ok(near(mean(values), mean(others.map(({ price }) => price)), 0.05))
})

t.test('learns a bundled table better than its mean', async (t) => {
  const table = await readTable(bundled('wine_quality.csv.gz'))
  const model = new PsilonRegressor({ ...quick, epochs: 40, batchSize: 100, lambda: 1e-2 })
  await model.fit(table.slice(0, 800), { target: 'target' })
  t.ok((await model.score(table.slice(800, 1600))) > 0.2)
})

t.test('the same seed gives the same bits, for any number of threads', async (t) => {
  const expected = await valuesOf(await fitted())
  t.strictSame(await valuesOf(await fitted({ threads: 1 })), expected)
  t.strictSame(await valuesOf(await fitted({ threads: 3 })), expected)
  t.notSame(await valuesOf(await fitted({ seed: 4 })), expected)
})

t.test('each fit starts anew', async (t) => {
  const model = await fitted({}, someHouses(50, 7))
  await model.fit(houses, { target })
  t.strictSame(await valuesOf(model), await valuesOf(await fitted()))
})

t.test('a CSV file, objects, columns and a table that was read say the same', async (t) => {
  const path = join(t.testdir(), 'houses.csv')
  await writeFile(path, csvOf(houses))
  const expected = await valuesOf(await fitted())
  for (const table of [path, columnsOf(houses), await readTable(houses)]) {
    const model = new PsilonRegressor(quick)
    await model.fit(table as string, { target })
    t.strictSame((await model.predict(others)).values, expected)
  }
  const { values } = await (await fitted()).predict(await readTable(path))
  t.strictSame(values, await valuesOf(await fitted(), houses))
})

t.test('the units of the target do not matter', async (t) => {
  const cents = houses.map((house) => ({ ...house, price: 100 * house.price + 7e5 }))
  const plain = await valuesOf(await fitted({ dtype: 'float64' }))
  const scaled = await valuesOf(await fitted({ dtype: 'float64' }, cents))
  scaled.forEach((value, i) => {
    t.ok(near(value, 100 * (plain[i] as number) + 7e5, 1e-6))
  })
})

t.test('a target whose quartiles are equal is scaled by its deviation', async (t) => {
  const rare = houses.map((house, i) => ({ ...house, price: i % 8 === 0 ? house.area : 0 }))
  const values = await valuesOf(await fitted({}, rare))
  t.ok(values.every(Number.isFinite))
  t.ok(Math.max(...values) < 200)
})

t.test('score and evaluate are what the predictions say', async (t) => {
  const model = await fitted()
  const actual = others.map(({ price }) => price)
  const errors = Array.from(await valuesOf(model), (value, i) => value - (actual[i] as number))
  const squares = mean(errors.map((error) => error ** 2))
  const variance = mean(actual.map((value) => (value - mean(actual)) ** 2))
  const sorted = houses.map(({ price }) => price).sort((a, b) => a - b)
  // R-7 quantiles of 160 values lie at 0-based positions 39.75 and 119.25
  const at = (p: number) => {
    const [low, high] = [sorted[Math.floor(p)] as number, sorted[Math.floor(p) + 1] as number]
    return low + (p % 1) * (high - low)
  }
  const metrics = await model.evaluate(others)
  t.equal(metrics.rows, 80)
  t.ok(near(metrics.rmse, Math.sqrt(squares)))
  t.ok(near(metrics.mae, mean(errors.map(Math.abs))))
  t.ok(near(metrics.r2 as number, 1 - squares / variance))
  t.ok(near(metrics.scaledRmse, Math.sqrt(squares) / ((at(119.25) - at(39.75)) / 2)))
  t.equal(await model.score(others), metrics.r2)
  const residuals = errors.map((error) => -error).sort((a, b) => a - b)
  t.strictSame([metrics.residuals.min, metrics.residuals.max], [residuals[0], residuals.at(-1)])
  t.ok(near(metrics.residuals.median, ((residuals[39] as number) + (residuals[40] as number)) / 2))
  t.equal(metrics.absoluteErrors.max, Math.max(...errors.map(Math.abs)))
  t.strictSame(metrics.points, { predicted: Array.from(await valuesOf(model)), actual })
})

t.test('R2 of a constant target', async (t) => {
  const model = await fitted()
  const same = others.map((house) => ({ ...house, price: 5 }))
  t.notOk('r2' in (await model.evaluate(same)))
  const message = '[score] the target "price" is constant, expected at least two different values'
  await t.rejects(model.score(same), { code: 'ERR_DATA', message })
})

t.test('levels that training never saw and missing cells are named', async (t) => {
  const model = await fitted()
  const odd = [
    { area: 100, age: null, town: 'Dresden', garden: 'yes' },
    { area: undefined, age: 30, town: 'Essen', garden: 'no' },
    { area: '', age: 30, town: 'Bonn', garden: 'yes' },
  ]
  const { values, unseen, missing } = await model.predict(odd)
  t.ok(values.every(Number.isFinite))
  t.strictSame(unseen, { town: ['Dresden', 'Essen'] })
  t.strictSame(missing, { age: 1, area: 2 })
  t.strictSame(await model.predict(others), { values: await valuesOf(model), unseen: {}, missing: {} })
})

t.test('a missing number counts as the median, and training with missing ones marks them', async (t) => {
  const model = await fitted()
  const areas = houses.map(({ area }) => area).sort((a, b) => a - b)
  const area = ((areas[79] as number) + (areas[80] as number)) / 2
  const house = others[0] as House
  t.strictSame(await valuesOf(model, [{ ...house, area: null }]), await valuesOf(model, [{ ...house, area }]))

  // the price of houses whose area is missing is far above that of all others
  const gaps = houses.map((house, i) => (i % 4 === 0 ? { ...house, area: null, price: 1e6 + house.price } : house))
  const marking = new PsilonRegressor(quick)
  const { missing } = await marking.fit(gaps, { target })
  t.strictSame(missing, { area: 40 })
  t.ok(marking.features.some(({ name }) => name === 'area is missing'))
  const [without, median] = await valuesOf(marking, [
    { ...house, area: null },
    { ...house, area },
  ])
  t.ok((without as number) - (median as number) > 5e5)
})

t.test('constant columns are dropped and named, and not asked for later', async (t) => {
  const wide = houses.map((house) => ({ country: 'here', ...house, floor: 1, empty: null }))
  const model = new PsilonRegressor(quick)
  const { dropped, features, rows } = await model.fit(wide, { target })
  t.strictSame({ dropped, features, rows }, { dropped: ['country', 'floor', 'empty'], features: 7, rows: 160 })
  t.strictSame(await valuesOf(model), await valuesOf(await fitted()))
})

t.test('columns can be ignored, or be taken for categories', async (t) => {
  const numbered = houses.map((house, i) => ({ ...house, id: `house ${i}`, month: 1 + (i % 12) }))
  const model = new PsilonRegressor({ ...quick, ignore: ['id'], categorical: ['month'] })
  await model.fit(numbered, { target })
  const columns = model.features.map(({ column }) => column)
  t.notOk(columns.includes('id'))
  t.equal(columns.filter((column) => column === 'month').length, 12)
  await t.rejects(model.predict(others), { code: 'ERR_DATA', message: '[predict] the table lacks the column "month"' })
})

t.test('sample weights, as a column or an array', async (t) => {
  // at either place half of the targets are 0 and half are 10: the least squares lie at the weighted mean
  const rows = Array.from({ length: 80 }, (_, i) => ({
    place: i % 2,
    y: i % 4 < 2 ? 0 : 10,
    weight: i % 4 < 2 ? 3 : 1,
  }))
  const options = { ...quick, hidden: 8, epochs: 150, batchSize: 80, lambda: 1e-6 }
  const sampleWeight = rows.map(({ weight }) => weight)
  const model = new PsilonRegressor(options)
  await model.fit(rows, { target: 'y', sampleWeight: 'weight' })
  t.strictSame(
    model.features.map(({ name }) => name),
    ['place'],
  )
  const { values } = await model.predict({ place: [0, 1] })
  for (const value of values) t.ok(Math.abs(value - 2.5) < 0.3, `${value} is near 2.5`)
  const plain = new PsilonRegressor({ ...options, ignore: ['weight'] })
  await plain.fit(rows, { target: 'y' })
  for (const value of (await plain.predict({ place: [0, 1] })).values) t.ok(Math.abs(value - 5) < 0.3)
  await plain.fit(rows, { target: 'y', sampleWeight })
  t.strictSame((await plain.predict({ place: [0, 1] })).values, values)
})

t.test('a validation table is evaluated while the network is trained', async (t) => {
  const model = new PsilonRegressor(quick)
  const { epochs, rows } = await model.fit(houses, { target, validation: others })
  t.equal(rows, 160)
  t.ok(epochs.every(({ validationLoss }) => validationLoss !== undefined))
  const { scaledRmse } = await model.evaluate(others)
  t.ok(near(Math.sqrt(epochs.at(-1)?.validationLoss as number), scaledRmse, 1e-5))
  t.strictSame(await valuesOf(model), await valuesOf(await fitted()), 'it does not change what is learned')
  const longer = await new PsilonRegressor({ ...quick, epochs: 250 }).fit(houses, { target, validation: others })
  const evaluated = longer.epochs.filter(({ validationLoss }) => validationLoss !== undefined)
  t.strictSame([evaluated.length, evaluated[0]?.epoch, evaluated.at(-1)?.epoch], [84, 3, 250])
})

t.test('early stopping keeps the best epoch, on a held-out share or a validation table', async (t) => {
  const noisy = houses.slice(0, 60).map((house, i) => ({ ...house, price: house.price * (i % 2 === 0 ? 0.2 : 1.8) }))
  const options = { ...quick, epochs: 500, lambda: 0, schedule: 'constant', earlyStopping: { patience: 4 } } as const
  for (const validation of [undefined, others]) {
    const model = new PsilonRegressor(options)
    const summary = await model.fit(noisy, { target, validation })
    const losses = summary.epochs.map(({ validationLoss }) => validationLoss as number)
    t.equal(summary.stopped, 'early-stopping')
    t.equal(summary.rows, validation === undefined ? 48 : 60)
    t.equal(summary.epoch, 1 + losses.indexOf(Math.min(...losses)))
    t.equal(summary.epochs.length, summary.epoch + 4)
    if (validation === undefined) continue
    const { scaledRmse } = await model.evaluate(others)
    t.ok(near(scaledRmse, Math.sqrt(Math.min(...losses)), 1e-5))
  }
})

t.test('a run gives its epochs', async (t) => {
  const model = new PsilonRegressor({ ...quick, epochs: 7 })
  const run = model.fit(houses, { target })
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  const summary = await run
  t.equal(events.length, 7)
  for (const event of events) {
    t.match(event, { stage: 'fit', lambda: 1e-4, fit: 1, fits: 1, epochs: 7, batches: 5 })
  }
  t.match(summary, { lambda: 1e-4, stopped: 'completed', epoch: 7, search: [], rows: 160, dropped: [], missing: {} })
  t.strictSame(
    summary.epochs.map(({ loss }) => loss),
    events.map(({ loss }) => loss),
  )
  t.equal(summary.device.name, 'cpu')
  t.ok(summary.seconds > 0)
})

t.test('a residual network, and one width for each layer', async (t) => {
  const resnet = await fitted({ kind: 'resnet', epochs: 100 })
  t.ok(resnet.network instanceof PsilonResNet)
  t.ok((await resnet.score(others)) > 0.8)
  const mlp = await fitted({ hidden: [12, 6], depth: undefined, dtype: 'float64' })
  t.match(mlp.network.config, { kind: 'mlp', inputs: 7, hidden: [12, 6], outputs: 1, dtype: 'float64' })
})

t.test('pruned in training or afterwards, and compacted', async (t) => {
  const model = await fitted({ epochs: 100, prune: { sparsity: 0.7 } })
  t.ok(model.sparsity().exact >= 0.7)
  t.ok((await model.score(others)) > 0.8)
  const before = await valuesOf(model)
  const { parametersBefore, parametersAfter } = model.compact()
  t.ok(parametersAfter < parametersBefore)
  const after = await valuesOf(model)
  after.forEach((value, i) => {
    t.ok(near(value, before[i] as number, 1e-4))
  })
  const later = await fitted()
  t.equal(later.sparsity().exact, 0)
  t.ok(later.prune({ sparsity: 0.5 }).exact >= 0.5)
  t.throws(() => later.prune({ sparsty: 0.5 } as never), { code: 'ERR_OPTION', message: /did you mean "sparsity"/ })
})

import { PsilonClassifier } from 'psilon'
import t from 'tap'
import { readTable, selectRows, type Table } from '#psilon/tables/table.js'
import { bundled, quick, someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'
import { someRows } from '../support/tables.js'

const wine = await readTable(bundled('wine.csv'))
const cancer = await readTable(bundled('breast_cancer.csv'))
const target = 'target'
const quicker = { ...quick, epochs: 40 }

async function fitted(table: Table | object[], options: object = {}, given: object = {}): Promise<PsilonClassifier> {
  const model = new PsilonClassifier({ ...quicker, ...options })
  await model.fit(table, { target, ...given })
  return model
}

const column = (table: Table, name: string) => table.columns[table.names.indexOf(name)] as unknown[]
const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-9 * Math.abs(expected)

/** Rows [rows, classes] of the probabilities. */
function rowsOf({
  data,
  shape: [rows, classes],
}: {
  data: Float64Array
  shape: readonly [number, number]
}): number[][] {
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * classes, (i + 1) * classes)])
}

t.test('learns three classes', async (t) => {
  const model = await fitted(wine.slice(0, 120))
  const rest = wine.slice(120, 178)
  t.ok((await model.score(rest)) > 0.9)
  t.match(model.network.config, { inputs: 13, outputs: 3 })
  t.equal(model.network.loss, 'softmax')
  t.strictSame(model.classes, [0, 1, 2])
  const { labels, probabilities, classes } = await model.predict(rest)
  t.strictSame(classes, [0, 1, 2])
  t.strictSame(probabilities.shape, [58, 3])
  rowsOf(probabilities).forEach((row, i) => {
    t.ok(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-12)
    t.equal(labels[i], row.indexOf(Math.max(...row)))
  })
  const { data } = await model.network.predictProba(await inputsOf(model, rest))
  t.ok(probabilities.data.every((p, k) => Math.abs(p - (data[k] as number)) < 1e-5))
})

/** Inputs of the network, by the features of an estimator of numeric columns without gaps. */
async function inputsOf(model: PsilonClassifier, table: Table) {
  const train = wine.slice(0, 120)
  return model.features
    .map(({ name, divisor }) => {
      const values = column(train, name) as number[]
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return (column(table, name) as number[]).map((value) => (value - mean) / divisor)
    })
    .reduce<number[][]>((rows, values) => values.map((value, i) => [...(rows[i] ?? []), value]), [])
}

t.test('two classes have one logit and both probabilities', async (t) => {
  const model = await fitted(cancer.slice(0, 300))
  const rest = cancer.slice(300, 569)
  t.ok((await model.score(rest)) > 0.9)
  t.equal(model.network.config.outputs, 1)
  t.equal(model.network.loss, 'bce')
  const { labels, probabilities } = await model.predict(rest)
  t.strictSame(probabilities.shape, [269, 2])
  rowsOf(probabilities).forEach(([p, q], i) => {
    t.ok(Math.abs((p as number) + (q as number) - 1) < 1e-12)
    t.equal(labels[i], (q as number) > (p as number) ? 1 : 0)
  })
})

t.test('labels come back as they were given, in a stated order', async (t) => {
  const houses = someHouses(90)
  const cases: [label: (price: number) => unknown, classes: unknown[]][] = [
    [(price) => (price > 2e5 ? 'dear' : price > 1.2e5 ? 'fair' : 'cheap'), ['cheap', 'dear', 'fair']],
    [(price) => price > 1.5e5, [false, true]],
    [(price) => (price > 1.5e5 ? 2 : 10), [2, 10]],
    [(price) => (price > 2e5 ? 'none' : price > 1.2e5 ? 7 : true), [7, 'none', true]],
  ]
  for (const [label, classes] of cases) {
    const rows = houses.map(({ price, ...house }) => ({ ...house, target: label(price) }))
    const model = await fitted(rows, { epochs: 120 })
    t.strictSame(model.classes, classes)
    const { labels } = await model.predict(rows)
    const right = rows.filter((row, i) => row.target === labels[i]).length
    t.ok(right > 75, `${right} of 90 are right`)
    t.equal(await model.score(rows), right / 90)
  }
})

t.test('score and evaluate are what the predictions say', async (t) => {
  for (const table of [wine, cancer]) {
    const model = await fitted(table.slice(0, 100), { epochs: 10 })
    const rest = table.slice(100, 170)
    const { labels, probabilities, classes } = await model.predict(rest)
    const actual = column(rest, target) as number[]
    const right = labels.filter((label, i) => label === actual[i]).length
    const losses = rowsOf(probabilities).map((row, i) => -Math.log(row[classes.indexOf(actual[i] as number)] as number))
    const metrics = await model.evaluate(rest)
    t.equal(metrics.rows, 70)
    t.equal(metrics.accuracy, right / 70)
    t.equal(await model.score(rest), right / 70)
    t.ok(near(metrics.logLoss, losses.reduce((sum, loss) => sum + loss, 0) / 70))
    const areas = classes.map((label, k) => {
      const chances = rowsOf(probabilities).map((row) => [0, row[k] as number])
      return pairsInOrder(
        chances,
        Array.from(actual, (each) => Number(each === label)),
      )
    })
    const counted = table === wine ? areas : areas.slice(1)
    t.ok(near(metrics.auc as number, counted.reduce((sum, area) => sum + area, 0) / counted.length))
    t.strictSame(
      metrics.roc.map(({ label }) => label),
      table === wine ? classes : classes.slice(1),
    )
    const pairs = classes.map((a) => classes.map((b) => labels.filter((l, i) => actual[i] === a && l === b).length))
    t.strictSame(metrics.confusion, pairs)
    t.strictSame(
      metrics.classes.map(({ label, rows }) => [label, rows]),
      classes.map((label) => [label, actual.filter((each) => each === label).length]),
    )
    t.equal(
      metrics.calibration.bins.reduce((sum, { rows }) => sum + rows, 0),
      70,
    )
  }
})

/** Share of pairs of a row of class 1 and one of class 0 where the first has the greater probability of class 1. */
function pairsInOrder(rows: number[][], actual: number[]): number {
  const of = (label: number) => rows.filter((_, i) => actual[i] === label).map(([, q]) => q as number)
  const [negatives, positives] = [of(0), of(1)]
  const won = positives.reduce((sum, p) => sum + negatives.filter((q) => p > q).length, 0)
  return won / (positives.length * negatives.length)
}

t.test('the curve of a single class is left out', async (t) => {
  const model = await fitted(cancer, { epochs: 3 })
  const zeros = (column(cancer, target) as number[]).flatMap((label, i) => (label === 0 ? [i] : []))
  const metrics = await model.evaluate(selectRows(cancer, zeros))
  t.notOk('auc' in metrics)
  t.strictSame(metrics.roc, [])
  t.match(metrics.classes, [{ recall: metrics.accuracy }, { rows: 0, recall: 0 }])
})

t.test('the same seed gives the same bits', async (t) => {
  const predicted = async (options: object = {}) => await (await fitted(wine, options)).predict(wine)
  const expected = await predicted()
  t.strictSame(await predicted({ threads: 1 }), expected)
  t.notSame((await predicted({ seed: 9 })).probabilities, expected.probabilities)
})

t.test('targets that are no classes are refused', async (t) => {
  const model = new PsilonClassifier(quicker)
  const fit = (column: unknown[]) => () => model.fit({ a: [1, 2, 3, 4], target: column }, { target })
  const single = 'the target "target" has the single class "x", expected at least two'
  await refuses(t, 'ERR_DATA', `[fit] ${single}`, fit(['x', 'x', 'x', 'x']))
  const missing = 'row index 1, column "target": the target is missing, expected a class'
  await refuses(t, 'ERR_DATA', `[fit] ${missing}`, fit(['x', null, 'y', 'x']))
  await refuses(t, 'ERR_DATA', '[fit] the target "target" has 1 both as text and as a value', fit([1, 2, '1', 'x']))
  const misspelt = '[fit] target "targte" is not a column of the table; did you mean "target"?'
  await refuses(t, 'ERR_OPTION', misspelt, () => model.fit(wine, { target: 'targte' }))
})

t.test('a class that training never saw is refused where it is to be scored', async (t) => {
  const model = await fitted(cancer, { epochs: 2 })
  const strange = { ...Object.fromEntries(cancer.names.map((name, j) => [name, cancer.columns[j]?.slice(0, 2)])) }
  strange.target = [0, 2]
  const message = 'row index 1, column "target": got 2, expected a class of the training rows (0, 1)'
  await refuses(t, 'ERR_DATA', `[evaluate] ${message}`, () => model.evaluate(strange as never))
  await refuses(t, 'ERR_DATA', `[score] ${message}`, () => model.score(strange as never))
  const validation = strange as never
  await refuses(t, 'ERR_DATA', `[fit] validation: ${message}`, () => model.fit(cancer, { target, validation }))
  t.equal((await model.predict(strange as never)).labels.length, 2)
})

/** 90 rows of class "often" and 10 of class "rare", which nothing tells apart. */
const { data: noise } = someRows(100, 1)
const rare = Array.from({ length: 100 }, (_, i) => ({ a: noise[i], target: i % 10 === 0 ? 'rare' : 'often' }))

async function chanceOfRare(options: object, given: object = {}): Promise<number> {
  const model = await fitted(
    rare,
    { ...quicker, hidden: 4, epochs: 120, batchSize: 25, learningRate: 0.02, lambda: 0.1, ...options },
    given,
  )
  const { probabilities } = await model.predict(rare)
  return rowsOf(probabilities).reduce((sum, [, p]) => sum + (p as number), 0) / 100
}

t.test('class weights move the predictions', async (t) => {
  const close = (found: number, expected: number) => t.ok(Math.abs(found - expected) < 0.05, `${found}, ${expected}`)
  close(await chanceOfRare({}), 0.1)
  close(await chanceOfRare({ classWeight: 'balanced' }), 0.5)
  close(await chanceOfRare({ classWeight: { rare: 3 } }), 30 / 120)
  close(await chanceOfRare({ classWeight: { rare: 3, often: 1 / 3 } }), 30 / 60)
})

t.test('class weights and sample weights multiply', async (t) => {
  const sampleWeight = rare.map((row) => (row.target === 'rare' ? 9 : 1))
  const alone = await chanceOfRare({}, { sampleWeight })
  t.equal(await chanceOfRare({ classWeight: { rare: 9 } }), alone)
  t.equal(await chanceOfRare({ classWeight: { rare: 3 } }, { sampleWeight: sampleWeight.map(Math.sqrt) }), alone)
})

t.test('class weights that are wrong', async (t) => {
  const refused = (classWeight: unknown, message: string) =>
    refuses(t, 'ERR_OPTION', `[PsilonClassifier] ${message}`, () => new PsilonClassifier({ classWeight } as never))
  await refused('balance', 'classWeight must be one of "balanced", got "balance"; did you mean "balanced"?')
  await refused(3, 'classWeight must be "balanced" or an object of weights by label, got 3')
  await refused({ rare: -1 }, 'classWeight of "rare" must be a number at least 0, got -1')
  await refused({ rare: '1' }, 'classWeight of "rare" must be a number at least 0, got "1"')
  const model = new PsilonClassifier({ ...quicker, classWeight: { rarr: 2 } })
  const message = '[fit] classWeight names "rarr", which is not a class; did you mean "rare"?'
  await refuses(t, 'ERR_OPTION', message, () => model.fit(rare, { target }))
})

t.test('certified rows keep their class however they move within the radius', async (t) => {
  for (const [table, options] of [
    [wine, { kind: 'resnet', hidden: 8, learningRate: 0.005 }],
    [cancer, {}],
  ] as const) {
    const model = await fitted(table, { ...options, lambda: 1e-3 })
    const rows = table.slice(0, 60)
    const { labels, radii } = await model.certify(rows, { bound: 'improved' })
    t.strictSame(labels, (await model.predict(rows)).labels)
    t.ok(radii.every((radius) => radius > 0))
    const tight = await model.certify(rows, { bound: 'tight' })
    t.ok(tight.radii.every((radius, i) => radius >= (radii[i] as number) * (1 - 1e-9)))
    const linear = await model.certify(rows)
    t.ok(linear.radii.every((radius, i) => radius >= (tight.radii[i] as number)))
    for (const seed of [1, 2, 3]) {
      const moved = await model.predict(moveWithin(rows, linear.radii, model, seed))
      t.strictSame(moved.labels, labels)
    }
    await t.rejects(model.certify(rows, { bund: 1 } as never), { code: 'ERR_OPTION' })
  }
})

/** Moves each number by almost the radius of its row, up or down, in deviations of its column. */
function moveWithin(table: Table, radii: Float64Array, model: PsilonClassifier, seed: number) {
  const signs = someRows(table.rows, table.names.length, seed).data
  const columns = table.names.map((name, j): [string, number[]] => {
    const divisor = model.features.find((feature) => feature.name === name)?.divisor ?? 0
    const values = (table.columns[j] as number[]).map((value, i) => {
      const sign = Math.sign(signs[i * table.names.length + j] as number)
      return value + sign * 0.999 * (radii[i] as number) * divisor
    })
    return [name, values]
  })
  return Object.fromEntries(columns)
}

t.test('influence is that of one class or the largest of all', async (t) => {
  const model = await fitted(wine)
  const one = model.classes.map((label) => model.influence({ class: label }))
  for (const { column, bound } of model.influence()) {
    const bounds = one.map((all) => all.find((each) => each.column === column)?.bound as number)
    t.equal(bound, Math.max(...bounds))
  }
  const q = model.network.influence({ output: 1 })
  model.features.forEach(({ name, divisor }, j) => {
    const found = one[1]?.find((each) => each.column === name)?.bound as number
    t.ok(near(found, (q[j] as number) / divisor))
  })
  const message = '[influence] class 7 is not a class of the target'
  await refuses(t, 'ERR_OPTION', message, () => model.influence({ class: 7 }))
  const two = await fitted(cancer, { epochs: 2 })
  t.strictSame(two.influence({ class: 0 }), two.influence())
  await refuses(t, 'ERR_OPTION', '[influence] unknown option "classs"; did you mean "class"?', () =>
    two.influence({ classs: 1 } as never),
  )
})

t.test('unseen levels and missing cells are named', async (t) => {
  const rows = someHouses(60).map(({ price, ...house }) => ({ ...house, target: price > 1.5e5 }))
  const model = await fitted(rows)
  const { unseen, missing, labels } = await model.predict([{ area: null, age: 3, town: 'Essen', garden: 'no' }])
  t.strictSame({ unseen, missing }, { unseen: { town: ['Essen'] }, missing: { area: 1 } })
  t.equal(labels.length, 1)
})

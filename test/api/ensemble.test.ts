import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bound, type FitEvent, load, PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { readTable, type Table } from '#psilon/tables/table.js'
import { blockNetwork } from '../support/block-network.js'
import { generator } from '../support/core.js'
import { bundled, quick, someHouses } from '../support/houses.js'
import { type MetadataChange, withMetadata } from '../support/model-header.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
const bounds: Bound[] = ['original', 'improved', 'tight']
const houses = someHouses(80)
const others = someHouses(40, 2)
const options = { ...quick, epochs: 20 }
const target = 'price'

async function regressor(more: object = {}): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...options, ...more })
  await model.fit(houses, { target })
  return model
}

async function classifier(table: string, more: object = {}): Promise<PsilonClassifier> {
  const model = new PsilonClassifier({ ...options, dtype: 'float64', ...more })
  await model.fit(bundled(table), { target: 'target' })
  return model
}

const near = (a: number, b: number, tolerance = 1e-9) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

t.test('members are the single networks of their seeds, and the prediction is their mean', async (t) => {
  const model = await regressor({ ensemble: 3 })
  const single = await regressor()
  t.strictSame(model.network.parameters, single.network.parameters)
  const { values } = await model.predict(others)
  const alone: Float64Array[] = []
  for (const [m, member] of model.members.entries()) {
    t.equal(member.seed, quick.seed + m * 2 ** 32)
    const own = await regressor({ seed: member.seed })
    t.strictSame(member.parameters, own.network.parameters)
    alone.push((await own.predict(others)).values)
  }
  t.equal(alone.length, 3)
  t.ok(values.every((value, i) => near(value, meanOf(alone.map((each) => each[i] as number)), 1e-12)))
  t.notSame(alone[0], alone[1])
})

t.test('the greatest seed has members too', async (t) => {
  const model = await regressor({ ensemble: 2, seed: 2 ** 53 - 1, epochs: 1 })
  t.strictSame(
    model.members.map(({ seed }) => seed),
    [2 ** 53 - 1, 2 ** 32 - 1],
  )
})

t.test('the bits are the same for any number of threads', async (t) => {
  const [one, ...more] = await Promise.all([1, 2, 5].map((threads) => regressor({ ensemble: 3, threads })))
  for (const model of more) t.strictSame(await model.predict(others), await one?.predict(others))
})

t.test('a single network is what it was: no list, no prefix', async (t) => {
  const model = await regressor()
  await model.save(at('single.safetensors'))
  const [bytes, one] = [await readFile(at('single.safetensors')), await regressor({ ensemble: undefined })]
  t.equal(model.members.length, 1)
  t.equal(model.members[0], model.network)
  t.notMatch(bytes.toString('latin1'), /members/)
  await one.save(at('one.safetensors'))
  t.strictSame(await readFile(at('one.safetensors')), bytes)
})

for (const kind of ['mlp', 'resnet'] as const) {
  for (const table of ['breast_cancer.csv', 'wine.csv']) {
    t.test(`bounds are those of the block-diagonal network of all members: ${kind}, ${table}`, async (t) => {
      const model = await classifier(table, { kind, hidden: 7, ensemble: 3 })
      const block = blockNetwork(model.members)
      const { data, inputs } = standardRows(model, 25)
      const x = { data, shape: [25, inputs] }
      const alone = await Promise.all(model.members.map((member) => member.predict(x)))
      const outputs = await block.predict(x)
      t.ok(outputs.data.every((value, i) => near(value, meanOf(alone.map((each) => each.data[i] as number)))))
      const rows = rowsOf(model, await readTable(bundled(table)), x)
      for (const bound of bounds) {
        t.ok(near(model.pathNorm({ bound }), block.pathNorm({ bound })), `path norm, ${bound}`)
        const column = model.influence({ bound })[0]?.standardized as number
        const q = Array.from({ length: block.config.outputs }, (_, output) => block.influence({ bound, output }))
        t.ok(near(column, Math.max(...q.map((each) => Math.max(...each)))), `influence, ${bound}`)
        const { radii } = await model.certify(rows, { bound })
        const expected = await block.certify(x, { bound })
        t.ok(
          radii.every((radius, i) => near(radius, expected.radii[i] as number, 1e-6)),
          `radii, ${bound}`,
        )
      }
      t.ok(near(model.lipschitz(), block.lipschitz()))
      const { hidden, sharedLength } = model.network.config
      if (sharedLength.every(Boolean)) t.ok(near(model.pathNorm(), meanOf(model.members.map(closedForm)), 1e-9))
      t.equal(hidden[0], 7)
    })
  }
}

/** Path norm of shared L1 lengths (docs/method.md, section 5). */
function closedForm({ config, parameters }: PsilonRegressor['network']): number {
  const length = (k: number) => Array.from(parameters[`layers.${k}.g`]?.data ?? [], Math.abs)
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  return config.hidden.reduce(
    (product, _, k) => product * (k > 0 && config.kind === 'resnet' ? 1 + sum(length(k)) : sum(length(k))),
    sum(length(config.hidden.length)),
  )
}

/** Inputs of the network, in [-2, 2). */
function standardRows(model: PsilonClassifier, count: number) {
  const next = generator(5)
  const inputs = model.features.length
  return { inputs, data: Float64Array.from({ length: count * inputs }, () => 2 * next()) }
}

/** Rows of a table of numeric columns that become these inputs. */
function rowsOf(
  { features }: PsilonClassifier,
  table: Table,
  { data, shape }: { data: Float64Array; shape: number[] },
) {
  const [count = 0, inputs = 0] = shape
  const means = features.map(({ column }) => meanOf(table.columns[table.names.indexOf(column)] as number[]))
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      features.map(({ column, divisor }, j) => [
        column,
        (data[i * inputs + j] as number) * divisor + (means[j] as number),
      ]),
    ),
  )
}

for (const [kind, table] of [
  ['mlp', 'wine.csv'],
  ['resnet', 'breast_cancer.csv'],
] as const) {
  t.test(`no step within a radius changes the class, none moves a logit beyond the bounds: ${kind}`, async (t) => {
    const model = await classifier(table, { kind, hidden: 7, ensemble: 3 })
    const next = generator(9)
    const { data, inputs } = standardRows(model, 20)
    const logits = async (x: Float64Array) => {
      const all = await Promise.all(model.members.map((member) => member.predict({ data: x, shape: [20, inputs] })))
      return Float64Array.from(all[0]?.data ?? [], (_, i) => meanOf(all.map((each) => each.data[i] as number)))
    }
    const here = await logits(data)
    const outputs = here.length / 20
    const slopes = new Map(
      model.influence({ bound: 'tight' }).map(({ column, standardized }) => [column, standardized]),
    )
    for (const [j, { column }] of model.features.entries()) {
      for (const step of [1e-3, 1, 50]) {
        const there = await logits(data.map((value, k) => (k % inputs === j ? value + step : value)))
        const most = Math.max(...there.map((value, i) => Math.abs(value - (here[i] as number))))
        if (most > (slopes.get(column) as number) * step * (1 + 1e-9)) t.fail(`${column} moves a logit by ${most}`)
      }
    }
    for (const bound of bounds) {
      const { labels, radii } = await model.certify(
        rowsOf(model, await readTable(bundled(table)), { data, shape: [20, inputs] }),
        { bound },
      )
      t.ok(radii.some((radius) => radius > 0))
      for (let trial = 0; trial < 60; trial++) {
        const corner = trial % 2 === 0
        const moved = data.map((value, k) => {
          const radius = Math.min(radii[Math.floor(k / inputs)] as number, 1e3)
          return value + 0.999 * radius * (corner ? Math.sign(next()) : next())
        })
        const found = (
          await model.predict(rowsOf(model, await readTable(bundled(table)), { data: moved, shape: [20, inputs] }))
        ).labels
        t.strictSame(found, labels)
      }
    }
    t.equal(outputs, model.classes.length === 2 ? 1 : model.classes.length)
  })
}

t.test('probabilities are those of the averaged logits', async (t) => {
  const model = await classifier('breast_cancer.csv', { ensemble: 2 })
  const { data, inputs } = standardRows(model, 10)
  const x = { data, shape: [10, inputs] }
  const alone = await Promise.all(model.members.map((member) => member.predict(x)))
  const rows = rowsOf(model, await readTable(bundled('breast_cancer.csv')), x)
  const { probabilities } = await model.predict(rows)
  for (let i = 0; i < 10; i++) {
    const logit = meanOf(alone.map((each) => each.data[i] as number))
    t.ok(near(probabilities.data[2 * i + 1] as number, 1 / (1 + Math.exp(-logit)), 1e-7))
  }
})

t.test('a loaded ensemble is the saved one, to the bit, pruned and compacted too', async (t) => {
  const model = await classifier('wine.csv', { ensemble: 3, kind: 'resnet', hidden: 8 })
  for (const change of [() => {}, () => model.prune({ sparsity: 0.8 }), () => model.compact()]) {
    change()
    await model.save(at('ensemble.safetensors'))
    const loaded = (await load(at('ensemble.safetensors'))) as PsilonClassifier
    t.equal(loaded.members.length, 3)
    const wine = await readTable(bundled('wine.csv'))
    t.strictSame(await loaded.predict(wine), await model.predict(wine))
    t.strictSame(await loaded.certify(wine), await model.certify(wine))
    t.strictSame(loaded.influence(), model.influence())
    t.strictSame(loaded.sparsity(), model.sparsity())
    t.strictSame(
      loaded.members.map(({ seed, config }) => ({ seed, config })),
      model.members.map(({ seed, config }) => ({ seed, config })),
    )
  }
})

t.test('every member is pruned, or none', async (t) => {
  const model = await regressor({ ensemble: 3 })
  const before = model.members.map(({ parameters }) => parameters)
  t.throws(() => model.prune({ sparsity: 0.999 }), { code: 'ERR_UNREACHABLE' })
  t.strictSame(
    model.members.map(({ parameters }) => parameters),
    before,
  )
  const { exact, layers } = model.prune({ sparsity: 0.7 })
  const each = model.members.map((member) => member.sparsity())
  t.ok(each.every((sparsity) => sparsity.exact >= 0.7))
  t.ok(near(exact, meanOf(each.map((sparsity) => sparsity.exact))))
  layers.forEach((layer, k) => {
    t.ok(near(layer.near, meanOf(each.map((sparsity) => sparsity.layers[k]?.near as number))))
  })
  const predicted = await model.predict(others)
  const { parametersBefore, parametersAfter, hidden } = model.compact()
  t.ok(parametersAfter < parametersBefore)
  t.equal(
    hidden[0],
    model.members.reduce((sum, { config }) => sum + (config.hidden[0] as number), 0),
  )
  const { values } = await model.predict(others)
  t.ok(values.every((value, i) => near(value, predicted.values[i] as number, 1e-4)))
})

t.test('a lambda is searched for once, then all members are trained with it', async (t) => {
  const auto = { lambda: 'auto', lambdas: [3, 1e-4, 1e-2] } as const
  const model = new PsilonRegressor({ ...options, ...auto, ensemble: 2 })
  const run = model.fit(houses, { target })
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  const { lambda, search, members, epochs } = await run
  t.strictSame([search.length, members.length, members[0]?.epochs], [3, 2, epochs])
  t.ok(events.every(({ fits }) => fits === 5))
  t.strictSame(
    [1, 2, 3, 4, 5].map((k) => events.find(({ fit }) => fit === k)?.stage),
    ['search', 'search', 'search', 'fit', 'fit'],
  )
  t.equal(events.at(-1)?.progress, 1)
  const given = await regressor({ lambda, ensemble: 2 })
  t.strictSame(await model.predict(others), await given.predict(others))

  const judged = new PsilonRegressor({ ...options, ...auto, ensemble: 3 })
  const second = judged.fit(houses, { target, validation: others })
  let fits = 0
  for await (const event of second) fits = event.fits
  const summary = await second
  t.strictSame([fits, summary.members.length, judged.members.length], [5, 3, 3])
  const kept = await regressor({ lambda: summary.lambda, ensemble: 3 })
  t.strictSame(await judged.predict(others), await kept.predict(others))
})

t.test('a cancelled fit keeps the members that have finished an epoch', async (t) => {
  // so many that some are left when the cancellation arrives
  const model = new PsilonRegressor({ ...options, epochs: 3000, ensemble: 100, threads: 2 })
  const run = model.fit(houses, { target })
  const begun = new Set<number>() // a third begins when one has ended
  for await (const { fit } of run) if (begun.add(fit).size === 3) break
  run.cancel()
  const { stopped, members } = await run
  t.equal(stopped, 'cancelled')
  t.ok(members.some(({ stopped }) => stopped === 'completed'))
  t.equal(model.members.length, members.filter(({ epoch }) => epoch > 0).length)
  t.ok(model.members.length >= 3)
  await model.save(at('cancelled.safetensors'))
  const loaded = (await load(at('cancelled.safetensors'))) as PsilonRegressor
  t.strictSame(await loaded.predict(others), await model.predict(others))
})

t.test('a fit that fails rejects, and the estimator keeps what had finished an epoch', async (t) => {
  const model = new PsilonRegressor({ ...options, ensemble: 3, learningRate: 1e30, schedule: 'constant' })
  await t.rejects(model.fit(houses, { target }), { code: 'ERR_NON_FINITE' })
  t.throws(() => model.members, { code: 'ERR_NOT_FITTED' })
})

t.test('options are checked', (t) => {
  for (const ensemble of [0, 1.5, 1001, '3', Number.NaN]) {
    t.throws(() => new PsilonRegressor({ ensemble: ensemble as number }), {
      code: 'ERR_OPTION',
      message: /^\[PsilonRegressor\] ensemble must be an integer from 1 to 1000/,
    })
  }
  t.end()
})

await (await regressor({ ensemble: 3 })).save(at('regressor.safetensors'))
type Configs = Record<string, unknown>[]
const hostile: [name: string, change: MetadataChange, message: RegExp][] = [
  ['a config too few', (_, j) => (j.config as unknown as Configs).pop(), /unknown parameter "members\.2\./],
  ['a config too many', (_, j) => (j.config as unknown as Configs).push(config(j)), /"layers\.0\.v" is missing/],
  ['an empty list', (_, j) => Object.assign(j, { config: [] }), /list of 2 to 1000, got 0/],
  ['a list of one', (_, j) => Object.assign(j, { config: [config(j)] }), /list of 2 to 1000, got 1/],
  ['no list', (_, j) => Object.assign(j, { config: config(j) }), /unknown parameter "members\.0\./],
  [
    'another dtype of one',
    (_, j) => Object.assign(config(j, 1), { dtype: 'float64' }),
    /config\[1\]\.dtype differs from config\[0\]/,
  ],
  ['another width of one', (_, j) => Object.assign(config(j, 1), { hidden: [3, 3] }), /has shape/],
  ['fewer asked for', (_, j) => Object.assign(j.estimator.options, { ensemble: 2 }), /3 networks.*ensemble is 2/],
  [
    'no estimator',
    (m, j) => {
      for (const name of ['estimator', 'preprocessing']) {
        delete m[name]
        delete (j as unknown as Record<string, unknown>)[name]
      }
    },
    /preprocessing must be an object/,
  ],
]

function config(json: { config: object }, m = 0): Record<string, unknown> {
  return (json.config as Configs)[m] as Record<string, unknown>
}

for (const [name, change, message] of hostile) {
  t.test(`a file of an ensemble is refused: ${name}`, async (t) => {
    await withMetadata(at('regressor.safetensors'), at('hostile.safetensors'), change)
    await t.rejects(load(at('hostile.safetensors')), { code: 'ERR_MODEL_FILE', message })
  })
}

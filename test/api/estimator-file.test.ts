import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load, PsilonClassifier, PsilonNet, PsilonRegressor, readTable } from 'psilon'
import t from 'tap'
import { bundled, csvOf, quick, someHouses } from '../support/houses.js'
import { type MetadataChange, withMetadata } from '../support/model-header.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
const options = { ...quick, epochs: 15 }
const houses = someHouses(80).map((house, i) => (i % 9 === 0 ? { ...house, age: null } : house))
const others = [...someHouses(30, 2), { area: null, age: null, town: 'Essen', garden: null, price: 1 }]
const target = 'price'

async function fittedRegressor(more: object = {}): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...options, ...more })
  await model.fit(houses, { target })
  return model
}

const variants: Record<string, object> = {
  'an mlp': {},
  'a resnet': { kind: 'resnet', hidden: 8 },
  'a float64 mlp': { dtype: 'float64', hidden: [9, 5], depth: undefined },
  'a pruned one': { prune: { sparsity: 0.6 } },
  'a found lambda': { lambda: 'auto', lambdas: [1e-4, 1e-2], selection: { folds: 2 } },
}

t.test('a file says which preset it was, and has as many networks as that says', async (t) => {
  const { preset: _, ...given } = options
  const model = new PsilonRegressor({ ...given, hidden: 4, epochs: 2, lambda: 1e-3, encoding: 'asinh' })
  await model.fit(houses, { target })
  await model.save(at('balanced.safetensors'))
  await withMetadata(at('balanced.safetensors'), at('copy.safetensors'), (_, { estimator }) => {
    t.equal((estimator.options as { preset?: string }).preset, 'balanced')
    t.notOk('ensemble' in estimator.options)
  })
  const loaded = (await load(at('balanced.safetensors'))) as PsilonRegressor
  t.strictSame(loaded.options, model.options)
  t.ok(model.members.length > 1)
  t.equal(loaded.members.length, model.members.length)
  t.strictSame(await loaded.predict(others), await model.predict(others))
  await withMetadata(at('balanced.safetensors'), at('copy.safetensors'), (_, { estimator }) => {
    estimator.options = { ...estimator.options, preset: 'quick' }
  })
  const message = /preset must be one of "fast", "balanced", "best", "paper", got "quick"/
  await t.rejects(load(at('copy.safetensors')), { message })
})

for (const [name, more] of Object.entries(variants)) {
  t.test(`a loaded regressor is the saved one, to the bit: ${name}`, async (t) => {
    const model = await fittedRegressor(more)
    await model.save(at('regressor.safetensors'))
    const loaded = (await load(at('regressor.safetensors'))) as PsilonRegressor
    t.equal(loaded.constructor, PsilonRegressor)
    t.strictSame(await loaded.predict(others), await model.predict(others))
    t.strictSame(await loaded.evaluate(houses), await model.evaluate(houses))
    t.strictSame(loaded.influence(), model.influence())
    t.strictSame(loaded.features, model.features)
    t.strictSame(loaded.options, JSON.parse(JSON.stringify(model.options)))
    t.strictSame([loaded.target, loaded.lambda], [model.target, model.lambda])
    t.strictSame(loaded.sparsity(), model.sparsity())
    t.strictSame(loaded.network.config, model.network.config)
  })
}

for (const name of ['wine.csv', 'breast_cancer.csv']) {
  t.test(`a loaded classifier is the saved one, to the bit: ${name}`, async (t) => {
    const model = new PsilonClassifier({ ...options, classWeight: { 0: 2 } })
    await model.fit(bundled(name), { target: 'target' })
    await model.save(at('classifier.safetensors'))
    const loaded = (await load(at('classifier.safetensors'))) as PsilonClassifier
    t.equal(loaded.constructor, PsilonClassifier)
    const table = await readTable(bundled(name))
    t.strictSame(await loaded.predict(table), await model.predict(table))
    t.strictSame(await loaded.certify(table), await model.certify(table))
    t.strictSame(loaded.classes, model.classes)
    t.strictSame(loaded.options, model.options)
  })
}

t.test('labels keep their type', async (t) => {
  const rows = houses.map(({ price, ...house }) => ({
    ...house,
    price: price > 2e5 ? 'dear' : price > 1e5 ? 7 : false,
  }))
  const model = new PsilonClassifier(options)
  await model.fit(rows, { target })
  await model.save(at('labels.safetensors'))
  const loaded = (await load(at('labels.safetensors'))) as PsilonClassifier
  t.strictSame(loaded.classes, [7, 'dear', false])
  t.strictSame((await loaded.predict(rows)).labels, (await model.predict(rows)).labels)
})

t.test('a pruned and compacted estimator is smaller and says the same after loading', async (t) => {
  const model = await fittedRegressor({ prune: { sparsity: 0.8 } })
  model.compact()
  await model.save(at('compact.safetensors'))
  const loaded = (await load(at('compact.safetensors'))) as PsilonRegressor
  t.strictSame(await loaded.predict(others), await model.predict(others))
  t.ok((loaded.network.config.hidden[0] as number) < options.hidden)
})

t.test('a loaded estimator can be fitted anew, with the options it was made with', async (t) => {
  const model = await fittedRegressor({ categorical: ['garden'], ignore: ['age'], encoding: 'asinh' })
  await model.save(at('again.safetensors'))
  const loaded = (await load(at('again.safetensors'))) as PsilonRegressor
  await writeFile(at('new.csv'), csvOf(someHouses(50, 8)))
  await loaded.fit(at('new.csv'), { target })
  await model.fit(at('new.csv'), { target })
  t.strictSame(await loaded.predict(others), await model.predict(others))
})

await (await fittedRegressor()).save(at('plain.safetensors'))
const wine = new PsilonClassifier(options)
await wine.fit(bundled('wine.csv'), { target: 'target' })
await wine.save(at('wine.safetensors'))
await new PsilonNet({ inputs: 3, hidden: 2 }).save(at('network.safetensors'))

const hostile: [name: string, change: MetadataChange, message: RegExp, file?: string][] = [
  ['no estimator', (m) => delete m.estimator, /estimator must be an object, got undefined/],
  ['no preprocessing', (m) => delete m.preprocessing, /preprocessing must be an object, got undefined/],
  [
    'an estimator around a bare network',
    (m) => Object.assign(m, { estimator: '{}' }),
    /preprocessing must be an object/,
    'network',
  ],
  ['an estimator that is no object', (_, j) => Object.assign(j, { estimator: [] }), /estimator must be an object/],
  ['an unknown entry', (_, j) => Object.assign(j.estimator, { code: '1' }), /estimator has an unknown entry "code"/],
  ['a missing entry', (_, j) => delete j.estimator.lambda, /estimator lacks "lambda"/],
  [
    'a lambda that is none',
    (_, j) => Object.assign(j.estimator, { lambda: '1' }),
    /estimator\.lambda must be a finite/,
  ],
  [
    'a negative lambda',
    (_, j) => Object.assign(j.estimator, { lambda: -1 }),
    /estimator\.lambda must be at least 0, got -1/,
  ],
  ['an unknown type', (_, j) => Object.assign(j.estimator, { type: 'oracle' }), /estimator\.type must be one of/],
  ['a target without name', (_, j) => Object.assign(j.estimator, { target: '' }), /estimator\.target must be a name/],
  ['an input as target', (_, j) => Object.assign(j.estimator, { target: 'area' }), /"area" is an input too/],
  [
    'another type',
    (_, j) => Object.assign(j.estimator, { type: 'classifier', coding: ['a', 'b'] }),
    /the network has 1 outputs and the loss "mse", the estimator needs 1 and "bce"/,
  ],
  [
    'another number of classes',
    (_, j) => j.estimator.coding.pop(),
    /the network has 3 outputs and the loss "softmax", the estimator needs 1 and "bce"/,
    'wine',
  ],
  ['a class twice', (_, j) => j.estimator.coding.splice(1, 1, 0), /labels has "0" twice/, 'wine'],
  ['a class that is none', (_, j) => j.estimator.coding.splice(1, 1, null), /labels\[1\] must be/, 'wine'],
  [
    'a regressor of classes',
    (_, j) => Object.assign(j.estimator, { type: 'regressor', coding: { center: 0, scale: 1 } }),
    /the estimator needs 1 and "mse"/,
    'wine',
  ],
  ['no loss', (m) => delete m.loss, /the network has 1 outputs and the loss null/],
  ['a scale of zero', (_, j) => Object.assign(j.estimator.coding, { scale: 0 }), /target\.scale must be above 0/],
  ['a scale that is none', (_, j) => Object.assign(j.estimator.coding, { scale: null }), /target\.scale must be/],
  ['another coding', (_, j) => Object.assign(j.estimator, { coding: [1, 2] }), /target must be an object/],
  ['an unknown option', (_, j) => Object.assign(j.estimator.options, { hiden: 3 }), /unknown option "hiden"/],
  ['an option out of range', (_, j) => Object.assign(j.estimator.options, { epochs: 0 }), /epochs must be an integer/],
  [
    'options that are none',
    (_, j) => Object.assign(j.estimator, { options: null }),
    /options must be an object, got null/,
  ],
  ['fewer inputs', (_, j) => j.preprocessing.columns.pop(), /preprocessing gives \d inputs, the network has \d+/],
  [
    'more inputs',
    (_, j) => j.preprocessing.columns.find(({ levels }) => levels)?.levels?.push('x'),
    /preprocessing gives \d+ inputs, the network has \d+/,
  ],
  ['no columns', (_, j) => Object.assign(j.preprocessing, { columns: [] }), /preprocessing/],
  [
    'a column twice',
    (_, j) => j.preprocessing.columns.splice(1, 1, j.preprocessing.columns[0]),
    /preprocessing has "area" twice/,
  ],
  [
    'a deviation of zero',
    (_, j) => Object.assign(j.preprocessing.columns[0].encodings[0], { deviation: 0 }),
    /columns\[0\]\.encodings\[0\]\.deviation must be above 0/,
  ],
  [
    'an unknown encoding',
    (_, j) => Object.assign(j.preprocessing.columns[0].encodings[0], { kind: 'fourier' }),
    /columns\[0\]\.encodings\[0\]\.kind must be one of "standard", .*, got "fourier"/,
  ],
  [
    'broken JSON',
    (m, j) => {
      m.estimator = '{'
      delete (j as Partial<typeof j>).estimator
    },
    /"estimator" is not JSON/,
  ],
]

for (const [name, change, message, file = 'plain'] of hostile) {
  t.test(`refused: ${name}`, async (t) => {
    await withMetadata(at(`${file}.safetensors`), at('hostile.safetensors'), change)
    await t.rejects(load(at('hostile.safetensors')), { code: 'ERR_MODEL_FILE', message })
    await t.rejects(load(at('hostile.safetensors')), { message: /^\[load\] hostile\.safetensors: / })
  })
}

t.test('an untouched copy loads', async (t) => {
  await withMetadata(at('plain.safetensors'), at('copy.safetensors'), () => {})
  t.ok((await load(at('copy.safetensors'))) instanceof PsilonRegressor)
})

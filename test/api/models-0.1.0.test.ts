import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import t, { type Test } from 'tap'
import { Preprocessor } from '#psilon/data/preprocess.js'
import { readRecord } from '#psilon/report/record.js'
import { tableOfValues } from '#psilon/tables/table.js'
import { packageRoot } from '../support/child.js'
import { someHouses } from '../support/houses.js'
import { withMetadata } from '../support/model-header.js'

const folder = join(packageRoot, 'test', 'fixtures', 'models-0.1.0')
const at = (name: string) => join(folder, name)
const expected: Record<string, Expected> = JSON.parse(readFileSync(at('expected.json'), 'utf8'))

interface Expected {
  rows: never
  pathNorm: number
  outputs?: number[]
  predictions?: number[]
  labels?: unknown[]
  classes?: unknown[]
  probabilities?: number[]
  loss?: string | null
  lambda?: number
}

/** To rounding: instruction sets sum in orders of their own. */
function near(t: Test, found: ArrayLike<number>, wanted: readonly number[]): void {
  t.equal(found.length, wanted.length)
  wanted.forEach((value, i) => {
    t.ok(Math.abs((found[i] as number) - value) <= 2e-5 * Math.max(0.1, Math.abs(value)), `${found[i]}, not ${value}`)
  })
}

for (const [name, wanted] of Object.entries(expected)) {
  t.test(`a model of 0.1.0 predicts what it did: ${name}`, async (t) => {
    const model = await load(at(`${name}.safetensors`))
    near(t, [model.pathNorm()], [wanted.pathNorm])
    if (model instanceof PsilonNet || model instanceof PsilonResNet) {
      near(t, model.predictSync(wanted.rows).data, wanted.outputs as number[])
      near(t, (await model.predict(wanted.rows)).data, wanted.outputs as number[])
      t.equal(model.loss, wanted.loss)
      return
    }
    t.equal(model.lambda, wanted.lambda)
    if (model instanceof PsilonRegressor) {
      near(t, (await model.predict(wanted.rows)).values, wanted.predictions as number[])
      return
    }
    t.ok(model instanceof PsilonClassifier)
    const { labels, probabilities } = await model.predict(wanted.rows)
    t.strictSame(labels, wanted.labels)
    t.strictSame(model.classes, wanted.classes)
    near(t, probabilities.data, wanted.probabilities as number[])
  })
}

t.test('a model whose option was called scaling has it as encoding, and is written anew', async (t) => {
  const model = (await load(at('regressor.safetensors'))) as PsilonRegressor
  t.strictSame(model.encodings, ['asinh'])
  t.equal(model.options.encoding, 'asinh')
  t.notOk('scaling' in model.options)
  const path = join(t.testdir(), 'anew.safetensors')
  await model.save(path)
  const anew = (await load(path)) as PsilonRegressor
  t.strictSame(
    await anew.predict(expected.regressor?.rows as never),
    await model.predict(expected.regressor?.rows as never),
  )
  t.strictSame([anew.features, anew.influence(), anew.options], [model.features, model.influence(), model.options])
})

t.test('what were the defaults is the preset paper now, and the file written anew says so', async (t) => {
  const path = join(t.testdir(), 'anew.safetensors')
  for (const name of [...Object.keys(expected), 'trained']) {
    const model = await load(at(`${name}.safetensors`))
    if (!(model instanceof PsilonRegressor || model instanceof PsilonClassifier)) continue
    t.equal(model.options.preset, 'paper', name)
    await model.save(path)
    await withMetadata(path, join(t.testdirName, 'copy.safetensors'), (_, { estimator }) => {
      t.match(estimator.options, { preset: 'paper' }, name)
    })
  }
})

t.test('fitted again, it is fitted as the preset paper says', async (t) => {
  const rows = someHouses(60)
  for (const name of ['regressor', 'ensemble', 'trained']) {
    const model = (await load(at(`${name}.safetensors`))) as PsilonRegressor
    const alike = new PsilonRegressor({ ...model.options, preset: 'paper' })
    const { search, members } = await model.fit(rows, { target: 'price' })
    await alike.fit(rows, { target: 'price' })
    t.strictSame([search.length, members.length], [0, model.options.ensemble ?? 1])
    t.strictSame(await model.predict(rows), await alike.predict(rows), name)
  }
})

t.test('it has no more networks than the option says, or the default of that version', async (t) => {
  const path = join(t.testdir(), 'changed.safetensors')
  await withMetadata(at('ensemble.safetensors'), path, (_, { estimator }) => {
    estimator.options = { ...estimator.options, ensemble: undefined }
  })
  await t.rejects(load(path), { code: 'ERR_MODEL_FILE', message: /has 3 networks, the option ensemble is 1$/ })
})

t.test('its inputs have the bits of asinh((value - center) / scale), standardised', async (t) => {
  await withMetadata(at('regressor.safetensors'), join(t.testdir(), 'copy.safetensors'), (_, { preprocessing }) => {
    const columns = preprocessing.columns as unknown as Flat[]
    const [column] = columns.filter(({ kind }) => kind === 'numeric') as [Flat]
    const { asinh, mean, deviation } = column as Required<Flat>
    const learned = Preprocessor.fromJSON(preprocessing)
    for (const value of [-1e6, 0, 1 / 3, asinh.center, 1234.5]) {
      const row = Object.fromEntries(columns.map(({ name }) => [name, [name === column.name ? value : null]]))
      const { x } = learned.transform(tableOfValues(row), 'float64')
      const at = learned.features.findIndex(({ name }) => name === column.name)
      t.equal(x.data[at], (Math.asinh((value - asinh.center) / asinh.scale) - mean) / deviation)
    }
    t.equal(learned.features.find(({ name }) => name === column.name)?.divisor, deviation * asinh.scale)
  })
})

interface Flat {
  kind: string
  name: string
  mean: number
  deviation: number
  asinh?: { center: number; scale: number }
}

t.test('a run of 0.1.0 is read', async (t) => {
  t.ok((await load(at('trained.safetensors'))) instanceof PsilonRegressor)
  const record = await readRecord(at('trained.run.json'))
  t.equal(record?.version, '0.1.0')
  t.strictSame(
    record?.epochs.map(({ epoch }) => epoch),
    [1, 2, 3, 4],
  )
})

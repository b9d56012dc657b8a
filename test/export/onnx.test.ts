import { join } from 'node:path'
import { load, PsilonClassifier, PsilonRegressor, version } from 'psilon'
import t from 'tap'
import { refuses } from '../support/refusal.js'
import { estimators, networkRows, networks, rowsOf, unlike } from './models.js'
import { type Feeds, factsOf, type Model, noRuntime, opened } from './onnx-runtime.js'

type Cell = number | string | boolean | null
type Row = Record<string, Cell | undefined>
type AnyEstimator = PsilonRegressor | PsilonClassifier

const missing = ['', '?', 'na', 'null']

/** A cell as a text of a category, or as a number. */
function textOf(cell: Cell | undefined): string {
  const text = String(cell ?? '').trim()
  return missing.includes(text.toLowerCase()) ? '' : text
}

function numberOf(cell: Cell | undefined): number {
  const text = textOf(cell).toLowerCase()
  return text === '' ? Number.NaN : Number(text === 'true' || (text === 'false' ? 0 : text))
}

/** Inputs of a model with one input a column, of that column's name unless the metadata say otherwise. */
function feedsOf({ inputs }: Model, rows: readonly Row[], nameOf = (input: string) => input): Feeds {
  const tensors = inputs.map(({ name, type }): [string, Feeds[string]] => {
    const cells = rows.map((row) => row[nameOf(name)])
    const data = type === 'string' ? cells.map(textOf) : Float64Array.from(cells, numberOf)
    return [name, { type, data, dims: [rows.length, 1] }]
  })
  return Object.fromEntries(tensors)
}

const matrixOf = (rows: readonly Row[], names: readonly string[]): Feeds => {
  const data = Float64Array.from(rows.flatMap((row) => names.map((name) => numberOf(row[name]))))
  return { x: { type: 'float64', data, dims: [rows.length, names.length] } }
}

/** The largest difference, as a share of what is wanted, or of the least normal float32. */
function farthest(found: ArrayLike<unknown> | undefined, wanted: ArrayLike<number>): number {
  if (found?.length !== wanted.length) return Number.NaN
  return Math.max(
    ...Array.from(wanted, (value, k) => Math.abs((found[k] as number) - value) / Math.max(Math.abs(value), 2 ** -126)),
  )
}

const tolerance = (model: { network: { config: { dtype: string } } }) =>
  model.network.config.dtype === 'float32' ? 1e-5 : 1e-12

for (const [name, make] of Object.entries(estimators)) {
  t.test(`ONNX Runtime predicts with ${name} what the estimator does`, { skip: noRuntime }, async (t) => {
    const model = await make()
    const onnx = await opened(model.toOnnx())
    const found = await onnx.run(feedsOf(onnx, unlike))
    if (model instanceof PsilonRegressor) {
      const { values } = await model.predict(unlike)
      t.strictSame(Object.keys(found), ['prediction'])
      t.strictSame(found.prediction?.dims, [unlike.length, 1])
      t.ok(farthest(found.prediction?.data, values) <= tolerance(model))
    } else {
      const { labels, probabilities } = await model.predict(unlike)
      t.strictSame(Object.keys(found), ['label', 'probabilities'])
      t.strictSame(Array.from(found.label?.data ?? []), labels.map(String))
      t.strictSame(found.probabilities?.dims, probabilities.shape)
      t.ok(farthest(found.probabilities?.data, probabilities.data) <= tolerance(model))
    }
    model.dispose()
  })
}

for (const [name, make] of Object.entries(networks)) {
  t.test(`ONNX Runtime predicts with ${name} what the network does`, { skip: noRuntime }, async (t) => {
    const net = await make()
    const { dtype } = net.config
    const onnx = await opened(net.toOnnx())
    const Data = dtype === 'float32' ? Float32Array : Float64Array
    const x = { type: dtype, data: Data.from(networkRows.flat()), dims: [networkRows.length, 3] }
    const { outputs, probabilities, ...others } = await onnx.run({ x })
    t.strictSame(others, {})
    const { data, shape } = await net.predict(networkRows)
    t.strictSame(outputs?.dims, shape)
    t.ok(outputs?.data instanceof Data)
    // relative to 1 where outputs are close to 0
    const shifted = (values: ArrayLike<unknown> | undefined) =>
      Array.from(values ?? [], (z) => Math.abs(z as number) + 1)
    const close = dtype === 'float32' ? 1e-5 : 1e-12
    t.ok(farthest(shifted(outputs?.data), shifted(data)) <= close)
    if (net.loss === 'mse') t.equal(probabilities, undefined)
    else t.ok(farthest(probabilities?.data, (await net.predictProba(networkRows)).data) <= close)
    net.dispose()
  })
}

const small = { preset: 'paper', hidden: 4, depth: 1, epochs: 5, lambda: 1e-3 } as const

async function fitted<Model extends AnyEstimator>(model: Model, rows: Row[], target: string): Promise<Model> {
  await model.fit(rows as Record<string, Cell>[], { target })
  return model
}

t.test('columns of numbers are one matrix, if that is wanted', { skip: noRuntime }, async (t) => {
  const names = ['size', 'age', 'flag', 'two']
  const rows = rowsOf(200, 1).map(({ size, age, flag, two, price }) => ({ size, age, flag, two, price }))
  const model = await fitted(new PsilonRegressor({ ...small, encoding: 'asinh' }), rows, 'price')
  const onnx = await opened(model.toOnnx({ inputs: 'matrix' }))
  t.match(onnx.inputs, [{ name: 'x', type: 'float64', shape: ['rows', 4] }])
  const { prediction } = await onnx.run(matrixOf(unlike, names))
  t.ok(farthest(prediction?.data, (await model.predict(unlike)).values) <= 1e-5)
  const columns = await opened(model.toOnnx({ inputs: 'columns' }))
  t.strictSame((await columns.run(feedsOf(columns, unlike))).prediction?.data, prediction?.data)
  const one = await onnx.run(matrixOf(unlike.slice(0, 1), names))
  t.ok(farthest(one.prediction?.data, [prediction?.data[0] as number]) <= 1e-6)
  model.dispose()
})

t.test('large offsets of columns and target take no digits', { skip: noRuntime }, async (t) => {
  const rows = rowsOf(200, 1).map(({ size }) => ({ time: 1.7e9 + (size as number), y: 1e9 + Math.sin(size as number) }))
  const model = await fitted(new PsilonRegressor({ ...small, epochs: 40 }), rows, 'y')
  const onnx = await opened(model.toOnnx())
  const { prediction } = await onnx.run(feedsOf(onnx, rows))
  const fromTarget = (values: ArrayLike<unknown> | undefined) =>
    Array.from(values ?? [], (y) => (y as number) - 1e9 + 10)
  const wanted = fromTarget((await model.predict(rows)).values)
  t.ok(new Set(wanted).size > 150)
  t.ok(farthest(fromTarget(prediction?.data), wanted) <= 1e-6)
  model.dispose()
})

t.test('numbers far beyond those of training', { skip: noRuntime }, async (t) => {
  for (const encoding of ['asinh', 'robust'] as const) {
    const rows = rowsOf(100, 1).map(({ size, price }) => ({ size, price }))
    const model = await fitted(new PsilonRegressor({ ...small, encoding }), rows, 'price')
    const onnx = await opened(model.toOnnx())
    const extreme = [-1e300, -1e160, 1e30, 1e200].map((size) => ({ size }))
    const { prediction } = await onnx.run(feedsOf(onnx, extreme))
    t.ok(farthest(prediction?.data, (await model.predict(extreme)).values) <= 1e-5, encoding)
    model.dispose()
  }
})

t.test('whole numbers as classes are numbers, and others texts', { skip: noRuntime }, async (t) => {
  for (const [labels, type] of [
    [[3, -1, 20], 'int64'],
    [[0.5, 2, 3], 'string'],
  ] as const) {
    const rows = rowsOf(120, 1).map(({ size, age }, i) => ({ size, age, y: labels[i % 3] }))
    const model = await fitted(new PsilonClassifier(small), rows, 'y')
    const onnx = await opened(model.toOnnx())
    t.match(onnx.outputs[0], { name: 'label', type, shape: ['rows'] })
    const { label } = await onnx.run(feedsOf(onnx, rows))
    const wanted = (await model.predict(rows)).labels
    t.strictSame(label?.data, type === 'int64' ? BigInt64Array.from(wanted as number[], BigInt) : wanted.map(String))
    t.equal(factsOf(model.toOnnx()).metadata.classes, JSON.stringify(model.classes))
    model.dispose()
  }
})

t.test('columns may have any name', { skip: noRuntime }, async (t) => {
  const names = ['prediction', 'Gemm', 'constant', 'x', 'prix (€) \u0000', 'a\ud800', 'a\ufffd']
  const rows = rowsOf(100, 1).map(({ size }, i) => {
    const cells = names.map((name, k) => [name, k % 2 === 0 ? Math.sin(i * (k + 1)) : `level "${(i + k) % 3}" ‰`])
    return { ...Object.fromEntries(cells), y: size }
  })
  const model = await fitted(new PsilonRegressor(small), rows, 'y')
  const bytes = model.toOnnx()
  const onnx = await opened(bytes)
  const columns: { name: string; input: string }[] = JSON.parse(factsOf(bytes).metadata.columns ?? '')
  t.strictSame(
    columns.map(({ name }) => name),
    names,
  )
  t.strictSame(
    columns.map(({ input }) => input),
    [...names.slice(0, 4), 'prix (€) \ufffd', 'a\ufffd', 'a\ufffd_2'],
  )
  const nameOf = (input: string) => columns.find((column) => column.input === input)?.name ?? ''
  const found = await onnx.run(feedsOf(onnx, rows, nameOf))
  t.ok(farthest(found.prediction_2?.data, (await model.predict(rows)).values) <= 1e-5)
  model.dispose()
})

t.test('the file says what it is', async (t) => {
  const regressor = (await estimators['a regressor of asinh']?.()) as PsilonRegressor
  const bytes = regressor.toOnnx()
  const { metadata, versions, ...producer } = factsOf(bytes)
  t.strictSame(producer, { producerName: 'psilon', producerVersion: version })
  t.strictSame(versions, { '': 13, 'ai.onnx.ml': 2 })
  t.equal(metadata.target, 'price')
  t.equal(Number(metadata.path_norm), regressor.pathNorm())
  t.equal(Number(metadata.lipschitz), regressor.lipschitz())
  t.same(JSON.parse(metadata.influence ?? ''), regressor.influence())
  t.match(JSON.parse(metadata.columns ?? ''), [
    { name: 'size', input: 'size', kind: 'numeric' },
    { name: 'age', input: 'age', kind: 'numeric' },
    { name: 'color', input: 'color', kind: 'categorical', levels: ['blue', 'green', 'red'], missing: false },
    { name: 'code', kind: 'categorical', levels: ['01', '02', '10'], missing: true },
    { name: 'flag', kind: 'numeric', median: Number, least: 0, greatest: 1 },
    { name: 'two', kind: 'numeric', least: 3, greatest: 7 },
  ])
  const path = join(t.testdir(), 'model.safetensors')
  await regressor.save(path)
  const loaded = (await load(path)) as PsilonRegressor
  t.strictSame(loaded.toOnnx(), bytes)
  const classifier = (await estimators['three classes']?.()) as PsilonClassifier
  const facts = factsOf(classifier.toOnnx())
  t.same(JSON.parse(facts.metadata.classes ?? ''), classifier.classes)
  t.same(JSON.parse(facts.metadata.influence ?? ''), classifier.influence())
  const net = (await networks['a network of two outputs']?.()) as NonNullable<
    Awaited<ReturnType<NonNullable<(typeof networks)[string]>>>
  >
  const known = factsOf(net.toOnnx())
  t.strictSame(known.versions, { '': 13 })
  t.strictSame(known.metadata, {
    path_norm: String(net.pathNorm()),
    lipschitz: String(net.lipschitz()),
    influence: JSON.stringify(Array.from(net.influence())),
  })
  for (const model of [regressor, loaded, classifier, net]) model.dispose()
})

t.test('what cannot be written is refused', async (t) => {
  const model = (await estimators['a regressor']?.()) as PsilonRegressor
  const matrix = '[toOnnx] inputs: "matrix" is for numbers alone, columns "color", "code" have categories'
  await refuses(t, 'ERR_UNSUPPORTED', `${matrix}; say inputs: "columns"`, () => model.toOnnx({ inputs: 'matrix' }))
  const word = '[toOnnx] inputs must be one of "columns", "matrix", got "rows"'
  await refuses(t, 'ERR_OPTION', word, () => model.toOnnx({ inputs: 'rows' as never }))
  const unfitted = '[toOnnx] the estimator has not been fitted; call fit first'
  await refuses(t, 'ERR_NOT_FITTED', unfitted, () => new PsilonRegressor().toOnnx())
  const net = (await networks['a network of one logit']?.()) as { toOnnx(): Uint8Array; dispose(): void }
  for (const each of [model, net]) each.dispose()
  await refuses(t, 'ERR_DISPOSED', '[toOnnx] the estimator has been disposed of', () => model.toOnnx())
  await refuses(t, 'ERR_DISPOSED', '[toOnnx] the network has been disposed of', () => net.toOnnx())
})

import { inspect, stripVTControlCharacters } from 'node:util'
import { type Bound, PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet, readTable, sweep } from 'psilon'
import t from 'tap'
import { quick, someHouses } from '../support/houses.js'
import { smoothTargets, someRows } from '../support/tables.js'

const houses = someHouses(60)
const lines = (value: unknown, options = {}) => inspect(value, options).split('\n')
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.abs(b)
const product = (values: readonly number[]) => values.reduce((all, value) => all * value, 1)
const bounds: Bound[] = ['original', 'improved', 'tight']

t.test('the factors of the layers multiply to the path norm, of any output and by any bound', async (t) => {
  const x = someRows(30, 3)
  const y = smoothTargets(x).map((value) => [value, -value / 2])
  for (const Network of [PsilonNet, PsilonResNet]) {
    for (const normalization of ['l1', 'none'] as const) {
      using network = new Network({ inputs: 3, hidden: 6, depth: 3, outputs: 2, dtype: 'float64', normalization })
      await network.fit({ x, y }, { epochs: 20, regularizer: normalization === 'none' ? 'l2' : 'path' })
      for (const bound of bounds) {
        for (const output of [undefined, 0, 1]) {
          const factors = [0, 1, 2, 3].map((layer) => network.pathNorm({ bound, output, layer }))
          t.ok(near(product(factors), network.pathNorm({ bound, output })), `${bound}, output ${output}`)
        }
      }
    }
  }
})

t.test('with shared lengths the factors are those of the closed form', async (t) => {
  const x = someRows(30, 3)
  for (const [Network, blocks] of [
    [PsilonNet, 0],
    [PsilonResNet, 1],
  ] as const) {
    using network = new Network({ inputs: 3, hidden: 6, depth: 2, dtype: 'float64' })
    await network.fit({ x, y: smoothTargets(x) }, { epochs: 20 })
    const lengths = [0, 1, 2].map((k) => Math.abs(network.parameters[`layers.${k}.g`]?.data[0] as number))
    const expected = [lengths[0], blocks + (lengths[1] as number), lengths[2]] as number[]
    const factors = [0, 1, 2].map((layer) => network.pathNorm({ layer }))
    t.ok(
      factors.every((factor, k) => near(factor, expected[k] as number)),
      `${factors} for ${expected}`,
    )
  }
})

t.test('by hand: weights, a layer without weights, and layers that do not exist', async (t) => {
  using network = new PsilonNet({ inputs: 2, hidden: [2, 1], outputs: 1, normalization: 'none', dtype: 'float64' })
  const { parameters } = network
  const set = (name: string, ...values: number[]) => parameters[name]?.data.set(values)
  set('layers.0.v', 1, -2, 0.5, 0.5) // r_1 = 3, 1
  set('layers.1.v', -1, 4) // r_2 = 7
  set('layers.2.v', 2) // r_3 = 14
  network.setParameters(parameters)
  const factors = [0, 1, 2].map((layer) => network.pathNorm({ layer }))
  const expected = [3, 7 / 3, 2]
  t.ok(
    factors.every((factor, k) => near(factor, expected[k] as number)),
    `${factors}`,
  )
  set('layers.1.v', 0, 0)
  network.setParameters(parameters)
  t.strictSame(
    [1, 2].map((layer) => network.pathNorm({ layer })),
    [0, 0],
  )
  for (const layer of [-1, 3, 0.5, '1', null]) {
    t.throws(() => network.pathNorm({ layer: layer as number }), {
      code: 'ERR_OPTION',
      message: /^\[pathNorm\] layer must be an integer from 0 to 2, got /,
    })
  }
  t.throws(() => network.influence({ layer: 0 } as never), { code: 'ERR_OPTION' })
})

t.test('a network shows itself and its summary', async (t) => {
  const network = new PsilonResNet({ inputs: 3, hidden: 8, depth: 2, outputs: 2, seed: 5 })
  t.strictSame(lines(network), [
    'PsilonResNet {',
    '  network      resnet, 3 inputs, 2 hidden layers of 8, l1 normalisation, float32',
    '  outputs      2',
    '  parameters   206',
    '  trained      not yet',
    '  seed         5',
    '}',
  ])
  const summary = network.summary().split('\n')
  const [title, , , , , , , head, ...layers] = summary
  t.equal(title, 'PsilonResNet')
  t.match(head, /^layer +inputs +units +parameters +zeros +factor$/)
  t.match(layers[0], /^0 +3 +8 +33 +\d+\.\d % +\d/)
  t.match(layers[1], /^1 +8 +8 +137 +\d+\.\d % +\d/)
  t.match(layers[2], /^2 +8 +2 +36 +\d+\.\d % +\d/)
  t.match(layers[3], /^all +18 +206 +\d+\.\d % +\d/)
  t.equal(new Set([head, ...layers.slice(0, 4)].map((line) => line?.length)).size, 1, 'columns are aligned')
  t.match(summary.at(-2), /^path norm {3}\S+ \(original\), \S+ \(improved\), \S+ \(tight\)$/)
  t.match(summary.at(-1), /^Lipschitz {3}\d/)
  network.dispose()
  t.match(inspect(network), 'the network has been disposed of')
  t.throws(() => network.summary(), { code: 'ERR_DISPOSED' })
  for (const { prototype } of [PsilonNet, PsilonRegressor]) t.equal(typeof inspect(prototype), 'string')
})

t.test('an estimator shows itself and its summary', async (t) => {
  const model = new PsilonClassifier({ ...quick, epochs: 2, ensemble: 2 })
  t.strictSame(lines(model), ['PsilonClassifier {', '  preset   paper', '  state    not fitted', '}'])
  t.throws(() => model.summary(), { code: 'ERR_NOT_FITTED' })
  const run = model.fit(houses, { target: 'town' })
  t.match(inspect(model), 'state    a fit is running')
  t.match(inspect(run), /operation {3}fit\n {2}state {7}running/)
  await run
  const facts = [
    '  predicts     town: one of Aachen, Bonn, Celle',
    '  columns      3 numeric, 1 categorical; 5 inputs',
    '  encoding     standard',
    '  network      mean of 2 networks, the first: mlp, 5 inputs, 2 hidden layers of 24, l1 normalisation, float32',
    '  parameters   1,648',
    '  trained      loss softmax, lambda 0.0001, seed 3',
  ]
  t.strictSame(lines(model), ['PsilonClassifier {', ...facts, '}'])
  const summary = model.summary().split('\n')
  t.strictSame(summary.slice(0, 7), ['PsilonClassifier', ...facts.map((line) => line.slice(2))])
  t.equal(summary[8], 'the first network')
  t.match(summary.at(-1), /^Lipschitz /)
  model.dispose()
  t.match(inspect(model), 'the estimator has been disposed of')
})

t.test('depth, colours and nesting are those of util.inspect', async (t) => {
  const model = new PsilonRegressor()
  t.strictSame(lines({ model, list: [model] }, { depth: 0 }), ['{ model: [PsilonRegressor], list: [Array] }'])
  t.strictSame(lines({ a: { model } }), [
    '{',
    '  a: {',
    '    model: PsilonRegressor {',
    '      preset   balanced',
    '      state    not fitted',
    '    }',
    '  }',
    '}',
  ])
  const coloured = inspect(model, { colors: true })
  t.not(coloured, inspect(model))
  t.equal(stripVTControlCharacters(coloured), inspect(model))
})

t.test('a table shows its size and first rows; texts cannot control a terminal', async (t) => {
  const rows = Array.from({ length: 7 }, (_, i) => {
    const odd = { a: i, 'b\u001b[2J': 'x\u001b[31m', c: 'long '.repeat(20), d: i === 1 ? null : Symbol('s') }
    return { ...odd, ...Object.fromEntries(Array.from({ length: 6 }, (_, k) => [`more ${k}`, k / 3])) }
  })
  const shown = lines(await readTable(rows))
  t.equal(shown[1], '  7 rows, 10 columns')
  t.equal(shown.at(-2), '  and 2 more rows, 2 more columns')
  t.equal(shown.length, 10)
  t.ok(shown.every((line) => line.length < 200 && !line.includes('\u001b')))
  t.strictSame(lines((await readTable([{ a: 1 }])).slice(0, 0)), ['Table {', '  0 rows, 1 column', '  a', '}'])
})

t.test('runs say how far they have come', async (t) => {
  const network = new PsilonNet({ inputs: 3, hidden: 4, depth: 1 })
  const x = someRows(20, 3)
  const run = network.fit({ x, y: smoothTargets(x) }, { epochs: 3 })
  const history = await run
  const last = history.epochs.at(-1)?.loss.toPrecision(2) as string
  t.match(
    inspect(run),
    /^TrainingRun {\n {2}operation {3}fit\n {2}state {7}ended\n {2}events {6}3\n {2}last {8}epoch 3, loss /,
  )
  t.match(inspect(run), last.slice(0, 3))
  const swept = sweep({
    data: houses,
    target: 'price',
    grid: { lambda: [1e-3] },
    options: { ...quick, epochs: 1 },
  } as never)
  await swept.catch(() => {})
  t.match(inspect(swept), /operation {3}sweep/)
  const failed = network.fit({ x } as never)
  await failed.catch(() => {})
  t.match(inspect(failed), /state {7}failed/)
})

import { join } from 'node:path'
import t from 'tap'
import { Preprocessor } from '#psilon/data/preprocess.js'
import { readTable, type Table } from '#psilon/tables/table.js'
import { refuses } from '../support/refusal.js'

const fit = 'float64'
const predict = 'float64'
const table = (columns: Record<string, ArrayLike<unknown>>): Promise<Table> => readTable(columns)
const rowsOf = ({ data, shape: [rows, columns] }: { data: ArrayLike<number>; shape: [number, number] }) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => data[i * columns + j]))

t.test('numbers are standardised with the population deviation of the training rows', async (t) => {
  // mean 5, squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, deviation sqrt(32 / 8) = 2
  const train = await table({ a: [2, 4, 4, 4, 5, 5, 7, 9] })
  const preprocessor = Preprocessor.learn(train, {})
  const { x } = preprocessor.transform(train, fit)
  t.strictSame([...x.data], [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2])
  t.strictSame([...preprocessor.transform(await table({ a: [105] }), predict).x.data], [50])
  t.strictSame(preprocessor.features, [{ name: 'a', column: 'a', kind: 'value', divisor: 2 }])
  t.ok(preprocessor.transform(train, 'float32').x.data instanceof Float32Array)
})

t.test('asinh draws in what lies far from the median', async (t) => {
  // quartiles 1.25, 2.5, 3.75; b and c have two values; those of d: 0, 0, 0.75
  const values = { a: [0, 1, 2, 3, 4, 100], b: [0, 0, 0, 0, 0, 6], c: [7, 7, 7, 7, 9, 9], d: [0, 0, 0, 0, 1, 9] }
  const preprocessor = Preprocessor.learn(await table(values), { encoding: 'asinh' })
  const transform = (columns: object) => rowsOf(preprocessor.transform(columns as Table, predict).x)
  const rows = transform(await table(values))
  const bent = (value: number, center: number, scale: number) => {
    const z = (value - center) / scale
    return Math.sign(z) * Math.log(Math.abs(z) + Math.sqrt(z * z + 1))
  }
  const standardised = (numbers: number[]) => {
    const mean = numbers.reduce((sum, value) => sum + value) / numbers.length
    const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length)
    return numbers.map((value) => (value - mean) / deviation)
  }
  const near = (column: number, expected: number[]) =>
    expected.forEach((value, i) => {
      t.ok(Math.abs((rows[i]?.[column] as number) - value) < 1e-12, `column ${column}, row ${i}`)
    })
  near(0, standardised(values.a.map((value) => bent(value, 2.5, 2.5 / 1.349))))
  near(1, standardised(values.b))
  near(2, standardised(values.c))
  near(3, standardised(values.d.map((value) => bent(value, 0, 0.75 / 1.349))))

  const again = Preprocessor.fromJSON(JSON.parse(JSON.stringify(preprocessor)))
  t.strictSame(rowsOf(again.transform(await table(values), predict).x), rows)
  for (const [j, { divisor }] of preprocessor.features.entries()) {
    for (const at of [-50, 0, 2.5, 90]) {
      const [low, high] = transform(
        await table(Object.fromEntries(Object.keys(values).map((k) => [k, [at, at + 1e-4]]))),
      )
      const slope = ((high?.[j] as number) - (low?.[j] as number)) / 1e-4
      t.ok(slope > 0 && slope <= (1 / divisor) * (1 + 1e-6), `column ${j} is steepest at its median`)
    }
  }
})

t.test('a missing number takes the median, and an input says so where training had one', async (t) => {
  // present: 0, 0, 6: mean 2, deviation sqrt(24 / 3), median 0
  const train = await table({ a: [0, null, 0, 6], b: [1, 3, 1, 3] })
  const preprocessor = Preprocessor.learn(train, {})
  const low = -2 / Math.sqrt(8)
  const { x, missing } = preprocessor.transform(train, fit)
  t.strictSame(rowsOf(x), [
    [low, 0, -1],
    [low, 1, 1],
    [low, 0, -1],
    [4 / Math.sqrt(8), 0, 1],
  ])
  t.strictSame(missing, { a: 1 })
  t.strictSame(
    preprocessor.features.map(({ name, column, kind, divisor }) => [name, column, kind, divisor]),
    [
      ['a', 'a', 'value', Math.sqrt(8)],
      ['a is missing', 'a', 'missing', 1],
      ['b', 'b', 'value', 1],
    ],
  )
  const later = preprocessor.transform(await table({ a: [null], b: [null] }), predict)
  t.strictSame(rowsOf(later.x), [[low, 1, 0]])
  t.strictSame(later.missing, { a: 1, b: 1 })
})

t.test('categories have one input for each sorted level, and one for missing cells that training saw', async (t) => {
  const train = await table({ color: ['red', 'blue', null, 'red'], size: ['s', 'm', 's', 'm'] })
  const preprocessor = Preprocessor.learn(train, {})
  const names = ['color=blue', 'color=red', 'color is missing', 'size=m', 'size=s']
  t.strictSame(
    preprocessor.features.map(({ name }) => name),
    names,
  )
  t.strictSame(rowsOf(preprocessor.transform(train, fit).x), [
    [0, 1, 0, 0, 1],
    [1, 0, 0, 1, 0],
    [0, 0, 1, 0, 1],
    [0, 1, 0, 1, 0],
  ])
})

t.test('a level that training never saw has no input, and is reported', async (t) => {
  const preprocessor = Preprocessor.learn(await table({ color: ['red', 'blue'], size: ['s', 'm'] }), {})
  const later = await table({ size: ['xl', null, 's'], color: ['red', 'toString', 'green'], other: ['?', 'x', 'y'] })
  const { x, unseen, missing } = preprocessor.transform(later, predict)
  t.strictSame(rowsOf(x), [
    [0, 1, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
  ])
  t.strictSame(unseen, { color: ['green', 'toString'], size: ['xl'] })
  t.strictSame(missing, { size: 1 })
})

t.test('the type of a column shows from its cells', async (t) => {
  const columns = {
    texts: ['1', '2', '3', '4'],
    booleans: [true, false, true, false],
    mixed: [1, 2, 3, 'x'],
    codes: [1, 2, 1, 2],
  }
  const preprocessor = Preprocessor.learn(await table(columns), { categorical: ['codes'] })
  t.strictSame(
    preprocessor.features.map(({ name }) => name),
    ['texts', 'booleans', 'mixed=1', 'mixed=2', 'mixed=3', 'mixed=x', 'codes=1', 'codes=2'],
  )
  const { x } = preprocessor.transform(await table(columns), fit)
  t.strictSame(rowsOf(x)[0].slice(1), [1, 1, 0, 0, 0, 1, 0])
})

t.test('target and ignored columns are no inputs; constant columns are dropped by name', async (t) => {
  const columns = {
    y: [1, 2, 3],
    id: ['a', 'b', 'c'],
    one: [7, 7, 7],
    void: [null, null, null],
    same: ['k', 'k', 'k'],
  }
  const train = await table({ ...columns, a: [0.1, 0.2, 0.3] })
  const preprocessor = Preprocessor.learn(train, { target: 'y', ignore: ['id'] })
  t.strictSame(preprocessor.dropped, ['one', 'void', 'same'])
  t.strictSame(
    preprocessor.features.map(({ name }) => name),
    ['a'],
  )
})

t.test('a constant is recognised though its mean is rounded', async (t) => {
  const train = await table({ tenth: Array(7).fill(0.1), a: [1, 2, 3, 4, 5, 6, 7] })
  t.strictSame(Preprocessor.learn(train, {}).dropped, ['tenth'])
})

t.test('tiny and huge columns are scaled like any other', async (t) => {
  for (const unit of [1e-300, 1e-160, 1, 1e160, 1e300]) {
    const train = await table({ a: [1, 2, 3].map((value) => value * unit) })
    const { x } = Preprocessor.learn(train, {}).transform(train, fit)
    const expected = [-Math.sqrt(1.5), 0, Math.sqrt(1.5)]
    t.ok(
      x.data.every((value, i) => Math.abs(value - expected[i]) < 1e-12),
      String(unit),
    )
  }
})

t.test('a saved preprocessor does the same', async (t) => {
  const train = await table({ a: [1 / 3, null, 0.7], b: ['u', null, 'v'], c: [1, 1, 1] })
  const preprocessor = Preprocessor.learn(train, {})
  const loaded = Preprocessor.fromJSON(JSON.parse(JSON.stringify(preprocessor)))
  t.strictSame(loaded.dropped, ['c'])
  t.strictSame(loaded.features, preprocessor.features)
  t.strictSame(loaded.transform(train, fit), preprocessor.transform(train, fit))
})

t.test('a bundled table', async (t) => {
  const train = await readTable(join(import.meta.dirname, '../../data/wine.csv'))
  const preprocessor = Preprocessor.learn(train, { target: 'target' })
  const { x } = preprocessor.transform(train, fit)
  t.equal(x.shape[1], 13)
  for (let j = 0; j < 13; j++) {
    const column = Array.from({ length: 178 }, (_, i) => x.data[i * 13 + j])
    t.ok(Math.abs(column.reduce((sum, value) => sum + value, 0) / 178) < 1e-12)
    t.ok(Math.abs(column.reduce((sum, value) => sum + value * value, 0) / 178 - 1) < 1e-12)
  }
})

const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`)
const learnRefusals: [code: string, message: string, columns: Record<string, unknown[]>, options?: object][] = [
  [
    'ERR_OPTION',
    'target "prise" is not a column of the table; did you mean "price"?',
    { price: [1] },
    { target: 'prise' },
  ],
  ['ERR_OPTION', 'ignore "ids" is not a column of the table; did you mean "id"?', { id: [1] }, { ignore: ['ids'] }],
  [
    'ERR_OPTION',
    'categorical "q" is not a column of the table, which has price',
    { price: [1] },
    { categorical: ['q'] },
  ],

  ['ERR_DATA', 'the table has no column to learn from: "a", "b" are constant', { a: [1, 1], b: ['x', 'x'] }],
  ['ERR_DATA', 'the table has no column to learn from: "a" is constant', { a: [1, 1], y: [1, 2] }, { target: 'y' }],
  ['ERR_DATA', 'the table has no column to learn from', { y: [1, 2] }, { target: 'y' }],
  [
    'ERR_DATA',
    'column "id" has a different text in each of its 51 rows; leave it out with ignore: ["id"], or say categorical: ["id"]',
    { id: words(51) },
  ],
  [
    'ERR_DATA',
    'column "id" has 52 different texts in 100 rows, too many for categories; leave it out with ignore: ["id"]',
    { id: [...words(52), ...words(48)] },
  ],
  [
    'ERR_DATA',
    'the values of column "a" are too far apart or too close together to be scaled',
    { a: [1.7e308, -1.7e308, -1.7e308] },
  ],
]
for (const [code, message, columns, options] of learnRefusals) {
  t.test(message, async (t) => {
    const train = await table(columns)
    await refuses(t, code, message, () => Preprocessor.learn(train, options ?? {}))
  })
}

t.test('many levels are fine where they come back, and few rows may have few levels each', async (t) => {
  const often = await table({ code: [...words(60), ...words(60)] })
  t.equal(Preprocessor.learn(often, {}).features.length, 60)
  t.equal(Preprocessor.learn(await table({ id: [...words(50), 'w0'] }), {}).features.length, 50)
  t.equal(Preprocessor.learn(await table({ id: words(10) }), {}).features.length, 10)
  const declared = { categorical: ['id'] }
  t.equal(Preprocessor.learn(await table({ id: words(30) }), declared).features.length, 30)
})

const transformRefusals: [message: string, columns: Record<string, unknown[]>][] = [
  ['the table lacks the column "size"; did you mean "siez"?', { siez: [1], color: ['red'] }],
  ['the table lacks the columns "size", "color"', { a: [1] }],
  ['row index 1, column "size": got "big", expected a number', { size: [1, 'big'], color: ['red', 'red'] }],
  [
    'row index 0, column "size": 1e+300 is too large: the training rows had mean 2 and deviation 1',
    { size: [1e300], color: ['red'] },
  ],
]
for (const [message, columns] of transformRefusals) {
  t.test(message, async (t) => {
    const preprocessor = Preprocessor.learn(await table({ size: [1, 3], color: ['red', 'blue'] }), {})
    const later = await table(columns)
    await refuses(t, 'ERR_DATA', message, () => preprocessor.transform(later, 'float32'))
  })
}

const numeric = { kind: 'numeric', name: 'a', mean: 0, deviation: 1, median: 0, indicator: false }

t.test('a number that asinh cannot draw in is refused', async (t) => {
  const columns = [{ ...numeric, asinh: { center: 5, scale: 1e-20 } }]
  const preprocessor = Preprocessor.fromJSON({ columns, dropped: [] })
  const message = 'row index 0, column "a": 1e+300 is too large: the training rows had median 5 and spread 1e-20'
  const far = await table({ a: [1e300] })
  await refuses(t, 'ERR_DATA', message, () => preprocessor.transform(far, 'float32'))
})

const categorical = { kind: 'categorical', name: 'b', levels: ['u', 'v'], missing: false }
const { mean: _, ...withoutMean } = numeric
const saved = (...columns: unknown[]) => ({ columns, dropped: [] })
const hostile: [message: string, value: unknown][] = [
  ['preprocessing must be an object, got null', null],
  ['preprocessing must be an object, got an array of 0', []],
  ['preprocessing lacks "dropped"', { columns: [] }],
  [
    'preprocessing lacks "columns"',
    Object.create({ columns: [numeric] }, { dropped: { value: [], enumerable: true } }),
  ],
  ['preprocessing has an unknown entry "__proto__"', JSON.parse('{"columns": [], "dropped": [], "__proto__": {}}')],
  ['preprocessing.columns is empty', saved()],
  ['preprocessing.columns must be an array, got an object (Object)', { columns: { length: 1e9 }, dropped: [] }],
  ['preprocessing.dropped[0] must be a name, got 3', { columns: [numeric], dropped: [3] }],
  ['preprocessing has "a" twice', saved(numeric, numeric)],
  ['preprocessing has "a" twice', { columns: [numeric], dropped: ['a'] }],
  ['preprocessing.columns[0].kind must be one of "numeric", "categorical", got undefined', saved(null)],
  ['preprocessing.columns[0].kind must be one of "numeric", "categorical", got "other"', saved({ kind: 'other' })],
  ['preprocessing.columns[0] lacks "mean"', saved(withoutMean)],
  ['preprocessing.columns[0] has an unknown entry "extra"', saved({ ...numeric, extra: 1 })],
  ['preprocessing.columns[0].name must be a name, got "__proto__"', saved({ ...numeric, name: '__proto__' })],
  ['preprocessing.columns[0].mean must be a finite number, got null', saved({ ...numeric, mean: null })],
  ['preprocessing.columns[0].mean must be a finite number, got Infinity', saved({ ...numeric, mean: Infinity })],
  ['preprocessing.columns[0].deviation must be above 0, got 0', saved({ ...numeric, deviation: 0 })],
  ['preprocessing.columns[0].deviation must be above 0, got -1', saved({ ...numeric, deviation: -1 })],
  ['preprocessing.columns[0].median must be a finite number, got "0"', saved({ ...numeric, median: '0' })],
  ['preprocessing.columns[0].indicator must be true or false, got 1', saved({ ...numeric, indicator: 1 })],
  ['preprocessing.columns[0].asinh must be an object, got null', saved({ ...numeric, asinh: null })],
  ['preprocessing.columns[0].asinh lacks "scale"', saved({ ...numeric, asinh: { center: 0 } })],
  [
    'preprocessing.columns[0].asinh.scale must be above 0, got 0',
    saved({ ...numeric, asinh: { center: 0, scale: 0 } }),
  ],
  ['preprocessing.columns[0].levels must be an array, got "uv"', saved({ ...categorical, levels: 'uv' })],
  ['preprocessing.columns[0].levels[1] must be a text, got 7', saved({ ...categorical, levels: ['u', 7] })],
  ['preprocessing.columns[0].levels has "u" twice', saved({ ...categorical, levels: ['u', 'u'] })],
  ['preprocessing.columns[0].levels has 1 levels, expected at least 2', saved({ ...categorical, levels: ['u'] })],
  ['preprocessing.columns[0].missing must be true or false, got null', saved({ ...categorical, missing: null })],
]
for (const [message, value] of hostile) {
  t.test(`hostile: ${message}`, (t) => refuses(t, 'ERR_MODEL_FILE', `${message}`, () => Preprocessor.fromJSON(value)))
}

t.test('hostile: more levels than the network has inputs', async (t) => {
  const message = 'preprocessing has 4 levels, the network has 3 inputs'
  const columns = [categorical, { ...categorical, name: 'c' }]
  await refuses(t, 'ERR_MODEL_FILE', message, () => Preprocessor.fromJSON({ columns, dropped: [] }, 3))
})

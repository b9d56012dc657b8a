import { PsilonNet } from 'psilon'
import t from 'tap'
import { toMatrix, toTargets, toWeights } from '#psilon/data/matrix.js'
import { refuses } from '../support/refusal.js'

const x = { name: 'x', dtype: 'float32' } as const
const y = { name: 'y', dtype: 'float64', rows: 3, outputs: 1, loss: 'mse' } as const
const w = { name: 'weights', dtype: 'float64', rows: 3 } as const

t.test('every form of a matrix gives the same row-major numbers', async (t) => {
  const expected = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 3, columns: 2 }
  const forms = [
    { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
    { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [Int8Array.of(1, 2), Float64Array.of(3, 4), [5, 6]],
    { a: [1, 3, 5], b: Float32Array.of(2, 4, 6) },
    { data: [1, 3, 5], b: [2, 4, 6] },
    { shape: [1, 3, 5], Data: [2, 4, 6] },
  ]
  for (const form of forms) t.strictSame(toMatrix(form, x), expected)
})

t.test('the dtype is that of the context; what has it is taken as it stands', async (t) => {
  const data = Float64Array.of(0.1, 0.2)
  t.equal(toMatrix({ data, shape: [1, 2] }, { ...x, dtype: 'float64' }).data, data)
  t.strictSame(toMatrix({ data, shape: [1, 2] }, x).data, Float32Array.of(0.1, 0.2))
  t.equal(toMatrix([[0.1]], x).data[0], Math.fround(0.1))
})

t.test('a fit keeps nothing of what it was given', async (t) => {
  const data = Float32Array.of(1, 2, 3, 4)
  const [given, kept] = [new PsilonNet({ inputs: 1, hidden: 4 }), new PsilonNet({ inputs: 1, hidden: 4 })]
  const table = { data, shape: [4, 1] }
  const fits = [
    given.fit({ x: table, y: table }, { epochs: 2 }),
    kept.fit({ x: { ...table, data: data.slice() }, y: [1, 2, 3, 4] }, { epochs: 2 }),
  ]
  data.fill(9)
  await Promise.all(fits)
  t.strictSame(given.parameters, kept.parameters)
})

const expected = 'expected { data, shape: [rows, columns] }, an array of rows or an object of columns'
const hole: unknown[] = [[1, 2]]
hole[2] = [3, 4]
const badMatrices: [code: string, message: string, value: unknown, columns?: number][] = [
  ['ERR_SHAPE', `x is undefined, ${expected}`, undefined],
  ['ERR_SHAPE', `x is 3, ${expected}`, 3],
  ['ERR_SHAPE', `x is "a.csv", ${expected}`, 'a.csv'],
  ['ERR_SHAPE', `x is an object (Float32Array), ${expected}`, Float32Array.of(1)],
  ['ERR_SHAPE', 'x[0] is 1, expected a row (an array of numbers)', [1, 2]],
  ['ERR_SHAPE', 'x[1] is undefined, expected a row (an array of numbers)', hole],
  ['ERR_SHAPE', 'x[2] has 1 value, x[0] has 2', [[1, 2], [3, 4], [5]]],
  ['ERR_SHAPE', 'x.b has 3 values, x.a has 2', { a: [1, 2], b: [1, 2, 3] }],
  ['ERR_SHAPE', 'x.b is "no", expected a column (an array of numbers)', { a: [1], b: 'no' }],
  ['ERR_SHAPE', 'x has shape [2, 2], but 3 values', { data: new Float32Array(3), shape: [2, 2] }],
  ['ERR_SHAPE', 'x has shape [4], expected [rows, columns]', { data: new Float32Array(4), shape: [4] }],
  ['ERR_SHAPE', 'x has shape [-2, -2], expected [rows, columns]', { data: new Float32Array(4), shape: [-2, -2] }],
  ['ERR_SHAPE', 'x has shape ["a", 2], expected [rows, columns]', { data: new Float32Array(4), shape: ['a', 2] }],
  ['ERR_SHAPE', 'x has 2 columns, expected 3', [[1, 2]], 3],
  ['ERR_SHAPE', 'x has 1 column, expected 3', { a: [1] }, 3],
  ['ERR_DATA', `x is empty, ${expected}`, []],
  ['ERR_DATA', `x is empty, ${expected}`, [[], []]],
  ['ERR_DATA', `x is empty, ${expected}`, {}],
  ['ERR_DATA', `x is empty, ${expected}`, { data: new Float64Array(0), shape: [0, 4] }],
  [
    'ERR_DATA',
    'x[1][0] is "three", expected a number',
    [
      [1, 2],
      ['three', 4],
    ],
  ],
  ['ERR_DATA', 'x[0][1] is "2", expected a number', [[1, '2']]],
  ['ERR_DATA', 'x[0][1] is null, expected a number', [[1, null]]],
  ['ERR_DATA', 'x[0][0] is true, expected a number', [[true]]],
  ['ERR_DATA', 'x[0][1] is NaN, expected a finite number', [[1, Number.NaN]]],
  ['ERR_DATA', 'x.b[1] is -Infinity, expected a finite number', { a: [1, 2], b: [3, -Infinity] }],
  [
    'ERR_DATA',
    'x[1][0] is Infinity, expected a finite number',
    { data: Float32Array.of(1, 2, Infinity, 4), shape: [2, 2] },
  ],
  ['ERR_DATA', 'x[0][0] is 1e+39, which float32 cannot hold; scale it or use dtype "float64"', [[1e39]]],
]
for (const [code, message, value, columns] of badMatrices) {
  t.test(`matrix: ${message}`, (t) => refuses(t, code, message, () => toMatrix(value, { ...x, columns })))
}

t.test('targets of one output are a vector or one column', async (t) => {
  const expected = Float64Array.of(1, 2, 3)
  const forms = [[1, 2, 3], Float32Array.of(1, 2, 3), [[1], [2], [3]], { price: [1, 2, 3] }]
  for (const form of forms) t.strictSame(toTargets(form, y), expected)
  t.strictSame(toTargets({ data: Float32Array.of(1, 2, 3), shape: [3] }, y), expected)
  t.strictSame(toTargets({ data: Float32Array.of(1, 2, 3), shape: [3, 1] }, y), expected)
})

t.test('targets of several outputs are rows, class numbers a vector', async (t) => {
  const rows = [
    [1, 0],
    [0, 1],
    [0.5, 0.25],
  ]
  t.strictSame(toTargets(rows, { ...y, outputs: 2, loss: 'bce' }), Float64Array.of(1, 0, 0, 1, 0.5, 0.25))
  t.strictSame(toTargets([2, 0, 1], { ...y, outputs: 3, loss: 'softmax', dtype: 'float32' }), Float32Array.of(2, 0, 1))
})

const softmax = { outputs: 3, loss: 'softmax' } as const
const badTargets: [code: string, message: string, value: unknown, context?: object][] = [
  ['ERR_SHAPE', 'y has 2 rows, x has 3', [1, 2]],
  ['ERR_SHAPE', 'y has 1 row, x has 3', [[1]]],
  [
    'ERR_SHAPE',
    'y has 2 columns, expected 1',
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ],
  ['ERR_SHAPE', 'y has one value a row, expected rows of 2', [1, 2, 3], { outputs: 2 }],
  ['ERR_SHAPE', 'y has one value a row, expected rows of 2', { data: new Float32Array(6), shape: [6] }, { outputs: 2 }],
  ['ERR_SHAPE', 'y has 3 columns, expected 2', [[1, 2, 3]], { outputs: 2 }],
  [
    'ERR_SHAPE',
    'y has 3 columns, expected 1',
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    softmax,
  ],
  ['ERR_DATA', 'y is empty, expected one value a row', []],
  ['ERR_DATA', 'y[1] is "b", expected a number', [1, 'b', 3]],
  ['ERR_DATA', 'y[2] is NaN, expected a finite number', Float32Array.of(1, 2, Number.NaN)],
  ['ERR_DATA', 'y[1] is 1.5, expected 0 to 1 for the loss "bce"', [1, 1.5, 0], { loss: 'bce' }],
  ['ERR_DATA', 'y[0] is -1, expected 0 to 1 for the loss "bce"', [-1, 1, 1], { loss: 'bce' }],
  [
    'ERR_DATA',
    'y[1][1] is 2, expected 0 to 1 for the loss "bce"',
    [
      [0, 0],
      [0, 2],
      [0, 0],
    ],
    { loss: 'bce', outputs: 2 },
  ],
  ['ERR_DATA', 'y[2] is 3, expected a class number from 0 to 2', [0, 1, 3], softmax],
  ['ERR_DATA', 'y[0] is 0.5, expected a class number from 0 to 2', [0.5, 1, 2], softmax],
  ['ERR_DATA', 'y[0] is -1, expected a class number from 0 to 2', [-1, 1, 2], softmax],
]
for (const [code, message, value, context] of badTargets) {
  t.test(`targets: ${message}`, (t) => refuses(t, code, message, () => toTargets(value, { ...y, ...context })))
}

t.test('sample weights are scaled to mean 1', async (t) => {
  t.strictSame(toWeights([1, 2, 3], w), Float64Array.of(0.5, 1, 1.5))
  t.strictSame(toWeights(Float32Array.of(0, 0, 7), w), Float64Array.of(0, 0, 3))
  t.strictSame(toWeights([1e308, 1e308, 1e308], { ...w, dtype: 'float32' }), Float32Array.of(1, 1, 1))
})

const badWeights: [code: string, message: string, value: unknown][] = [
  ['ERR_SHAPE', 'weights has 2 rows, x has 3', [1, 2]],
  ['ERR_DATA', 'weights[1] is -2, expected 0 or more', [1, -2, 3]],
  ['ERR_DATA', 'weights[1] is Infinity, expected a finite number', [1, Infinity, 3]],
  ['ERR_DATA', 'weights[0] is "1", expected a number', ['1', 2, 3]],
  ['ERR_DATA', 'weights are all zero, expected one above zero', [0, 0, 0]],
  ['ERR_DATA', 'weights is "balanced", expected an array with one weight a row', 'balanced'],
  ['ERR_DATA', 'weights is an array of 3, expected an array with one weight a row', [[1], [2], [3]]],
]
for (const [code, message, value] of badWeights) {
  t.test(`weights: ${message}`, (t) => refuses(t, code, message, () => toWeights(value, w)))
}

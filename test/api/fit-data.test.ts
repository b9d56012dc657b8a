import { PsilonNet } from 'psilon'
import t from 'tap'
import { someRows } from '../support/tables.js'

const x = someRows(8, 3)
const y = [1, 2, 3, 4, 5, 6, 7, 8]
const rows = Array.from({ length: 8 }, (_, i) => Array.from(x.data.subarray(3 * i, 3 * i + 3)))
const columns = Object.fromEntries(['a', 'b', 'c'].map((name, j) => [name, rows.map((row) => row[j] as number)]))

const small = (options: object = {}) => new PsilonNet({ inputs: 3, hidden: 4, seed: 3, ...options })

async function outputsAfterFit(data: object): Promise<ArrayLike<number>> {
  const net = small()
  await net.fit(data as never, { epochs: 3, batchSize: 4, learningRate: 0.01 })
  return (await net.predict(x)).data
}

t.test('rows, columns and numbers with a shape are the same table', async (t) => {
  const expected = await outputsAfterFit({ x, y })
  const single = { data: Float32Array.from(x.data), shape: [8, 3] }
  for (const form of [single, rows, rows.map((row) => Float64Array.from(row)), columns]) {
    t.same(await outputsAfterFit({ x: form, y }), expected)
  }
  for (const form of [Float64Array.from(y), { data: Float64Array.from(y), shape: [8, 1] }, y.map((value) => [value])]) {
    t.same(await outputsAfterFit({ x, y: form }), expected)
  }
})

t.test('sample weights change the fit, their scale does not', async (t) => {
  const weighted = await outputsAfterFit({ x, y, sampleWeight: [1, 1, 1, 1, 2, 2, 2, 2] })
  t.notSame(weighted, await outputsAfterFit({ x, y }))
  t.same(await outputsAfterFit({ x, y, sampleWeight: [2, 2, 2, 2, 4, 4, 4, 4] }), weighted)
  t.same(await outputsAfterFit({ x, y, sampleWeight: Array(8).fill(1) }), await outputsAfterFit({ x, y }))
})

t.test('the data are copied', async (t) => {
  const mine = { data: Float32Array.from(x.data), shape: [8, 3] }
  const net = small()
  const run = net.fit({ x: mine, y }, { epochs: 3, batchSize: 4, learningRate: 0.01 })
  mine.data.fill(1e6)
  await run
  t.same((await net.predict(x)).data, await outputsAfterFit({ x, y }))
})

const refused: [data: unknown, code: string, message: string][] = [
  [undefined, 'ERR_DATA', 'data must be { x, y }, got undefined'],
  [{ x, y, weights: y }, 'ERR_OPTION', 'unknown option "weights"'],
  [{ x, y: y.slice(1) }, 'ERR_SHAPE', 'y has 7 rows, x has 8'],
  [{ x: someRows(8, 2), y }, 'ERR_SHAPE', 'x has 2 columns, the network has 3 inputs'],
  [{ x: { data: x.data, shape: [3, 3] }, y }, 'ERR_SHAPE', 'x has shape [3, 3], but 24 values'],
  [{ x: rows.with(5, [1, 2]), y }, 'ERR_SHAPE', 'x[5] has 2 values, x[0] has 3'],
  [{ x: rows.with(2, [1, Number.NaN, 3]), y }, 'ERR_DATA', 'x[2][1] is NaN, expected a finite number'],
  [{ x: { ...columns, b: [...y.slice(1), 'high'] }, y }, 'ERR_DATA', 'x.b[7] is "high", expected a number'],
  [{ x, y: y.with(3, Infinity) }, 'ERR_DATA', 'y[3] is Infinity, expected a finite number'],
  [{ x, y, sampleWeight: [1] }, 'ERR_SHAPE', 'sampleWeight has 1 row, x has 8'],
  [{ x, y, sampleWeight: y.with(1, -1) }, 'ERR_DATA', 'sampleWeight[1] is -1, expected 0 or more'],
]

for (const [data, code, message] of refused) {
  t.test(`refused: ${message}`, async (t) => {
    const net = small()
    const before = net.parameters
    await t.rejects(net.fit(data as never, { epochs: 1 }), { code, message: `[fit] ${message}` })
    t.same(net.parameters, before)
  })
}

t.test('validation data are named as such', async (t) => {
  const fit = (validation: object) => small().fit({ x, y }, { validation: validation as never })
  await t.rejects(fit({ x: someRows(4, 2), y: [1, 2, 3, 4] }), {
    code: 'ERR_SHAPE',
    message: '[fit] validation.x has 2 columns, the network has 3 inputs',
  })
  await t.rejects(fit({ x, y: [1] }), { code: 'ERR_SHAPE', message: /^\[fit\] validation\.y has 1 row/ })
})

t.test('targets that do not fit the loss are refused', async (t) => {
  const classes = small({ outputs: 2 }).fit({ x, y: [0, 1, 2, 0, 1, 0, 1, 0] }, { loss: 'softmax' })
  await t.rejects(classes, { code: 'ERR_DATA', message: '[fit] y[2] is 2, expected a class number from 0 to 1' })
  const binary = small().fit({ x, y }, { loss: 'bce' })
  await t.rejects(binary, { code: 'ERR_DATA', message: '[fit] y[1] is 2, expected 0 to 1 for the loss "bce"' })
})

import { PsilonRegressor, readTable } from 'psilon'
import t from 'tap'
import { prepare } from '../dist/data/prepare.js'
import { kindOf } from '../dist/data/requirements.js'

/** Rows with a number, one that is often missing, a text, a boolean, a constant, and numbers far from the others. */
const rows = Array.from({ length: 60 }, (_, i) => ({
  area: 40 + ((37 * i) % 60),
  age: i % 4 === 0 ? null : (11 * i) % 30,
  town: i % 5 === 0 ? null : ['Bonn', 'Celle', 'Aachen'][i % 3],
  garden: i % 2 === 0,
  same: 7,
  income: 2 ** ((13 * i) % 17),
  7: (5 * i) % 11,
  target: ((17 * i) % 41) + 0.5,
}))

t.test('rows are prepared as those of an estimator are', async (t) => {
  const table = await readTable(rows)
  const { train, test, inputs } = prepare('some', table, { trainRows: 40 })
  const model = new PsilonRegressor({ preset: 'paper', hidden: 4, depth: 1, epochs: 1, batchSize: 8, dtype: 'float64' })
  await model.fit(table.slice(0, 40), { target: 'target' })
  t.equal(inputs, model.features.length)
  for (const [part, first] of [
    [train, 0],
    [test, 40],
  ] as const) {
    const given = rows.slice(first, first + part.y.length)
    const expected = (await model.predict(given)).values
    const { data } = await model.network.predict(part.x)
    const [low, high] = [part.y[0], part.y[1]]
    const unit = (given[1].target - given[0].target) / (high - low)
    const center = given[0].target - unit * low
    for (const [i, value] of expected.entries()) {
      t.ok(Math.abs(center + unit * data[i] - value) < 1e-9 * Math.max(1, Math.abs(value)), `${first + i}`)
    }
  }
})

t.test('what a target asks for', async (t) => {
  const kind = async (target: unknown[]) => kindOf(await readTable({ target }))
  t.equal(await kind([1.5, 2, 3]), 'regression')
  t.equal(await kind([0, 1, 0]), 'binary')
  t.equal(await kind([3, 7, 3]), 'binary')
  t.equal(await kind([true, false]), 'binary')
  t.equal(await kind(['a', 'b', null]), 'binary')
  t.equal(await kind([0, 1, 2, 3]), 4)
  t.equal(await kind([2, 3, 4]), 'regression')
  t.equal(await kind(['a', 'b', 'c']), 3)
  t.equal(kindOf(await readTable({ other: [1] })), undefined)
})

t.test('cells that cannot be prepared are refused by their row', async (t) => {
  const refused = async (change: object, message: string | RegExp) => {
    const table = await readTable(rows.map((row, i) => (i === 50 ? { ...row, ...change } : row)))
    t.throws(() => prepare('some', table, { trainRows: 40 }), { code: 'ERR_DATA', message })
  }
  await refused({ target: null }, '[reproduce] row index 50 has the target null, expected a number')
  const names = await readTable(rows.map((row, i) => ({ ...row, town: `${i}${'x'.repeat(i)}` })))
  t.doesNotThrow(() => prepare('some', names, { trainRows: 40 }))
  const many = Array.from({ length: 120 }, (_, i) => ({ name: `n${i}`, target: i + 0.5 }))
  const table = await readTable(many)
  t.throws(() => prepare('some', table, { trainRows: 100 }), {
    message: '[reproduce] column "name" has 100 different texts in 100 rows, too many for categories',
  })
})

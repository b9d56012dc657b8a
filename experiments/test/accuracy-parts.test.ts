import { PsilonClassifier, PsilonRegressor, readTable } from 'psilon'
import t, { type Test } from 'tap'
import type { Fit } from '../dist/accuracy/kept.js'
import { problemOf } from '../dist/accuracy/problem.js'
import { psilonModel } from '../dist/accuracy/psilon-models.js'
import { comparisons } from '../dist/accuracy/ranking.js'
import { scoresOf } from '../dist/accuracy/score.js'
import { drawnOrder, rowsOf, splitRows } from '../dist/accuracy/splits.js'
import { someTable } from './support/tables.js'

const { signal } = new AbortController()

const tableOf = (t: Test, rows: number, classes?: number) =>
  readTable(`${t.testdir({ 'some.csv': someTable(rows, classes) })}/some.csv`)

t.test('small tables train on 70 % of their rows, large ones on 2,000', async (t) => {
  t.strictSame(rowsOf({ rows: 208 }), { train: 145, test: 63 })
  t.strictSame(rowsOf({ rows: 3999 }), { train: 2000, test: 1999 })
  t.strictSame(rowsOf({ rows: 4000 }), { train: 2000, test: 2000 })
  t.strictSame(rowsOf({ rows: 20_000 }), { train: 2000, test: 10_000 })
})

t.test('a split is in file order or drawn with its seed', async (t) => {
  const table = await tableOf(t, 100)
  const targets = async (split: 'file' | number) => {
    const { train, test } = await splitRows(table, split)
    return [train, test].flatMap(({ names, columns }) => columns[names.indexOf('target')])
  }
  const inFile = await targets('file')
  t.strictSame(inFile, table.columns[table.names.indexOf('target')])
  const drawn = await targets(1)
  t.strictSame(
    drawn,
    drawnOrder(100, 1).map((row) => inFile[row]),
  )
  t.strictSame(await targets(1), drawn)
  t.notSame(await targets(2), drawn)
  t.strictSame(
    drawnOrder(100, 3).sort((a, b) => a - b),
    [...Array(100).keys()],
  )
})

t.test('the fingerprint of a problem is that of its rows', async (t) => {
  const table = await tableOf(t, 100)
  const print = async (split: 'file' | number) => (await problemOf({ name: 'some', table }, split)).fingerprint
  t.equal(await print(1), await print(1))
  t.equal(new Set([await print('file'), await print(1), await print(2)]).size, 3)
})

t.test('PSiLON is scored as its estimators score themselves', async (t) => {
  const options = { lambda: 1e-3, hidden: [8], epochs: 3 }
  for (const classes of [undefined, 2, 3]) {
    const problem = await problemOf({ name: 'some', table: await tableOf(t, 200, classes) }, 1)
    const { answers, seconds, bytes } = await psilonModel('paper', 1, options).fit(problem, signal)
    t.ok(seconds > 0 && bytes > 500)
    const { score, accuracy } = scoresOf(problem, answers)
    const model = classes === undefined ? new PsilonRegressor(options) : new PsilonClassifier(options)
    await model.fit(problem.train, { target: 'target' })
    const expected = await model.evaluate(problem.test)
    if ('scaledRmse' in expected) t.ok(Math.abs(score - expected.scaledRmse) < 1e-9)
    else {
      t.ok(Math.abs(score - expected.logLoss) < 1e-9)
      t.equal(accuracy, expected.accuracy)
    }
  }
})

t.test('answers that are none are refused', async (t) => {
  const problem = await problemOf({ name: 'some', table: await tableOf(t, 100, 3) }, 'file')
  t.throws(() => scoresOf(problem, new Float64Array(30)), { message: 'there are 30 predictions, expected 30 x 3' })
  t.throws(() => scoresOf(problem, new Float64Array(90).fill(Number.NaN)), { message: /not a finite number/ })
  const sure = scoresOf(problem, new Float64Array(90).fill(0))
  t.ok(Math.abs(sure.score + Math.log(Number.EPSILON)) < 1e-9, 'no loss is infinite')
})

const fit = (table: string, split: 'file' | number, model: string, score: number): Fit => ({
  ...{ table, split, model, score, accuracy: null, seconds: 1, bytes: 1, setting: null },
})

t.test('ranks and relative scores are averaged over splits, then over tables', async (t) => {
  const fits = [
    ...[fit('a', 'file', 'x', 1), fit('a', 'file', 'y', 2), fit('a', 1, 'x', 3), fit('a', 1, 'y', 1)],
    ...[fit('b', 'file', 'x', 1), fit('b', 'file', 'y', 1.5), fit('b', 1, 'x', 1)],
  ]
  const [all, drawn, inFile, ...others] = comparisons(fits, ['x', 'y'], ['file', 1])
  t.strictSame(others, [])
  t.match(all, { splits: ['file', 1], tables: 2, complete: 3 })
  t.match(drawn, { splits: [1], tables: 1, complete: 1 })
  t.match(inFile, { splits: ['file'], tables: 2, complete: 2 })
  const [x, y] = all.standings
  t.match(x, { model: 'x', rank: 1.25, relative: { mean: 1.5, spread: Math.SQRT1_2, median: 1.5 } })
  t.match(y, { model: 'y', rank: 1.75, relative: { mean: 1.5, spread: 0 } })
  t.match(drawn.standings, [{ relative: { mean: 3, spread: null } }, { rank: 1 }])
})

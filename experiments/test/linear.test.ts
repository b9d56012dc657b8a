import t from 'tap'
import type { Rows } from '../dist/data/data-sets.js'
import { fitLogistic, fitRidge, type Predictor } from '../dist/models/linear.js'
import { someRows } from './support/rows.js'

/** Rows of which the last two columns add up to 1, as those of a category with two levels do. */
function rowsFor(of: (a: number, b: number) => number): Rows {
  const { data } = someRows(80, 3)
  const x = { data: new Float64Array(80 * 4), shape: [80, 4] as [number, number] }
  const y = Float64Array.from({ length: 80 }, (_, i) => {
    const [a, b, c] = data.subarray(3 * i, 3 * i + 3)
    x.data.set([a, 100 * b, c > 0 ? 1 : 0, c > 0 ? 0 : 1], 4 * i)
    return of(a, b)
  })
  return { x, y }
}

/** Intercept and slopes of a linear predictor. */
function coefficients(predict: Predictor, inputs: number): { intercept: number; slopes: number[] } {
  const unit = new Float64Array((inputs + 1) * inputs)
  for (let j = 0; j < inputs; j++) unit[(j + 1) * inputs + j] = 1
  const [intercept, ...values] = predict({ data: unit, shape: [inputs + 1, inputs] })
  return { intercept, slopes: values.map((value) => value - intercept) }
}

/** What the gradient of the loss lacks to be that of the penalty, for each slope and the intercept. */
function residue({ x, y }: Rows, residual: (f: number, y: number) => number, predict: Predictor, weight: number) {
  const { slopes } = coefficients(predict, 4)
  const errors = predict(x).map((f, i) => residual(f, y[i]))
  const along = slopes.map((slope, j) => errors.reduce((sum, e, i) => sum + e * x.data[4 * i + j], weight * slope))
  return [...along, errors.reduce((sum, e) => sum + e, 0)]
}

t.test('ridge regression is where its objective has no slope', async (t) => {
  const rows = rowsFor((a, b) => 3 * a - b + a * b)
  for (const penalty of [1e-6, 0.1, 100]) {
    const slope = residue(rows, (f, y) => f - y, fitRidge(rows, penalty), penalty)
    t.ok(Math.max(...slope.map(Math.abs)) < 1e-6, `${penalty}: ${slope}`)
  }
})

t.test('logistic regression is where its objective has no slope', async (t) => {
  const rows = rowsFor((a, b) => (a + b * b > 0.4 ? 1 : 0))
  for (const penalty of [1e-6, 0.1, 100]) {
    const slope = residue(rows, (f, y) => 1 / (1 + Math.exp(-f)) - y, fitLogistic(rows, penalty), penalty)
    t.ok(Math.max(...slope.map(Math.abs)) < 1e-5, `${penalty}: ${slope}`)
  }
})

t.test('classes that a line divides have finite logits', async (t) => {
  const rows = rowsFor((a) => (a > 0 ? 1 : 0))
  const logits = fitLogistic(rows, 1e-6)(rows.x)
  t.ok(logits.every((f, i) => Number.isFinite(f) && f > 0 === (rows.y[i] === 1)))
})

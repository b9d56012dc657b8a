import t from 'tap'
import { minimise } from '#psilon/estimators/baselines/minimise.js'
import { classifierMetrics, regressorMetrics } from '#psilon/estimators/evaluation.js'
import { calibrationOf } from '#psilon/metrics/calibration.js'
import { auc, rocCurve } from '#psilon/metrics/roc.js'

/** Logits with these probabilities of the second of two classes. */
const logitsOf = (chances: readonly number[]) => Float64Array.from(chances.flatMap((p) => [0, Math.log(p / (1 - p))]))

t.test('two classes, counted by hand', async (t) => {
  // 0.8 and 0.6 are predicted as 1, of which the first is; 0.4 is a 1 that is predicted as 0
  const logits = logitsOf([0.8, 0.6, 0.4, 0.2, 0.1])
  const rows = { logits, predicted: Uint32Array.of(1, 1, 0, 0, 0), actual: Uint32Array.of(1, 0, 1, 0, 0) }
  const { classes, macro, weighted, confusion, roc, ...found } = classifierMetrics(rows, ['no', 'yes'])
  t.strictSame(confusion, [
    [2, 1],
    [1, 1],
  ])
  t.match(classes, [
    { label: 'no', rows: 3, predicted: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 },
    { label: 'yes', rows: 2, predicted: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
  ])
  t.ok(Math.abs(macro.f1 - 7 / 12) < 1e-15)
  t.ok(Math.abs(weighted.f1 - 3 / 5) < 1e-15)
  t.match(found, { rows: 5, accuracy: 3 / 5, auc: 5 / 6 })
  t.match(roc, [{ label: 'yes', auc: 5 / 6 }])
  const { falsePositiveRate, truePositiveRate, thresholds } = roc[0] as (typeof roc)[number]
  t.strictSame(truePositiveRate, [0, 1 / 2, 1 / 2, 1, 1])
  t.strictSame(falsePositiveRate, [0, 0, 1 / 3, 1 / 3, 1])
  t.strictSame(
    thresholds.map((each) => Math.round(1000 * each) / 1000),
    [Number.POSITIVE_INFINITY, 0.8, 0.6, 0.4, 0.1],
  )
})

t.test('a class that is never predicted has precision 0; one that is nowhere does not count in the mean', async (t) => {
  const logits = Float64Array.of(3, 0, 0, 3, 0, 0, 3, 0, 0)
  const rows = { logits, predicted: Uint32Array.of(0, 0, 0), actual: Uint32Array.of(0, 0, 1) }
  const found = classifierMetrics(rows, ['a', 'b', 'c'])
  t.match(found.classes[1], { rows: 1, predicted: 0, precision: 0, recall: 0, f1: 0 })
  t.match(found.classes[2], { rows: 0, predicted: 0, precision: 0, recall: 0, f1: 0 })
  t.ok(Math.abs(found.macro.precision - 1 / 3) < 1e-15)
  t.equal(found.macro.recall, 1 / 2)
  t.ok(Math.abs(found.weighted.precision - 4 / 9) < 1e-15)
  t.notOk('auc' in found, 'class c has no row')
  t.strictSame(
    found.roc.map(({ label, auc }) => [label, auc]),
    [
      ['a', 1 / 2],
      ['b', 1 / 2],
    ],
  )
})

t.test('calibration, counted by hand', async (t) => {
  // 0.1 is in the first bin, 0.12 and 0.2 in the second, 0 in the first, 1 in the last
  const found = calibrationOf([0.1, 0, 0.12, 0.2, 1], [1, 0, 0, 1, 1])
  t.strictSame(
    found.bins.map(({ from, to, rows }) => [from, to, rows]),
    [
      [0, 0.1, 2],
      [0.1, 0.2, 2],
      [0.9, 1, 1],
    ],
  )
  t.ok(Math.abs(found.error - (2 * Math.abs(0.05 - 0.5) + 2 * Math.abs(0.16 - 0.5)) / 5) < 1e-15)
})

t.test('a curve of many steps is thinned; its area stays', async (t) => {
  const rows = 5000
  const scores = Float64Array.from({ length: rows }, (_, i) => Math.sin(i) + i / rows)
  const actual = Uint8Array.from({ length: rows }, (_, i) => Number(Math.cos(1.7 * i) + i / rows > 0.5))
  const { falsePositiveRate: x, truePositiveRate: y, thresholds } = rocCurve(scores, actual)
  t.ok(x.length <= 202 && x.length > 150, `${x.length} points`)
  t.strictSame([x[0], y[0], x.at(-1), y.at(-1)], [0, 0, 1, 1])
  t.ok(x.every((each, k) => k === 0 || (each >= (x[k - 1] as number) && (y[k] as number) >= (y[k - 1] as number))))
  const positives = actual.reduce((sum, each) => sum + each, 0)
  for (const k of [1, 50, 120]) {
    const hits = scores.filter((score, i) => score >= (thresholds[k] as number) && actual[i] === 1).length
    t.equal(y[k], hits / positives)
  }
  const area = x.reduce((sum, each, k) => {
    return k === 0 ? 0 : sum + ((each - (x[k - 1] as number)) * ((y[k] as number) + (y[k - 1] as number))) / 2
  }, 0)
  t.ok(Math.abs(area - auc(scores, actual)) < 0.005)
})

t.test('points of many rows have the least and the greatest residual', async (t) => {
  const rows = 3000
  const actual = Float64Array.from({ length: rows }, (_, i) => i)
  const predicted = actual.map((value, i) => value - Math.sin(i) ** 3 - (i === 77 ? 50 : 0) + (i === 1234 ? 40 : 0))
  const { points, residuals } = regressorMetrics(predicted, actual, 1)
  t.equal(points.actual.length, 500)
  const shown = points.actual.map((value, k) => value - (points.predicted[k] as number))
  t.strictSame([Math.min(...shown), Math.max(...shown)], [residuals.min, residuals.max])
  t.equal(new Set(points.actual).size, 500)
})

t.test('minimise finds the minimum of a quadratic with unlike curvatures', async (t) => {
  const curvature = [1, 100, 1e4]
  const found = minimise(
    (x, gradient) => {
      let sum = 0
      curvature.forEach((c, k) => {
        const error = (x[k] as number) - (k + 1)
        gradient[k] = c * error
        sum += (c * error ** 2) / 2
      })
      return sum
    },
    3,
    1e-8,
  )
  t.ok(Array.from(found).every((each, k) => Math.abs(each - (k + 1)) < 1e-7))
})

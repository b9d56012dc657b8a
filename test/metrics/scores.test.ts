import t from 'tap'
import { accuracy, softmaxLogLoss } from '#psilon/metrics/classification.js'
import { mae, r2, rmse } from '#psilon/metrics/regression.js'
import { auc } from '#psilon/metrics/roc.js'
import { refuses } from '../support/refusal.js'

const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-14 * Math.max(1, Math.abs(expected))

t.test('errors of a regression', async (t) => {
  const predicted = Float64Array.of(1, 2, 3, 6)
  const actual = Float32Array.of(1, 4, 3, 0)
  // errors 0, -2, 0, 6; the actual values have mean 2 and squares 1 + 4 + 1 + 4
  t.equal(rmse(predicted, actual), Math.sqrt(10))
  t.equal(mae(predicted, actual), 2)
  t.ok(near(r2(predicted, actual), 1 - 40 / 10))
  t.equal(r2(actual, actual), 1)
  t.equal(r2([2, 2, 2, 2], actual), 0)
})

t.test('accuracy of any labels', async (t) => {
  t.equal(accuracy(['a', 'b', 'a', 'b'], ['a', 'b', 'b', 'b']), 0.75)
  t.equal(accuracy(Uint32Array.of(1, 0), Uint32Array.of(0, 1)), 0)
})

t.test('softmax log loss of logits', async (t) => {
  t.ok(near(softmaxLogLoss([0, 0, 0], [1], 3), Math.log(3)))
  t.ok(near(softmaxLogLoss([Math.log(1), Math.log(2), Math.log(5)], [2], 3), Math.log(8 / 5)))
  t.strictSame([softmaxLogLoss([1000, 0], [0], 2), softmaxLogLoss([1000, 0], [1], 2)], [0, 1000])
  const logits = [0.3, -1, 2, 0.5, 0.1, -0.7]
  const moved = logits.map((value) => value + 100)
  t.ok(Math.abs(softmaxLogLoss(moved, [2, 0], 3) - softmaxLogLoss(logits, [2, 0], 3)) < 1e-12)
  t.ok(near(softmaxLogLoss([0, 0.7], [1], 2), Math.log1p(Math.exp(-0.7))))
})

t.test('area under the curve, ties counted half', async (t) => {
  t.equal(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 0.75)
  t.equal(auc([1, 2, 3, 4], [0, 0, 1, 1]), 1)
  t.equal(auc([4, 3, 2, 1], [0, 0, 1, 1]), 0)
  t.equal(auc([5, 5, 5, 5], [0, 1, 0, 1]), 0.5)
  // pairs (1: 2, 3; 0: 1, 2): 2 > 1, 2 = 2, 3 > 1, 3 > 2
  t.equal(auc([2, 3, 1, 2], [1, 1, 0, 0]), 3.5 / 4)
})

t.test('area under the curve is the share of ordered pairs', async (t) => {
  const scores = Array.from({ length: 60 }, (_, i) => (i * i) % 17)
  const actual = scores.map((score, i) => ((score + i) % 3 === 0 ? 1 : 0))
  let pairs = 0
  let won = 0
  for (let i = 0; i < 60; i++) {
    for (let j = 0; j < 60; j++) {
      if (actual[i] !== 1 || actual[j] !== 0) continue
      pairs++
      won += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0
    }
  }
  t.ok(pairs > 100 && near(auc(scores, actual), won / pairs))
})

const refusals: [code: string, message: string, work: () => unknown][] = [
  ['ERR_SHAPE', 'predicted has 3 values, actual has 2', () => rmse([1, 2, 3], [1, 2])],
  ['ERR_SHAPE', 'predicted has 0 values, actual has 1', () => accuracy([], ['a'])],
  ['ERR_SHAPE', 'logits has 3 values, expected 2 rows of 2', () => softmaxLogLoss([1, 2, 3], [0, 1], 2)],
  ['ERR_SHAPE', 'logits has 0 values, expected 1 rows of 0', () => softmaxLogLoss([], [0], 0)],
  ['ERR_DATA', 'actual is empty, expected at least one row', () => mae([], [])],
  ['ERR_DATA', 'actual is empty, expected at least one row', () => softmaxLogLoss([], [], 2)],
  ['ERR_DATA', 'predicted[1] is NaN, expected a finite number', () => mae([1, Number.NaN], [1, 2])],
  ['ERR_DATA', 'actual[0] is Infinity, expected a finite number', () => mae([1], [Infinity])],
  ['ERR_DATA', 'actual is constant, expected at least two different values', () => r2([1, 2], [0.1, 0.1])],
  ['ERR_DATA', 'actual is constant, expected at least two different values', () => r2([1, 2], [0, 1e-200])],
  ['ERR_DATA', 'actual is constant, expected at least two different values', () => r2([1e3, 2], [0, 1e-155])],
  ['ERR_DATA', 'logits[0] is -Infinity, expected a finite number', () => softmaxLogLoss([-Infinity, 0], [0], 2)],
  ['ERR_DATA', 'actual[0] is 2, expected a class number from 0 to 1', () => softmaxLogLoss([1, 2], [2], 2)],
  ['ERR_DATA', 'actual has only class 1, expected 0 and 1', () => auc([1, 2], [1, 1])],
  ['ERR_DATA', 'actual[1] is 2, expected 0 or 1', () => auc([1, 2], [1, 2])],
]
for (const [code, message, work] of refusals) t.test(message, (t) => refuses(t, code, message, work))

import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { fitLinear } from '#psilon/estimators/baselines/linear-model.js'
import { classifierMetrics, mostLikely, regressorMetrics } from '#psilon/estimators/evaluation.js'

// Definitions are those of scikit-learn: see fixtures/evaluation/README.md.
const expected = JSON.parse(readFileSync('test/fixtures/evaluation/expected.json', 'utf8'))

function near(t: Test, found: readonly number[], wanted: readonly (number | null)[], what: string, tolerance = 1e-12) {
  t.equal(found.length, wanted.length, `${what}: so many`)
  const far = found.findIndex((value, k) => {
    const other = wanted[k] ?? Number.POSITIVE_INFINITY
    return value !== other && !(Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other)))
  })
  t.equal(far, -1, `${what}: ${found[far]} beside ${wanted[far]}`)
}

for (const [place, wanted] of expected.classification.entries()) {
  t.test(`classification ${place}, ${wanted.classes} classes`, async (t) => {
    const logits = Float64Array.from(wanted.logits)
    const actual = Uint32Array.from(wanted.actual)
    const predicted = mostLikely(logits, [actual.length, wanted.classes])
    const labels = Array.from({ length: wanted.classes }, (_, k) => `class ${k}`)
    const found = classifierMetrics({ logits, predicted, actual }, labels)
    near(t, [found.logLoss, found.accuracy], [wanted.logLoss, wanted.accuracy], 'scores')
    t.strictSame(found.confusion, wanted.confusion)
    t.strictSame(
      found.classes.map(({ label }) => label),
      labels,
    )
    for (const name of ['precision', 'recall', 'f1'] as const) {
      near(
        t,
        found.classes.map((each) => each[name]),
        wanted.byClass[name],
        name,
      )
      const averages = [found.macro[name], found.weighted[name]]
      near(t, averages, [...wanted.macro[name], ...wanted.weighted[name]], `average ${name}`)
    }
    t.equal(found.auc === undefined, wanted.auc === null)
    if (found.auc !== undefined) near(t, [found.auc], [wanted.auc], 'auc')
    t.equal(found.roc.length, wanted.roc.length)
    found.roc.forEach((curve, k) => {
      near(t, [curve.auc], [wanted.roc[k].auc], `auc ${k}`)
      for (const name of ['falsePositiveRate', 'truePositiveRate', 'thresholds'] as const) {
        near(t, curve[name], wanted.roc[k][name], `${name} ${k}`)
      }
    })
    const { error, bins } = found.calibration
    near(t, [error], [wanted.calibration.error], 'calibration error')
    for (const name of ['rows', 'predicted', 'actual'] as const) {
      near(
        t,
        bins.map((bin) => bin[name]),
        wanted.calibration[name],
        name,
      )
    }
  })
}

t.test('regression', async (t) => {
  const wanted = expected.regression
  const found = regressorMetrics(Float64Array.from(wanted.predicted), Float64Array.from(wanted.actual), 2)
  const scores = [found.rmse, found.mae, found.r2 as number, found.scaledRmse]
  near(t, scores, [wanted.rmse, wanted.mae, wanted.r2, wanted.rmse / 2], 'scores')
  near(t, Object.values(found.residuals), wanted.residuals, 'residuals')
  near(t, Object.values(found.absoluteErrors), wanted.absoluteErrors, 'absolute errors')
  t.strictSame(found.points, { predicted: wanted.predicted, actual: wanted.actual })
})

for (const { x, y, inputs, classes, weights } of expected.linear) {
  t.test(`linear model of ${classes || 'no'} classes`, async (t) => {
    const data = { data: Float64Array.from(x), shape: [y.length, inputs] as [number, number] }
    const outputs = classes > 2 ? classes : 1
    const found = fitLinear(data, y, classes === 0 ? 'values' : 'classes', outputs)
    // the intercepts of several classes are determined up to a constant
    const level = (all: readonly number[]) => {
      const shift = all.reduce((sum, each, k) => sum + (k % (inputs + 1) === inputs ? each / outputs : 0), 0)
      return outputs === 1 ? all : all.map((each, k) => (k % (inputs + 1) === inputs ? each - shift : each))
    }
    near(t, level(Array.from(found.weights)), level(weights), 'weights', 2e-4)
  })
}

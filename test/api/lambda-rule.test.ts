import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { native } from '#psilon/core/native.js'
import { folds, split } from '#psilon/data/split.js'
import { readTable, selectRows } from '#psilon/tables/table.js'
import { bundled, quick, someHouses } from '../support/houses.js'

const houses = someHouses(100)
const others = someHouses(60, 2)
const lambdas = [1e-1, 1e-4, 1e-2, 1e-3, 3, 3e-4]
const auto = { ...quick, epochs: 30, lambda: 'auto', lambdas } as const
const rule = { lambdaRule: 'one-standard-error' } as const
const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-4 * Math.abs(expected)

interface Candidate {
  lambda: number
  score: number
  standardError: number
}

/** Written down from Hastie et al., section 7.10. */
function oneStandardError(candidates: readonly Candidate[]): number {
  const [best] = [...candidates].sort((a, b) => a.score - b.score) as [Candidate]
  return Math.max(
    ...candidates.filter(({ score }) => score <= best.score + best.standardError).map(({ lambda }) => lambda),
  )
}

const standardError = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return Math.sqrt(variance / values.length)
}

t.test('the largest lambda within one standard error of the best is taken', async (t) => {
  const best = await new PsilonRegressor(auto).fit(houses, { target: 'price' })
  const model = new PsilonRegressor({ ...auto, ...rule })
  const { search, lambda } = await model.fit(houses, { target: 'price' })
  const tried = (of: typeof search) => of.map(({ members: _, ...each }) => each)
  t.strictSame(tried(search), tried(best.search))
  t.equal(lambda, oneStandardError(search))
  t.ok((lambda as number) > (best.lambda as number), 'another than the best, or this shows nothing')
  const alone = new PsilonRegressor({ ...quick, epochs: 30, lambda: lambda as number })
  await alone.fit(houses, { target: 'price' })
  t.strictSame((await model.predict(others)).values, (await alone.predict(others)).values)
})

t.test('of one split, the standard error is that of the mean over the rows held out', async (t) => {
  const { search } = await new PsilonRegressor({ ...auto, ...rule }).fit(houses, {
    target: 'price',
    validation: others,
  })
  for (const { lambda, score, standardError: found } of search) {
    const model = new PsilonRegressor({ ...quick, epochs: 30, lambda })
    await model.fit(houses, { target: 'price' })
    const { values } = await model.predict(others)
    const { rmse, scaledRmse } = await model.evaluate(others)
    const unit = rmse / scaledRmse
    const squares = others.map(({ price }, i) => (((values[i] as number) - price) / unit) ** 2)
    t.ok(near(found, standardError(squares) / (2 * score)), `lambda ${lambda}`)
  }
})

for (const name of ['wine.csv', 'breast_cancer.csv']) {
  t.test(`of classes, the standard error is that of the mean log loss: ${name}`, async (t) => {
    const table = await readTable(bundled(name))
    const classes = table.columns[table.names.indexOf('target')] as number[]
    const context = { seed: quick.seed, permutation: native.permutation, classes }
    const { search } = await new PsilonClassifier(auto).fit(table, { target: 'target' })
    const { train, validation } = split(table.rows, { validation: 0.2 }, context)
    const held = selectRows(table, validation)
    for (const { lambda, standardError: found } of search) {
      const model = new PsilonClassifier({ ...quick, epochs: 30, lambda })
      await model.fit(selectRows(table, train), { target: 'target' })
      const { probabilities, classes: labels } = await model.predict(held)
      const losses = Array.from(validation, (row, i) => {
        const k = labels.indexOf(classes[row] as number)
        return -Math.log(probabilities.data[i * labels.length + k] as number)
      })
      t.ok(near(found, standardError(losses)), `lambda ${lambda}`)
    }
  })
}

t.test('of folds, the standard error is that of the mean over the folds', async (t) => {
  const wine = await readTable(bundled('wine.csv'))
  const classes = wine.columns[wine.names.indexOf('target')] as number[]
  const context = { seed: quick.seed, permutation: native.permutation, classes }
  const model = new PsilonClassifier({ ...auto, ...rule, selection: { folds: 3 } })
  const { search, lambda } = await model.fit(wine, { target: 'target' })
  t.equal(lambda, oneStandardError(search))
  for (const { lambda, standardError: found } of search) {
    const losses: number[] = []
    for (const { train, validation } of folds(wine.rows, 3, context)) {
      const own = new PsilonClassifier({ ...quick, epochs: 30, lambda })
      await own.fit(selectRows(wine, train), { target: 'target' })
      losses.push((await own.evaluate(selectRows(wine, validation))).logLoss)
    }
    t.ok(near(found, standardError(losses)), `lambda ${lambda}`)
  }
})

t.test('weights count: rows of weight 0 say nothing', async (t) => {
  const weighted = [...others.map((row) => ({ ...row, w: 1 })), ...someHouses(40, 7).map((row) => ({ ...row, w: 0 }))]
  const options = { target: 'price', sampleWeight: 'w' }
  const train = houses.map((row) => ({ ...row, w: 1 }))
  const all = await new PsilonRegressor(auto).fit(train, { ...options, validation: weighted })
  const some = await new PsilonRegressor(auto).fit(train, { ...options, validation: weighted.slice(0, 60) })
  all.search.forEach(({ standardError }, k) => {
    t.ok(near(standardError, some.search[k]?.standardError as number))
  })
})

t.test('where validation rows decide, the network of the chosen lambda is kept', async (t) => {
  const model = new PsilonRegressor({ ...auto, ...rule })
  const { lambda, search, members } = await model.fit(houses, { target: 'price', validation: others })
  t.equal(lambda, oneStandardError(search))
  t.equal(members.length, 1)
  const { scaledRmse } = await model.evaluate(others)
  t.ok(near(scaledRmse, search.find((each) => each.lambda === lambda)?.score as number))
})

t.test('the rule is refused where nothing is searched for, or unknown', (t) => {
  t.throws(() => new PsilonRegressor({ preset: 'paper', ...rule }), {
    code: 'ERR_OPTION',
    message: /lambdaRule is given, but lambda is 0.001, expected "auto"/,
  })
  t.throws(() => new PsilonRegressor({ ...auto, lambdaRule: 'worst' as 'best' }), {
    code: 'ERR_OPTION',
    message: /lambdaRule must be one of "best", "one-standard-error", got "worst"/,
  })
  t.end()
})

import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { classification } from '#psilon/estimators/classifier.js'
import { readFitData } from '#psilon/estimators/data.js'
import { Parts } from '#psilon/estimators/parts.js'
import { estimatorSettings } from '#psilon/estimators/settings.js'
import { someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'

const short = { depth: 1, hidden: 4, epochs: 3, threads: 1, ensemble: 1 } as const
const houses = someHouses(60)
const target = 'kind'

/** Rows of a common class, one of 12 rows, and one of so few. */
const classed = (few: number) =>
  houses.map(({ price, ...house }, i) => ({ ...house, kind: i < few ? 'rare' : i < few + 12 ? 'some' : 'most' }))

async function partsOf(few: number, folds: number, repeats: number) {
  const settings = estimatorSettings({ ...short, seed: 5, selection: { folds, repeats } })
  const data = await readFitData({ table: classed(few), options: { target } }, classification(undefined), settings)
  const parts = new Parts(data, settings)
  return { count: parts.trainingRows.length, parts: parts.encodedBy('standard') }
}

t.test('each division has every row held out once, and each class in proportion', async (t) => {
  const { count, parts } = await partsOf(4, 3, 2)
  t.strictSame([count, parts.length], [6, 6])
  const held = parts.map(({ validation }) => Array.from(validation?.y as ArrayLike<number>))
  for (const division of [held.slice(0, 3), held.slice(3)]) {
    t.strictSame([...division.flat()].sort(), [...Array(44).fill(0), ...Array(4).fill(1), ...Array(12).fill(2)])
    for (const classes of division) {
      const counts = [0, 1, 2].map((label) => classes.filter((each) => each === label).length)
      t.ok(
        [44, 4, 12].every((rows, label) => Math.abs((counts[label] as number) - rows / 3) < 2),
        counts.join(),
      )
    }
  }
  const inputs = parts.map(({ train }) => [...(train.x as { data: Float32Array }).data])
  t.notSame(inputs.slice(0, 3), inputs.slice(3), 'the divisions differ')
})

t.test('a class with fewer rows than folds can be searched and predicted', async (t) => {
  for (const few of [1, 2]) {
    const model = new PsilonClassifier({ ...short, lambdas: [1e-3, 1e-2] })
    const { search } = await model.fit(classed(few), { target })
    t.ok(search.length > 0 && search.every(({ score }) => Number.isFinite(score)))
    const { classes, probabilities } = await model.predict(classed(few))
    t.strictSame(classes, ['most', 'rare', 'some'])
    t.ok(probabilities.data.every((probability) => probability >= 0 && probability <= 1))
  }
})

t.test('more folds than rows are refused with what to give instead', async (t) => {
  const table = houses.slice(0, 3)
  const fit = (options: object) => new PsilonRegressor({ ...short, ...options }).fit(table, { target: 'price' })
  const message =
    '[fit] 7 folds need at least 7 rows, the table has 3; give selection.folds of at most 3, or preset: "fast"'
  await refuses(t, 'ERR_DATA', message, () => fit({ selection: { folds: 7 } }))
  await t.rejects(fit({}), {
    code: 'ERR_DATA',
    message: /^\[fit\] \d+ folds need at least \d+ rows, the table has 3; /,
  })
  t.ok((await fit({ selection: { folds: 3 } })).search.length > 0)
  t.ok((await fit({ preset: 'fast' })).search.length > 0, 'fast divides the rows once')
})

t.test('rows of weight 0 are not held out: there are as many folds as rows that count', async (t) => {
  const rows = houses.map((house, i) => ({ ...house, w: i < 3 ? 1 : 0 }))
  const run = new PsilonRegressor({ ...short, lambdas: [1e-3] }).fit(rows, { target: 'price', sampleWeight: 'w' })
  let fits = 0
  for await (const { stage, fit } of run) if (stage === 'search') fits = Math.max(fits, fit)
  const { search } = await run
  t.equal(fits, 3 * search.length)
})

t.test('the largest seed divides the rows several times too', async (t) => {
  const options = { ...short, seed: Number.MAX_SAFE_INTEGER, selection: { folds: 2, repeats: 3 } }
  const { search } = await new PsilonRegressor(options).fit(houses, { target: 'price' })
  t.ok(search.length > 0)
})

import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import type { Pair } from '#psilon/estimators/certificates/monotone.js'
import { generator } from '../support/core.js'
import { refuses } from '../support/refusal.js'

/** y rises with a, falls and then rises with b, and does not depend on c. */
function rowsOf(count: number, seed: number) {
  const next = generator(seed)
  return Array.from({ length: count }, () => {
    const [a, b, c] = [2 * next(), 2 * next(), 2 * next()]
    const k = next() > 0 ? 'x' : 'z'
    const y = 2 * a + b * b + (k === 'x' ? 1 : 0)
    return { a, b, c, k, y, up: y > 1 ? 'yes' : 'no', three: y > 2 ? 'high' : y > 0 ? 'middle' : 'low' }
  })
}

const size = { preset: 'paper', hidden: 20, depth: 2, epochs: 150, batchSize: 50 } as const
const small = { ...size, learningRate: 1e-2, lambda: 3e-3, seed: 1 }
const train = rowsOf(400, 1)
const rows = rowsOf(25, 2)
const within = { a: 0.1, b: 0.1, c: 0.1 }

for (const encoding of encodingNames)
  t.test(`${encoding}: the direction of a regressor is proved, or two pairs of rows contradict it`, async (t) => {
    const model = new PsilonRegressor({ ...small, encoding, ignore: ['up', 'three'] })
    await model.fit(train, { target: 'y' })
    const change = async ([from, to]: Pair) => {
      const [before, after] = (await model.predict([from, to])).values as unknown as [number, number]
      return after - before
    }
    const [a] = await model.monotone('a')
    t.equal(a?.verdict, 'increasing')
    const [b] = await model.monotone('b')
    t.equal(b?.verdict, 'neither')
    t.ok((await change(b?.rising as Pair)) > 0)
    t.ok((await change(b?.falling as Pair)) < 0)
    for (const [from, to] of [b?.rising as Pair, b?.falling as Pair]) {
      t.ok((from.b as number) < (to.b as number))
      t.strictSame({ ...from, b: 0 }, { ...to, b: 0 }, 'they differ in b alone')
    }
    const found = await model.monotone('b', { rows, within })
    t.equal(found.length, rows.length)
    const next = generator(3)
    let proved = 0
    for (const [i, { verdict }] of found.entries()) {
      if (verdict === 'neither' || verdict === 'unknown') continue
      proved++
      const row = rows[i] as (typeof rows)[number]
      for (let round = 0; round < 20; round++) {
        const [a, c] = [row.a + 0.1 * next(), row.c + 0.1 * next()]
        const [low, high] = [row.b + 0.1 * next(), row.b + 0.1 * next()].sort((p, q) => p - q)
        const rise = await change([
          { ...row, a, c, b: low as number },
          { ...row, a, c, b: high as number },
        ])
        const wrong =
          verdict === 'increasing' ? rise < -1e-5 : verdict === 'decreasing' ? rise > 1e-5 : Math.abs(rise) > 1e-5
        if (wrong) t.fail(`row ${i} is ${verdict}, and moves by ${rise}`)
      }
    }
    t.ok(proved > rows.length / 2, `${proved} rows`)
  })

t.test('the direction of the probability of a class', async (t) => {
  const two = new PsilonClassifier({ ...small, encoding: 'standard', ignore: ['y', 'three'] })
  await two.fit(train, { target: 'up' })
  const verdict = async (model: PsilonClassifier, label: string) =>
    (await model.monotone('a', { class: label }))[0]?.verdict
  t.strictSame([await verdict(two, 'yes'), await verdict(two, 'no')], ['increasing', 'decreasing'])
  const three = new PsilonClassifier({ ...small, encoding: 'standard', ignore: ['y', 'up'] })
  await three.fit(train, { target: 'three' })
  t.strictSame([await verdict(three, 'high'), await verdict(three, 'low')], ['increasing', 'decreasing'])
  t.equal(await verdict(three, 'middle'), 'neither')
})

t.test('what cannot rise is refused', async (t) => {
  const model = new PsilonRegressor({ ...small, epochs: 2, encoding: 'standard', ignore: ['up', 'three'] })
  await model.fit(train, { target: 'y' })
  const refused = (message: string, column: string, options = {}) =>
    refuses(t, 'ERR_OPTION', `[monotone] ${message}`, () => model.monotone(column, options))
  await refused('column "k" holds categories, which do not rise; expected a numeric column', 'k')
  await refused('column "aa" is not a column of the model; did you mean "a"?', 'aa')
  await refused('within must name the column "a"', 'a', { rows, within: { b: 1 } })
  await refused('within needs rows, whose columns move by it', 'a', { within: { a: 1 } })
})

t.test('an influence within the data is no larger than one everywhere, and holds there', async (t) => {
  for (const encoding of encodingNames) {
    const model = new PsilonRegressor({ ...small, lambda: 1e-4, encoding, ignore: ['up', 'three'] })
    await model.fit(train, { target: 'y' })
    const everywhere = new Map(model.influence({ bound: 'tight' }).map(({ column, bound }) => [column, bound]))
    for (const { column, kind, bound } of model.influence({ bound: 'tight', within: 'data' })) {
      t.ok(bound <= (everywhere.get(column) as number) * (1 + 1e-9))
      if (kind !== 'numeric') continue
      const next = generator(5)
      const inside = train.slice(0, 100).map((row) => ({ ...row, [column]: 1.9 * next() }))
      const moved = inside.map((row) => ({ ...row, [column]: 1.9 * next() }))
      const [from, to] = [(await model.predict(inside)).values, (await model.predict(moved)).values]
      from.forEach((value, i) => {
        const distance = Math.abs(
          (inside[i] as { a: number })[column as 'a'] - (moved[i] as { a: number })[column as 'a'],
        )
        if (Math.abs((to[i] as number) - value) > bound * distance * (1 + 1e-5) + 1e-5) t.fail(`${encoding} ${column}`)
      })
    }
  }
})

import { PsilonClassifier } from 'psilon'
import t from 'tap'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { generator } from '../support/core.js'
import { refuses } from '../support/refusal.js'

/** Rows with a skewed column, a category, a missing cell now and then, and a column of two values. */
function rowsOf(count: number, seed: number) {
  const next = generator(seed)
  return Array.from({ length: count }, () => {
    const [a, b, c] = [Math.exp(1.5 * next()), next(), next()]
    const color = ['red', 'green', 'blue'][Math.floor(1.5 * (next() + 1))] as string
    const y = Math.log(a) - b + (color === 'red' ? 0.4 : 0) > 0.2 * c ? 'yes' : 'no'
    return { a, b: next() > 0.8 ? null : b, c, flag: next() > 0, color, y }
  })
}

type Row = ReturnType<typeof rowsOf>[number]
const small = { preset: 'paper', hidden: 12, depth: 2, epochs: 60, batchSize: 50, learningRate: 1e-2, seed: 1 } as const

async function fitted(encoding: (typeof encodingNames)[number], dtype: 'float32' | 'float64' = 'float32') {
  const model = new PsilonClassifier({ ...small, encoding, dtype })
  await model.fit(rowsOf(300, 1), { target: 'y' })
  return model
}

for (const encoding of encodingNames)
  t.test(`${encoding}: rows keep their class while their columns move within the radius`, async (t) => {
    const model = await fitted(encoding)
    const next = generator(5)
    const rows = rowsOf(20, 2)
    const unit = (name: string) =>
      Math.min(
        ...model.features.filter(({ column, kind }) => column === name && kind === 'value').map((f) => f.divisor),
      )
    const cases: [options: object, tolerance: (row: Row) => Record<string, number>, levels: readonly string[]][] = [
      [{}, () => ({ a: unit('a'), b: unit('b'), c: unit('c') }), []],
      [{ fixed: ['a'] }, () => ({ b: unit('b'), c: unit('c') }), []],
      [{ within: { a: '10%', c: 0.2 } }, ({ a }) => ({ a: 0.1 * a, c: 0.2 }), []],
      [{ within: { b: '0.5sd', color: ['red', 'green'] } }, () => ({ b: 0 }), ['red', 'green']],
      [{ within: { c: 0 } }, () => ({}), []],
    ]
    for (const [options, toleranceOf, levels] of cases)
      for (const level of ['global', 'local', 'linear', 'exact'] as const) {
        const { labels, radii, upper, counterexamples } = await model.certify(rows, { ...options, level, budget: 100 })
        t.strictSame(labels, (await model.predict(rows)).labels)
        for (const [i, row] of rows.entries()) {
          const radius = Math.min(radii[i] as number, 1e3)
          t.ok(radius >= 0 && (upper[i] as number) >= radius)
          const found = counterexamples[i]
          if (found) t.not((await model.predict([found])).labels[0], labels[i], 'a counterexample')
          if (found) t.strictSame(Object.keys(found), Object.keys(row))
        }
        const moved = rows.flatMap((row, i) =>
          Array.from({ length: 30 }, (_, k) => {
            const tolerances = toleranceOf(row)
            const share = 0.9999 * Math.min(radii[i] as number, 1e3)
            const there: Record<string, unknown> = { ...row }
            for (const [name, tolerance] of Object.entries(tolerances)) {
              const value = row[name as 'a']
              if (value !== null) there[name] = value + share * tolerance * (k % 2 === 0 ? Math.sign(next()) : next())
            }
            if (share > 0 && levels.length > 0 && k % 3 > 0) there.color = levels[k % 2]
            return { i, there }
          }),
        )
        const predicted = (await model.predict(moved.map(({ there }) => there))).labels
        moved.forEach(({ i, there }, k) => {
          if (predicted[k] !== labels[i])
            t.fail(`${JSON.stringify(options)} ${level}: ${JSON.stringify(there)} is within ${radii[i]} of row ${i}`)
        })
      }
  })

t.test('a tolerance of nothing allows everything, a level of another class nothing', async (t) => {
  const model = await fitted('standard', 'float64')
  const rows = rowsOf(40, 3)
  const still = await model.certify(rows, { within: { a: 0 }, level: 'exact' })
  t.ok(still.radii.every((radius) => radius === Infinity))
  t.ok(still.exact.every((each) => each))
  const within = { color: ['red', 'green', 'blue'] }
  const { labels, radii, upper, counterexamples } = await model.certify(rows, { within })
  for (const [i, row] of rows.entries()) {
    const others = await model.predict(within.color.map((color) => ({ ...row, color })))
    const flips = others.labels.some((label) => label !== labels[i])
    t.equal(radii[i], flips ? 0 : Infinity)
    t.equal(upper[i], flips ? 0 : Infinity)
    t.equal(counterexamples[i] !== null, flips)
  }
})

t.test('a model file keeps what deviations are', async (t) => {
  const { load } = await import('psilon')
  const model = await fitted('robust')
  const rows = rowsOf(10, 4)
  const path = `${t.testdir()}/model.safetensors`
  await model.save(path)
  const again = (await load(path)) as PsilonClassifier
  const within = { a: '0.1sd', b: '0.2sd' }
  t.strictSame((await again.certify(rows, { within })).radii, (await model.certify(rows, { within })).radii)
})

t.test('what cannot move so is refused', async (t) => {
  const model = await fitted('standard')
  const rows = rowsOf(3, 5)
  const certify = (options: object) => () => model.certify(rows, options as never)
  const refused = (message: string, options: object) =>
    refuses(t, 'ERR_OPTION', `[certify] ${message}`, certify(options))
  await refused('within "colour" is not a column of the model; did you mean "color"?', { within: { colour: ['red'] } })
  await refused('fixed "d" is not a column of the model; did you mean "a"?', { fixed: ['d'] })
  const numbers = 'a number at least 0, a share of the value such as "2%", or deviations such as "0.5sd"'
  await refused(`within["a"] must be ${numbers}, got "2 %%"`, { within: { a: '2 %%' } })
  await refused(`within["a"] must be ${numbers}, got -1`, { within: { a: -1 } })
  await refused('within["color"] must be a list of levels, such as ["blue","green"], got 1', { within: { color: 1 } })
  await refused('within["color"] names "rad", which is not a level of the training rows; did you mean "red"?', {
    within: { color: ['rad'] },
  })
  await refused('fixed and within both name the column "a"', { fixed: ['a'], within: { a: 1 } })
  await refused('bound belongs to level: "global", got level: "exact"', { bound: 'tight', level: 'exact' })
  await refused('level must be one of "global", "local", "linear", "exact", got "exakt"; did you mean "exact"?', {
    level: 'exakt',
  })
  await refused('budget must be an integer from 1 to 2147483647, got 0', { budget: 0 })
})

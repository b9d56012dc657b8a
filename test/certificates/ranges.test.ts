import { PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import t from 'tap'
import { drawParameters, generator } from '../support/core.js'
import { refuses } from '../support/refusal.js'

const levels = ['global', 'local', 'linear', 'exact'] as const

for (const kind of [PsilonNet, PsilonResNet])
  t.test(`the exact range of a ${kind.name} of one input is what it takes on a fine grid`, async (t) => {
    const next = generator(6)
    for (let round = 0; round < 4; round++) {
      const net = new kind({ inputs: 1, hidden: 6, depth: 2, outputs: 2, dtype: 'float64' })
      net.setParameters(drawParameters(net.parameters, next))
      const rows = [[2 * next()], [2 * next()]]
      for (const output of [0, 1]) {
        const ranges = await Promise.all(levels.map((level) => net.range(rows, { within: [0.7], output, level })))
        rows.forEach(([x = 0], i) => {
          const count = 20000
          const grid = Array.from({ length: count + 1 }, (_, k) => [x - 0.7 + (1.4 * k) / count])
          const values = net.predictSync(grid).data.filter((_, k) => k % 2 === output)
          const [least, most] = [Math.min(...values), Math.max(...values)]
          const step = (net.pathNorm({ output }) * 1.4) / count
          const exact = ranges[3] as (typeof ranges)[number]
          t.ok((exact.lower[i] as number) <= least && (exact.lower[i] as number) >= least - step - 2e-4)
          t.ok((exact.upper[i] as number) >= most && (exact.upper[i] as number) <= most + step + 2e-4)
          ranges.slice(1).forEach(({ lower, upper }, k) => {
            const before = ranges[k] as (typeof ranges)[number]
            t.ok(
              (lower[i] as number) >= (before.lower[i] as number) &&
                (upper[i] as number) <= (before.upper[i] as number),
            )
          })
        })
      }
    }
  })

function rowsOf(count: number, seed: number) {
  const next = generator(seed)
  return Array.from({ length: count }, () => {
    const [a, b] = [Math.exp(next()), next()]
    const color = next() > 0 ? 'red' : 'blue'
    const y = 10 * a * b + (color === 'red' ? 3 : 0)
    return { a, b, color, y, kind: y > 3 ? 'high' : y > -1 ? 'middle' : 'low', sign: y > 1 ? 'up' : 'down' }
  })
}

const small = { preset: 'paper', hidden: 10, depth: 2, epochs: 40, batchSize: 50, learningRate: 1e-2, seed: 1 } as const
const train = rowsOf(200, 1)
const rows = rowsOf(12, 2)

/** Rows within a = +-0.3, b = +-10 %, and either color. */
function movedWithin(next: () => number) {
  return rows.map((row, k) => {
    const move = () => (k % 2 === 0 ? Math.sign(next()) : next())
    return { ...row, a: row.a + 0.3 * move(), b: row.b * (1 + 0.1 * move()), color: next() > 0 ? 'red' : 'blue' }
  })
}
const within = { a: 0.3, b: '10%', color: ['red', 'blue'] }

t.test('a regressor stays within its range, in the units of the target', async (t) => {
  const next = generator(8)
  for (const encoding of ['standard', 'rank-normal', 'piecewise-linear'] as const) {
    const model = new PsilonRegressor({ ...small, encoding, ignore: ['kind', 'sign'] })
    await model.fit(train, { target: 'y' })
    for (const level of levels) {
      const { lower, upper } = await model.range(rows, { within, level, budget: 100 })
      for (let round = 0; round < 60; round++) {
        const { values } = await model.predict(movedWithin(next))
        values.forEach((value, i) => {
          if (!(value >= (lower[i] as number) && value <= (upper[i] as number))) t.fail(`${encoding} ${level} row ${i}`)
        })
      }
    }
    const whole = await model.range(rows.slice(0, 1), { within: 'data' })
    const inside = train.map((row) => ({ ...row, color: (rows[0] as (typeof rows)[number]).color }))
    for (const value of (await model.predict(inside)).values)
      if (!(value >= (whole.lower[0] as number) && value <= (whole.upper[0] as number))) t.fail(`${encoding} data`)
    t.ok((whole.lower[0] as number) < (whole.upper[0] as number))
  }
})

t.test('probabilities of a class stay within their range', async (t) => {
  const next = generator(9)
  for (const target of ['kind', 'sign'] as const) {
    const ignore = ['y', target === 'kind' ? 'sign' : 'kind']
    const model = new PsilonClassifier({ ...small, encoding: 'standard', ignore })
    await model.fit(train, { target })
    const { classes, labels } = await model.predict(rows)
    for (const level of levels)
      for (const name of [undefined, classes[0]]) {
        const { lower, upper } = await model.range(rows, { within, level, class: name, budget: 50 })
        for (let round = 0; round < 40; round++) {
          const { probabilities } = await model.predict(movedWithin(next))
          rows.forEach((_, i) => {
            const k = classes.indexOf((name ?? labels[i]) as string)
            const chance = probabilities.data[i * classes.length + k] as number
            if (!(chance >= (lower[i] as number) && chance <= (upper[i] as number)))
              t.fail(`${target} ${level} row ${i}`)
          })
        }
        t.ok(lower.every((value, i) => value >= 0 && value <= (upper[i] as number) && (upper[i] as number) <= 1))
      }
  }
})

t.test('ranges that do not exist are refused', async (t) => {
  const model = new PsilonClassifier({ ...small, encoding: 'standard', ignore: ['y', 'kind'] })
  await model.fit(train, { target: 'sign' })
  const message = '[range] class "uo" is not a class of the target; did you mean "up"?'
  await refuses(t, 'ERR_OPTION', message, () => model.range(rows, { class: 'uo' }))
  const net = new PsilonNet({ inputs: 2, hidden: 2, depth: 1 })
  const output = '[range] output must be an integer from 0 to 0, got 1'
  await refuses(t, 'ERR_OPTION', output, () => net.range([[1, 2]], { output: 1 }))
  const lengths = '[range] within must be 2 numbers, one for each input, got an array of 1'
  await refuses(t, 'ERR_OPTION', lengths, () => net.range([[1, 2]], { within: [1] }))
})

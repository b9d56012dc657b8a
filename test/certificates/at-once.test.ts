import { PsilonClassifier, PsilonNet, PsilonRegressor } from 'psilon'
import t from 'tap'
import { levels } from '#psilon/words.js'
import { quick, someHouses } from '../support/houses.js'
import { sliceClasses, someRows } from '../support/tables.js'

/** The error without the name of the operation. */
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'none'
  } catch (error) {
    return String(error).replace(/\[\w+\]/, '')
  }
}

const rows = someHouses(3, 5)
const [row] = rows as [object]

t.test('certifySync and rangeSync give what certify and range give', async (t) => {
  for (const [classes, more] of [
    [2, {}],
    [3, {}],
    [3, { ensemble: 2, dtype: 'float64' }],
  ] as const) {
    const labelled = someHouses(60).map((house, i) => ({ ...house, kind: `kind ${i % classes}` }))
    using model = new PsilonClassifier({ ...quick, epochs: 5, ...more })
    await model.fit(labelled, { target: 'kind' })
    for (const level of levels) {
      const all = { level, budget: 100 }
      const found = model.certifySync(rows, all)
      t.strictSame(found, await model.certify(rows, all), `${classes} classes, ${level}`)
      t.equal(
        found.counterexamples.some((each) => each !== null),
        level === 'exact',
      )
      const some = { ...all, within: { area: 5, town: ['Bonn'] } }
      t.strictSame(model.certifySync(row, some), await model.certify([row], some))
      t.strictSame(model.rangeSync(row, some), await model.range([row], some))
    }
    const wrong: object[] = [{ level: 'far' }, { within: { aria: 1 } }, { level: 'local', bound: 'tight' }]
    for (const options of wrong) {
      const expected = await refusal(() => model.certify(rows, options))
      t.not(expected, 'none')
      t.equal(await refusal(() => model.certifySync(rows, options)), expected)
    }
    t.throws(() => model.certifySync({ ...row, area: 'big' }), {
      code: 'ERR_DATA',
      message: /^\[certifySync\] row index 0/,
    })
  }
})

t.test('a range around one prediction', async (t) => {
  using model = new PsilonRegressor({ ...quick, epochs: 5 })
  await model.fit(someHouses(60), { target: 'price' })
  for (const level of levels) {
    const options = { level, budget: 100, within: { area: 5 } }
    const { lower, upper } = model.rangeSync(row, options)
    t.strictSame({ lower, upper }, await model.range([row], options))
    const value = model.predictSync(row).values[0] as number
    t.ok((lower[0] as number) <= value && value <= (upper[0] as number))
  }
})

t.test('networks', async (t) => {
  const x = someRows(10, 3)
  using network = new PsilonNet({ inputs: 3, hidden: 8, depth: 2, outputs: 3 })
  await network.fit({ x, y: sliceClasses(x, 3) }, { loss: 'softmax', epochs: 10 })
  for (const level of levels) {
    t.strictSame(network.certifySync(x, { level, budget: 20 }), await network.certify(x, { level, budget: 20 }))
    t.strictSame(network.rangeSync(x, { level, output: 1 }), await network.range(x, { level, output: 1 }))
  }
  t.strictSame(network.predictProbaSync(x), await network.predictProba(x))
  network.dispose()
  for (const method of ['certifySync', 'rangeSync', 'predictProbaSync'] as const) {
    t.throws(() => network[method](x), { code: 'ERR_DISPOSED', message: new RegExp(`^\\[${method}\\]`) })
  }
})

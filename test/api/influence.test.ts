import { PsilonRegressor } from 'psilon'
import t from 'tap'
import { type House, quick, someHouses } from '../support/houses.js'

const houses = someHouses(160)
const others = someHouses(80, 2)

async function fitted(options: object, table: object[] = houses): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...quick, ...options })
  await model.fit(table, { target: 'price' })
  return model
}

const valuesOf = async (model: PsilonRegressor, table: object[] = others) => (await model.predict(table)).values
const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-9 * Math.abs(expected)

t.test('influence bounds how far each column can move a prediction', async (t) => {
  const gaps = houses.map((house, i) => (i % 5 === 0 ? { ...house, age: null } : house))
  const model = await fitted({}, gaps)
  const influence = model.influence()
  const of = (column: string) => influence.find((each) => each.column === column) as (typeof influence)[number]
  t.strictSame(influence.map(({ column }) => column).sort(), ['age', 'area', 'garden', 'town'])
  t.ok(influence.every(({ standardized }, k) => k === 0 || standardized <= (influence[k - 1]?.standardized as number)))
  t.strictSame([of('area').kind, of('town').kind], ['numeric', 'categorical'])
  const deviation = model.features.find(({ name }) => name === 'area')?.divisor as number
  t.ok(near(of('area').standardized, of('area').bound * deviation))
  const moved = async (change: (house: House) => object) => {
    const [from, to] = [await valuesOf(model), await valuesOf(model, others.map(change))]
    return Math.max(...to.map((value, i) => Math.abs(value - (from[i] as number))))
  }
  for (const step of [0.1, 10, 1000]) {
    const change = await moved((house) => ({ ...house, area: house.area + step }))
    t.ok(change <= of('area').bound * step * (1 + 1e-4), `area moves by ${step}`)
    t.ok(change >= 0.05 * of('area').bound * step, 'and the bound is not out of all proportion')
  }
  for (const town of ['Aachen', 'Bonn', 'Celle', 'Dresden']) {
    t.ok((await moved((house) => ({ ...house, town }))) <= of('town').bound)
  }
  const ages = houses.filter((_, i) => i % 5 !== 0).map(({ age }) => age)
  const [low, high] = ages.sort((a, b) => a - b).slice(63, 65) as [number, number]
  const median = (low + high) / 2
  const [present, absent] = [others.map((h) => ({ ...h, age: median })), others.map((h) => ({ ...h, age: null }))]
  const [from, to] = [await valuesOf(model, present), await valuesOf(model, absent)]
  to.forEach((value, i) => {
    t.ok(Math.abs(value - (from[i] as number)) <= (of('age').missing as number) * (1 + 1e-4))
  })
  t.equal(of('area').missing, undefined)
  t.throws(() => model.influence({ bond: 'tight' } as never), { code: 'ERR_OPTION', message: /did you mean "bound"/ })
})

t.test('influence bounds moves of columns that asinh encodes', async (t) => {
  const model = await fitted({ encoding: 'asinh' })
  const { bound } = model.influence().find(({ column }) => column === 'area') as { bound: number }
  const from = await valuesOf(model)
  let most = 0
  for (const step of [0.1, 10, 1000]) {
    const to = await valuesOf(
      model,
      others.map((house) => ({ ...house, area: house.area + step })),
    )
    to.forEach((value, i) => {
      const slope = Math.abs(value - (from[i] as number)) / step
      t.ok(slope <= bound * (1 + 1e-4), `area moves by ${step}`)
      most = Math.max(most, slope)
    })
  }
  t.ok(most >= 0.05 * bound, 'and the bound is not out of all proportion')
})

t.test('pathNorm is that of the network, by any bound', async (t) => {
  const model = await fitted({ kind: 'resnet', hidden: 8 })
  for (const bound of ['original', 'improved', 'tight'] as const) {
    t.equal(model.pathNorm({ bound }), model.network.pathNorm({ bound }))
  }
  t.equal(model.pathNorm(), model.network.pathNorm())
})

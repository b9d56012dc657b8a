import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { cumsum } from 'd3-array'
import { type PsilonClassifier, type PsilonNet, PsilonRegressor, type PsilonResNet, readTable } from 'psilon'
import t from 'tap'
import { ascendingSteps } from '#psilon/export/javascript/ascending-steps.js'
import { generator } from '../support/core.js'
import { estimators, isClose, networkRows, networks, unlike } from './models.js'

/** What an exported module has. */
interface Exported {
  columns: { name: string }[]
  classes?: unknown[]
  predict(row: unknown): unknown
  predictProba(row: unknown): number[]
  selfTest(): boolean
}

async function moduleOf(folder: string, model: { toJavaScript(): string }): Promise<Exported> {
  const path = join(folder, 'model.mjs')
  await writeFile(path, model.toJavaScript())
  return await import(pathToFileURL(path).href)
}

for (const [name, make] of Object.entries(estimators)) {
  t.test(`the module of ${name} predicts what the estimator does`, async (t) => {
    const model = await make()
    const { predict, predictProba, selfTest, columns, classes } = await moduleOf(t.testdir(), model)
    t.ok(selfTest())
    for (const row of unlike) {
      const cells = columns.map(({ name }) => row[name])
      if (model instanceof PsilonRegressor) {
        const [value] = (await model.predict([row])).values
        t.ok(isClose(predict(row), value))
        t.equal(predict(cells), predict(row))
        continue
      }
      const { labels, probabilities } = await (model as PsilonClassifier).predict([row])
      t.same(classes, model.classes)
      t.equal(predict(row), labels[0])
      predictProba(cells).forEach((chance, k) => {
        t.ok(isClose(chance, probabilities.data[k]))
      })
    }
    model.dispose()
  })
}

for (const [name, make] of Object.entries(networks)) {
  t.test(`the module of ${name} predicts what the network does`, async (t) => {
    const net: PsilonNet | PsilonResNet = await make()
    const { predict, predictProba, selfTest } = await moduleOf(t.testdir(), net)
    t.ok(selfTest())
    const { data, shape } = await net.predict(networkRows)
    const chances = net.loss === 'mse' ? null : (await net.predictProba(networkRows)).data
    networkRows.forEach((row, i) => {
      const outputs = predict(row) as number[]
      t.equal(outputs.length, shape[1])
      outputs.forEach((output, k) => {
        t.ok(isClose(output, data[i * shape[1] + k]))
      })
      if (chances === null) return
      predictProba(row).forEach((chance, k) => {
        t.ok(isClose(chance, chances[i * shape[1] + k]))
      })
    })
    t.throws(() => predict([1]), { name: 'TypeError', message: 'the row has 1 numbers, expected 3' })
    net.dispose()
  })
}

t.test('a module has the bounds of its model where asked', async (t) => {
  const model = await (estimators['an average over encodings'] as () => Promise<PsilonRegressor>)()
  const net = await (networks['a network of two outputs'] as () => Promise<PsilonNet>)()
  for (const [name, each] of Object.entries({ model, net })) {
    const path = join(t.testdir(), `${name}.mjs`)
    await writeFile(path, each.toJavaScript({ bounds: true }))
    const { pathNorm, lipschitz, influence } = await import(pathToFileURL(path).href)
    t.strictSame({ pathNorm, lipschitz }, { pathNorm: each.pathNorm(), lipschitz: each.lipschitz() })
    t.strictSame(influence, Array.from(each.influence() as Iterable<unknown>))
  }
  t.notMatch(model.toJavaScript(), /pathNorm/)
  t.throws(() => net.toJavaScript({ bounds: 1 as never }), { code: 'ERR_OPTION' })
  model.dispose()
  net.dispose()
})

t.test('rows that cannot be read are refused with the column', async (t) => {
  const model = await (estimators['a regressor'] as () => Promise<PsilonRegressor>)()
  const { predict } = await moduleOf(t.testdir(), model)
  const [row] = unlike
  t.throws(() => predict({ ...row, size: 'large' }), { message: 'column "size" has "large", expected a number' })
  t.throws(() => predict({ ...row, size: Infinity }), { message: 'column "size" has null, expected a number' })
  t.throws(() => predict({ size: 3 }), { message: 'the row lacks the column "age"' })
  t.throws(() => predict([1, 2]), { message: 'the row has 2 cells, expected 6' })
  t.throws(() => predict('row'), { message: 'a row is an object or an array of cells' })
  t.throws(() => predict({ ...row, size: 1e300 }), { message: 'a number of the row is too large' })
  model.dispose()
})

t.test('a column without weights keeps its place, and loses what made inputs of it', async (t) => {
  const make = estimators['a regressor that takes no account of a column, and of missing cells']
  const model = await (make as () => Promise<PsilonRegressor>)()
  const { columns, predict } = await moduleOf(t.testdir(), model)
  const [size, age] = ['size', 'age'].map((name) => columns.find((column) => column.name === name))
  t.match(size, { encodings: [] })
  t.match(age, { encodings: [{ kind: 'standard' }], indicator: undefined })
  const [row] = unlike
  t.equal(predict({ ...row, size: 1 }), predict({ ...row, size: 1000 }))
  t.throws(() => predict({ ...row, size: 'large' }), { message: 'column "size" has "large", expected a number' })
  model.dispose()
})

t.test('a minimal module has only what predictions need', async (t) => {
  const rows = Array.from({ length: 80 }, (_, i) => ({
    word: ['red', 'green', 'blue', null][i % 4] as string | null,
    mixed: ['1', '1.0', 'TRUE', 'true', '07', 'x', 'y'][i % 7] as string,
    size: i % 9,
    y: i,
  }))
  const model = new PsilonRegressor({ preset: 'paper', hidden: 6, depth: 1, epochs: 5, lambda: 1e-3 })
  await model.fit(await readTable(rows), { target: 'y' })
  const network = model.network as PsilonNet
  const { parameters } = network
  const { data, shape } = parameters['layers.0.v'] as { data: Float32Array; shape: [number, number] }
  const unused = ['word=green', 'word=red', 'word is missing', 'mixed=1.0', 'mixed=TRUE', 'mixed=y']
  const isUnused = model.features.map(({ name }) => unused.includes(name))
  t.equal(isUnused.filter(Boolean).length, unused.length)
  network.setParameters({
    ...parameters,
    'layers.0.v': { shape, data: data.map((v, at) => (isUnused[at % shape[1]] ? 0 : v)) },
  })
  const whole = await moduleOf(t.testdir(), model)
  const text = model.toJavaScript({ minimal: true, bounds: true, weights: 'float16' })
  t.notMatch(text, /\/\*|selfTest|examples|\n\n/)
  const path = join(t.testdir(), 'minimal.mjs')
  await writeFile(path, model.toJavaScript({ minimal: true }))
  const minimal: Exported = await import(pathToFileURL(path).href)
  t.same(
    Object.keys(minimal),
    Object.keys(whole).filter((name) => name !== 'selfTest'),
  )
  t.match(minimal.columns, [{ levels: ['blue'] }, { levels: ['07', '1', '1.0', 'TRUE', 'true', 'x'] }, {}])
  for (const word of ['red', 'green', 'blue', 'violet', null]) {
    for (const mixed of ['1', '1.0', 1, 'TRUE', 'true', true, 'True', '07', '7', 7, 'x', 'y', 'z', null]) {
      const row = { word, mixed, size: 3 }
      t.equal(minimal.predict(row), whole.predict(row))
    }
  }
  t.throws(() => model.toC({ minimal: true } as never), { code: 'ERR_OPTION' })
  model.dispose()
})

t.test('texts are read as those of the training table', async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ x: i % 7 === 3 ? 'none' : `${i},5`, y: i }))
  const model = new PsilonRegressor({ preset: 'paper', hidden: 4, depth: 1, epochs: 5, lambda: 1e-3 })
  await model.fit(await readTable(rows, { decimal: ',', missing: ['none'] }), { target: 'y' })
  const { predict } = await moduleOf(t.testdir(), model)
  t.equal(predict({ x: '4,5' }), predict({ x: 4.5 }))
  t.equal(predict({ x: 'NONE' }), predict({ x: null }))
  t.throws(() => predict({ x: '4.5' }))
  model.dispose()
})

t.test('names that look like code stay texts', async (t) => {
  const name = '*/ throw new Error("ran"); /*`$1` </script>\u2028'
  const rows = Array.from({ length: 40 }, (_, i) => ({ [name]: i, x: i % 3, [`${name}!`]: `'\\"${i % 2}` }))
  const model = new PsilonRegressor({ preset: 'paper', hidden: 4, depth: 1, epochs: 5, lambda: 1e-3 })
  await model.fit(rows, { target: name })
  const { predict, selfTest } = await moduleOf(t.testdir(), model)
  t.ok(selfTest())
  const [value] = (await model.predict(rows.slice(0, 1))).values
  t.ok(isClose(predict(rows[0]), value))
  model.dispose()
})

t.test('a module needs nothing of Node.js', async (t) => {
  const model = await (estimators['three classes'] as () => Promise<PsilonClassifier>)()
  const text = model.toJavaScript().replace(/^export /gm, '')
  const context = createContext({ atob }, { codeGeneration: { strings: false, wasm: false } })
  t.equal(runInContext(`'use strict';{${text}\nselfTest()}`, context), true)
  model.dispose()
})

t.test('knots are written in few digits and read exactly', (t) => {
  const next = generator(5)
  const drawn = Array.from({ length: 300 }, (_, seed) => {
    const size = 10 ** (seed % 40) / 1e20
    const values = Array.from({ length: 2 + (seed % 9) }, () => size * next())
    return [...new Set(values.map((value) => Number(value.toPrecision(1 + (seed % 17)))))].sort((a, b) => a - b)
  })
  for (const values of [...drawn, [-1e300, 0, 1e-300], [0.1, 0.30000000000000004], [-5, 1e22, 1e23]]) {
    const [unit, ...steps] = ascendingSteps(values) as [number, ...number[]]
    const read = unit === 0 ? steps : Array.from(cumsum(steps), (sum) => sum / unit)
    if (!read.every((value, k) => value === values[k])) t.fail(`${values} is read as ${read}`)
  }
  t.same(ascendingSteps([28.5, 28.75, 31]), [100, 2850, 25, 225])
  t.end()
})

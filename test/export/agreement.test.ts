import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { generator } from '../support/core.js'
import { cText, noCompiler, printed } from './compiled.js'
import { drawOptions, drawTable, far, type Row } from './drawn.js'
import { noRuntime, opened } from './onnx-runtime.js'

/** Models of any kind on tables of any kind: all forms agree, on rows like those of training and far from them. */

const asNumber = (cell: Row[string] | undefined) => (cell === null || cell === undefined ? Number.NaN : Number(cell))

for (let seed = 1; seed <= 24; seed++) {
  t.test(`seed ${seed}`, { skip: noCompiler || noRuntime }, async (t) => {
    const next = generator(seed)
    const { rows, others, numeric, categorical } = drawTable(next)
    const options = drawOptions(seed, next)
    const model = next() > 0 ? new PsilonRegressor(options) : new PsilonClassifier(options)
    const [first, ...more] = numeric
    const target = rows.map((row, i) => {
      const value = Math.sin(3 * i) + rows.indexOf(row) / 60 + (row[first as string] === null ? 1 : 0) + more.length
      return model instanceof PsilonRegressor ? value : `class ${Math.round(value) % 3}`
    })
    await model.fit(
      rows.map((row, i) => ({ ...row, target: target[i] as string | number })),
      { target: 'target' },
    )
    if (seed % 3 === 0 && model.network.config.normalization !== 'none') {
      model.prune({ scale: 2 })
      model.compact()
    }
    const all = [...rows.slice(0, 30), ...others]
    const { values, columns } = await library(model, all)
    t.ok(values.every(Number.isFinite))

    const folder = t.testdir()
    await writeFile(join(folder, 'model.mjs'), model.toJavaScript())
    const module = await import(pathToFileURL(join(folder, 'model.mjs')).href)
    t.ok(module.selfTest())
    const predicted = (row: Row) => (model instanceof PsilonRegressor ? module.predict(row) : module.predictProba(row))
    const byModule = all.flatMap(predicted)
    await writeFile(join(folder, 'minimal.mjs'), model.toJavaScript({ minimal: true }))
    const minimal = await import(pathToFileURL(join(folder, 'minimal.mjs')).href)
    t.strictSame(
      all.map((row) => (model instanceof PsilonRegressor ? minimal.predict(row) : minimal.predictProba(row))),
      all.map(predicted),
    )

    const names: string[] = module.columns.map(({ name }: { name: string }) => name)
    const kept = {
      numeric: numeric.filter((name) => names.includes(name)),
      categorical: categorical.filter((name) => names.includes(name)),
    }
    const cell = (row: Row, name: string, j: number) => {
      const value = row[name]
      if (value === null || value === undefined) return 'NAN'
      return kept.categorical.includes(name)
        ? `model_level(${j}, ${cText(String(value))})`
        : Number(value).toExponential()
    }
    const call = model instanceof PsilonRegressor ? 'out[0] = model_predict(row);' : 'model_predict_proba(row, out);'
    const print = `for (k = 0; k < ${columns}; k++) printf("%.17g\\n", out[k]);`
    const calls = all.map(
      (row) => `  ${names.map((name, j) => `row[${j}] = ${cell(row, name, j)};`).join(' ')} ${call} ${print}`,
    )
    const main = `  double row[${names.length}], out[${columns}];\n  int k;\n${calls.join('\n')}\n  printf("%d\\n", model_self_test());`
    const lines = await printed(folder, model.toC(), main)
    t.equal(lines.pop(), '1')

    const onnx = await opened(model.toOnnx())
    const feeds = onnx.inputs.map(({ name, type }) => {
      const cells = all.map((row) => row[name])
      const data = type === 'string' ? cells.map((each) => String(each ?? '')) : Float64Array.from(cells, asNumber)
      return [name, { type, data, dims: [all.length, 1] }]
    })
    const { prediction, probabilities } = await onnx.run(Object.fromEntries(feeds))
    const byOnnx = Array.from((prediction ?? probabilities)?.data ?? []).map(Number)

    // outputs may be differences of sums that grow with the distance
    const tolerance = 2e-6 * (1 + far * model.pathNorm()) * Math.max(...values.slice(0, 30 * columns).map(Math.abs), 1)
    for (const [form, found] of Object.entries({ byModule, byC: lines.map(Number), byOnnx })) {
      t.equal(found.length, values.length, form)
      const worst = Math.max(...values.map((value, k) => Math.abs((found[k] as number) - value)))
      t.ok(worst <= tolerance, `${form}: ${worst}, at most ${tolerance}`)
    }
    model.dispose()
  })
}

/** What the library predicts, row by row: a number, or the probabilities. */
async function library(model: PsilonRegressor | PsilonClassifier, rows: readonly Row[]) {
  if (model instanceof PsilonRegressor)
    return { values: Array.from((await model.predict([...rows])).values), columns: 1 }
  const { data, shape } = (await model.predict([...rows])).probabilities
  return { values: Array.from(data), columns: shape[1] }
}

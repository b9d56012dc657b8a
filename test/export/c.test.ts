import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PsilonClassifier, PsilonNet, PsilonRegressor } from 'psilon'
import t from 'tap'
import { weightFormats } from '#psilon/export/weights/formats.js'
import { absent, compilers, has, printed, run, noCompiler as skip, strict } from './compiled.js'
import { estimators, isClose, networkRows, networks, unlike } from './models.js'

interface Columns {
  columns: { kind: string; name: string }[]
}

/** A cell as an expression in C. */
function cell(value: unknown, { kind }: Columns['columns'][number], j: number): string {
  const text = String(value).trim()
  if (['', 'NA', '?', 'null'].includes(text)) return 'NAN'
  if (kind === 'categorical') return `model_level(${j}, ${JSON.stringify(text)})`
  return { true: '1.0', TRUE: '1.0', false: '0.0' }[text] ?? Number(text).toExponential()
}

for (const [name, make] of Object.entries(estimators)) {
  t.test(`the header of ${name} predicts what the estimator does`, { skip }, async (t) => {
    const model = await make()
    const folder = t.testdir({ 'model.mjs': model.toJavaScript() })
    const { columns }: Columns = await import(pathToFileURL(join(folder, 'model.mjs')).href)
    const rows = unlike.map((row) => columns.map((column, j) => cell(row[column.name], column, j)))
    const calls = rows.map((cells) => {
      const set = cells.map((value, j) => `row[${j}] = ${value};`).join(' ')
      if (model instanceof PsilonRegressor) return `  ${set} printf("%.17g\\n", model_predict(row));`
      const chances = (model as PsilonClassifier).classes.map((_, k) => `chances[${k}]`)
      const print = `printf("%s${' %.17g'.repeat(chances.length)}\\n", model_class(model_predict(row)), ${chances.join(', ')});`
      return `  ${set} model_predict_proba(row, chances); ${print}`
    })
    const chances = model instanceof PsilonRegressor ? '' : '  double chances[8];\n'
    const main = `  double row[${columns.length}];\n${chances}${calls.join('\n')}\n  printf("%d\\n", model_self_test());`
    const lines = await printed(folder, model.toC(), main)
    t.equal(lines.pop(), '1')
    for (const [i, row] of unlike.entries()) {
      const line = lines[i] as string
      if (model instanceof PsilonRegressor) {
        t.ok(isClose(Number(line), (await model.predict([row])).values[0]))
        continue
      }
      const { labels, probabilities } = await (model as PsilonClassifier).predict([row])
      const [label, ...found] = line.split(' ')
      t.equal(label, String(labels[0]))
      found.forEach((chance, k) => {
        t.ok(isClose(Number(chance), probabilities.data[k]))
      })
    }
    model.dispose()
  })
}

for (const [name, make] of Object.entries(networks)) {
  t.test(`the header of ${name} predicts what the network does`, { skip }, async (t) => {
    const net = await make()
    const { outputs, dtype } = net.config
    const calls = networkRows.map((row) => {
      const set = row.map(
        (value, j) => `row[${j}] = (${dtype === 'float32' ? 'float' : 'double'})${value.toExponential()};`,
      )
      const print = `printf("${'%.17g '.repeat(outputs)}\\n", ${Array.from({ length: outputs }, (_, k) => `f[${k}]`).join(', ')});`
      const predict = net.loss === 'mse' ? 'predict' : 'predict_proba'
      return `  ${set.join(' ')} model_${predict}(row, f); ${print}`
    })
    const lines = await printed(
      t.testdir(),
      net.toC(),
      `  model_real row[3];\n  double f[${outputs}];\n${calls.join('\n')}\n  printf("%d\\n", model_self_test());`,
    )
    t.equal(lines.pop(), '1')
    const { data } = net.loss === 'mse' ? await net.predict(networkRows) : await net.predictProba(networkRows)
    const found = lines.flatMap((line) => line.trim().split(' ').map(Number))
    t.equal(found.length, data.length)
    t.ok(found.every((value, k) => isClose(value, data[k])))
    net.dispose()
  })
}

for (const [k, program] of compilers.entries()) {
  t.test(
    `${program} compiles a header without a warning where nothing of it is called`,
    { skip: absent(k) },
    async (t) => {
      for (const [i, make] of [...Object.values(estimators), ...Object.values(networks)].entries()) {
        const model = await make()
        const header = model.toC({ bounds: true, weights: weightFormats[i % weightFormats.length] })
        t.same(await printed(t.testdir(), header, '  printf("compiled\\n");', program), ['compiled'])
        model.dispose()
      }
    },
  )
}

t.test('names that look like code stay texts', { skip }, async (t) => {
  const name = '*/ #error /* ??/ "%s" \\ \u00e9\u2028'
  const rows = Array.from({ length: 40 }, (_, i) => ({
    [name]: `??/'"\\${i % 2}\n*/`,
    x: i,
    [`${name}!`]: i % 3 === 0 ? name : 'b',
  }))
  const model = new PsilonClassifier({ preset: 'paper', hidden: 4, depth: 1, epochs: 5, lambda: 1e-3 })
  await model.fit(rows, { target: name })
  const lines = await printed(t.testdir(), model.toC(), '  printf("%d%s\\n", model_self_test(), model_class(1));')
  t.same(lines, ['1??/\'"\\1', '*/'])
  model.dispose()
})

t.test('two headers with different names go into one program', { skip }, async (t) => {
  const net = new PsilonNet({ inputs: 1, hidden: 2, depth: 1, outputs: 1, seed: 1 })
  const both = net.toC({ name: 'left' }) + net.toC({ name: 'right' })
  t.same(await printed(t.testdir(), both, '  printf("%d\\n", left_self_test() + right_self_test());'), ['2'])
  for (const name of ['1a', 'a-b', 'a b', 'a\n']) {
    t.throws(() => net.toC({ name }), { code: 'ERR_OPTION', message: /name must be a name in C, such as model/ })
  }
  net.dispose()
})

t.test('a header has the bounds of its model where asked', { skip }, async (t) => {
  const model = await (estimators['an average over encodings'] as () => Promise<PsilonRegressor>)()
  const net = await (networks['a network of two outputs'] as () => Promise<PsilonNet>)()
  const { columns }: Columns = await import(
    pathToFileURL(join(t.testdir({ 'model.mjs': model.toJavaScript() }), 'model.mjs')).href
  )
  const byColumn = new Map(model.influence().map(({ column, bound }) => [column, bound]))
  const influences = [columns.map(({ name }) => byColumn.get(name)), Array.from(net.influence())]
  for (const [k, each] of [model, net].entries()) {
    const own = influences[k] as number[]
    const main = `  int j;
  printf("%.17g\\n%.17g\\n", model_path_norm(), model_lipschitz());
  for (j = 0; j < ${own.length}; j++) printf("%.17g\\n", model_influence(j));`
    const found = (await printed(t.testdir(), each.toC({ bounds: true }), main)).map(Number)
    t.strictSame(found, [each.pathNorm(), each.lipschitz(), ...own])
    t.notMatch(each.toC(), /path_norm/)
  }
  t.throws(() => net.toC({ bounds: 1 as never }), { code: 'ERR_OPTION' })
  model.dispose()
  net.dispose()
})

const arm = await has('arm-none-eabi-gcc')
t.test('a Cortex-M4 compiles it', { skip: arm ? false : 'arm-none-eabi-gcc is not installed' }, async (t) => {
  const make = estimators['a pruned average'] as () => Promise<PsilonRegressor>
  const model = await make()
  const folder = t.testdir({
    'model.h': model.toC(),
    'main.c': '#include "model.h"\ndouble predict(const double *row) { return model_predict(row); }\n',
  })
  const target = ['-mcpu=cortex-m4', '-mthumb', '-Os', '-fstack-usage', '-c']
  await run('arm-none-eabi-gcc', [...strict, ...target, 'main.c', '-o', 'main.o'], { cwd: folder })
  t.comment((await run('arm-none-eabi-size', ['main.o'], { cwd: folder })).stdout)
  t.comment((await run('cat', ['main.su'], { cwd: folder })).stdout)
  model.dispose()
})

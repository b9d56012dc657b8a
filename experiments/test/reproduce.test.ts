import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { deepDocument } from './support/documents.js'
import { reproduce, reproduceJson } from './support/run.js'
import { someTable } from './support/tables.js'

const tables = { data: { 'sums.csv': someTable(120), 'two.csv': someTable(120, 2), 'three.csv': someTable(120, 3) } }
const small = ['--train-rows', '60', '--hidden', '16', '--epochs', '5', '--data', 'data']
const tabular = ['tabular', '--quick', ...small]

t.test('tabular prints a table for each set, the ranks, and where all figures are', async (t) => {
  const cwd = t.testdir(tables)
  const { code, stdout, stderr } = await reproduce([...tabular, '--sets', 'sums,two', '--out', 'run'], { cwd })
  t.equal(code, 0, stderr)
  t.match(stdout, /^tables {5}sums, two of data\n/)
  t.match(stdout, /\nsettings {3}PSiLON 4, Standard 3, MLP 1, linear 17, forest 1; 1 seed\n/)
  t.match(stdout, /\nsums: RMSE in scaled units, 5 inputs, 60 train, 30 test, 30 validation rows\n/)
  t.match(stdout, /\ntwo: log loss, 5 inputs, /)
  for (const model of ['PSiLON', 'Standard', 'MLP', 'linear', 'forest']) {
    t.equal(stdout.match(new RegExp(`^  ${model} .*\\d`, 'gm'))?.length, 3, 'each set and the ranks')
    t.match(stdout, new RegExp(`^  ${model} +\\d\\.\\d\\d$`, 'm'))
  }
  t.match(stdout, /\nRank: mean of 2 tables\n/)
  t.match(stdout, /\nall figures are in run\/results\.json and run\/report\.html\n$/)
  t.match(stderr, /^ 10% .* fits {2}/)
  t.match(stderr, /\n100% .* 5\d\/54 fits {2}/)

  const page = readFileSync(join(cwd, 'run', 'report.html'), 'utf8')
  for (const heading of ['Lambda', 'sums', 'two', 'Rank']) t.match(page, `<h2>${heading}</h2>`)
  for (const chart of ['Average rank', 'Test error', 'sums', 'two']) t.match(page, `<figcaption><h3>${chart}</h3>`)
  t.match(page, '<th scope="row">PSiLON</th>')
  t.match(
    page,
    '<dd>npm run reproduce -- tabular --quick --train-rows 60 --hidden 16 --epochs 5 --data data --sets sums,two --out run</dd>',
  )
  const drawn = await reproduceJson(['report', 'run', '--out', 'again.html'], { cwd })
  t.strictSame(drawn, { command: 'report', results: 'run/results.json', out: 'again.html' })
  t.equal(readFileSync(join(cwd, 'again.html'), 'utf8'), page)

  const { sets, averageRanks, cells } = JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))
  t.equal(cells.length, 54)
  t.equal(
    averageRanks.reduce((sum: number, { rank }: { rank: number }) => sum + rank, 0),
    15,
  )
  for (const { models } of sets) {
    const [psilon] = models
    const own = cells.filter((cell) => cell.set === sets[0].set && cell.model === 'psilon' && !cell.setting.prune)
    t.equal(own.length, 4)
    t.ok(psilon.pruned.zeros.mean > 0.8)
  }
  const [first] = sets[0].models
  const validations = cells
    .filter(({ set, model, setting }) => set === 'sums' && model === 'psilon' && setting.prune === null)
    .map(({ result }) => result.scores.validation)
  t.equal(first.validation.mean, Math.min(...validations))

  const again = await reproduceJson([...tabular, '--sets', 'sums,two', '--out', 'run'], { cwd })
  t.strictSame(again.cells, cells, 'nothing was computed again')
})

t.test('after Ctrl-C the same command goes on from there', async (t) => {
  const cwd = t.testdir(tables)
  const long = [...tabular, '--sets', 'two', '--out', 'run', '--epochs', '3000', '--threads', '1']
  const end = await reproduce(long, { cwd, interruptAt: '50%' })
  t.match({ code: end.code, signal: end.signal }, { code: 130, signal: null })
  const [, finished] = /cancelled; (\d+) of 27 fits are in run, the same command goes on/.exec(end.stderr) ?? []
  const files = readdirSync(join(cwd, 'run', 'cells'))
  t.equal(files.length, Number(finished))
  t.ok(files.length > 18 && files.length < 27, end.stderr)
  t.notOk(readdirSync(join(cwd, 'run')).includes('results.json'))

  const { code, stdout, stderr } = await reproduce(long, { cwd })
  t.equal(code, 0, stderr)
  t.notMatch(stderr, /^ [123]0%/m)
  t.match(stdout, /\ntwo: log loss/)
  t.equal(readdirSync(join(cwd, 'run', 'cells')).length, 27)
})

t.test('with seeds there is a spread', async (t) => {
  const cwd = t.testdir(tables)
  const args = [...tabular, '--sets', 'sums', '--seeds', '2', '--quiet']
  const { code, stdout, stderr } = await reproduce(args, { cwd })
  t.match({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, /^sums: RMSE/)
  t.match(stdout, /\n {2}PSiLON +\d\.\d+ ± \d\.\d+ /)
  t.match(stdout, /\n {2}linear +\d\.\d+ {3}/)
  t.ok(readdirSync(join(cwd, 'runs', 'reproduce-tabular')).includes('results.json'))
})

t.test('without --sets every table that fits takes part, the others are named', async (t) => {
  const cwd = t.testdir(tables)
  const none = await reproduce(tabular, { cwd })
  t.match(none, { code: 1, stderr: /\[reproduce\] data has none of the tables cpu_act, .*; --sets names others\n$/ })
  const full = await reproduce(['tabular', ...small], { cwd })
  t.match(full, { code: 1, stderr: /none of the tables in data can take part: sums: it has 4 predictors, expected/ })
})

t.test('figure1 has a curve for each lambda', async (t) => {
  const cwd = t.testdir(tables)
  const args = ['figure1', ...small, '--sets', 'two', '--out', 'run']
  const { code, stdout, stderr } = await reproduce(args, { cwd })
  t.equal(code, 0, stderr)
  t.match(stdout, /\ntwo: validation cross-entropy\n +lambda +lowest +after steps +at the end +rise\n/)
  t.equal(stdout.match(/^ {2}(PSiLON|Standard) +0\.0\d+ +0\.\d+ +\d+ +0\.\d+ +\d+\.\d %$/gm)?.length, 10)
  const { curves } = JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))
  t.equal(curves.length, 10)
  for (const { points, last, lowest } of curves) {
    t.strictSame(
      points.map(({ steps }) => steps),
      [5, 10, 15, 20, 25],
    )
    t.strictSame(last, points[4])
    t.equal(lowest.validation, Math.min(...points.map(({ validation }) => validation)))
  }
  const page = readFileSync(join(cwd, 'run', 'report.html'), 'utf8')
  const panels = page.match(/<figure>.*?<\/figure>/gs) ?? []
  t.strictSame(
    panels.map((panel) => /<h3>(.*?)<\/h3>/.exec(panel)?.[1]),
    ['PSiLON, two', 'Standard, two'],
  )
  const labels = panels.map((panel) => panel.match(/translate\(-6,[\d.]+\)"[^>]*>[\d.]+</g))
  t.ok(labels[0] && labels[0].length >= 2)
  t.strictSame(labels[1], labels[0], 'both panels have one scale')
  for (const panel of panels) t.equal(new Set(panel.match(/var\(--series-\d\)/g)).size, 5, 'a line for each lambda')
  const { code: status, stderr: said } = await reproduce([...args, '--sets', 'three'], { cwd })
  t.match(
    { status, said },
    { status: 1, said: /three cannot take part: its target has 3 classes, expected two classes/ },
  )
})

t.test('wrong usage is refused before anything is computed', async (t) => {
  const cwd = t.testdir(tables)
  const refused = async (args: string[], code: number, stderr: RegExp) => {
    t.match(await reproduce(args, { cwd }), { code, stderr })
    t.notOk(readdirSync(cwd).includes('runs'))
  }
  await refused([...tabular, '--sets', 'sum'], 2, /^\[reproduce\] there is no table "sum" in data; did you mean/)
  await refused([...tabular, '--data', 'no'], 1, /^\[reproduce\] cannot read no: no such file/)
  await refused(
    [...tabular, '--seeds', '0'],
    2,
    /^\[reproduce\] option '--seeds <n>' argument '0' is invalid. Expected an integer from 1 to 1000\.\n$/,
  )
  await refused(
    [...tabular, '--threads', '0'],
    2,
    /option '--threads <n>' argument '0' is invalid. Expected an integer from 1 to 256\.\n$/,
  )
  await refused([...tabular, '--sets', 'sums', '--train-rows', '119'], 1, /sums cannot take part: it has 120 rows/)
  await refused(['table'], 2, /unknown command 'table'/)
  await refused([...tabular, '--quik'], 2, /\[reproduce\] unknown option '--quik'; did you mean --quick\?/)
})

t.test('pruning shows what each way to prune costs at each sparsity that can be had', async (t) => {
  const cwd = t.testdir(tables)
  const pruning = ['pruning', ...small, '--sets', 'sums', '--out', 'run']
  const { code, stdout, stderr } = await reproduce([...pruning, '--sparsities', '0.8,0.5,0.99'], { cwd })
  t.equal(code, 0, stderr)
  t.match(
    stdout,
    /\nsums: RMSE in scaled units of the test rows, 5 inputs; dense \S+; lambda \S+; at most 89\.3 % zeros\n/,
  )
  for (const target of ['50.0 %', '80.0 %']) {
    t.match(stdout, new RegExp(`^  ${target}( +\\d+\\.\\d % +\\d\\S* +[-+]?\\d+\\.\\d %){3}$`, 'm'))
  }
  t.notMatch(stdout, /^ {2}99/m)
  t.match(stdout, /^ {2}rows as they are +\d+\.\d % +\d\S* +[-+]?\d+\.\d %$/m)

  const { sets, cells } = JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))
  t.equal(cells.length, 4 + 3 * 2 + 1)
  for (const { method, target, zeros } of sets[0].pruned) {
    if (target === null) continue
    t.ok(zeros.mean > target - (method === 'magnitude' ? 0.02 : 1e-9), `${method} ${target}: ${zeros.mean}`)
  }
  const dense = cells.filter(({ setting }) => setting.prune === null)
  const chosen = dense.find(({ setting }) => setting.lambda === sets[0].lambdas[0])
  t.equal(chosen.result.scores.validation, Math.min(...dense.map(({ result }) => result.scores.validation)))
  t.equal(sets[0].dense.test.mean, chosen.result.scores.test)
  const page = readFileSync(join(cwd, 'run', 'report.html'), 'utf8')
  t.match(page, '<figcaption><h3>sums</h3>')
  t.match(page, 'multiple of the dense one')

  const quick = await reproduceJson(['tabular', '--quick', ...small, '--sets', 'sums', '--out', 'run'], {
    cwd,
  })
  const again = quick.cells.filter(({ model, setting }) => model === 'psilon' && setting.prune === null)
  t.strictSame(again, dense, 'dense networks are those of the tabular experiment')
})

t.test('sparsities that cannot be are refused', async (t) => {
  const cwd = t.testdir(tables)
  const pruning = ['pruning', ...small, '--sets', 'sums']
  const refused = async (args: string[], stderr: RegExp) =>
    t.match(await reproduce([...pruning, ...args], { cwd }), { code: 2, stderr })
  await refused(
    ['--sparsities', '0.5,1'],
    /--sparsities <shares>' argument '0.5,1' is invalid. Expected numbers above 0 and below 1/,
  )
  await refused(['--sparsities', 'half'], /Expected numbers above 0/)
  await refused(['--epochs', '1'], /--epochs <n>' argument '1' is invalid. Expected an integer from 2 to/)
})

t.test('a page is drawn again from the figures, which are read strictly', async (t) => {
  const cwd = t.testdir({
    run: { 'results.json': JSON.stringify(deepDocument()) },
    other: { 'results.json': '{"command":"measure:accuracy"}' },
    none: {},
  })
  t.match(await reproduce(['report', 'run'], { cwd }), { code: 0, stdout: 'run/report.html\n', stderr: '' })
  const page = readFileSync(join(cwd, 'run', 'report.html'), 'utf8')
  const titles = [...page.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, title]) => title)
  t.strictSame(titles, ['Accuracy', 'Near sparsity', 'Path norm', 'Fashion-MNIST'])
  const refused = async (args: string[], code: number, stderr: RegExp) =>
    t.match(await reproduce(['report', ...args], { cwd }), { code, stdout: '', stderr })
  await refused(['other'], 1, /\[report\] other\/results\.json: command must be one of .*, got "measure:accuracy"/)
  await refused(['run', '--out', 'run/results.json'], 2, /--out is run\/results\.json, expected the path of a page/)
  await refused(['none'], 1, /\[report\] cannot read none\/results\.json: no such file/)
})

t.test('every experiment has a help, and a failure with --json is a document', async (t) => {
  const cwd = t.testdir(tables)
  const help = await reproduce(['--help'], { cwd })
  t.match(help, { code: 0, stderr: '', stdout: /^Usage: npm run reproduce -- / })
  for (const name of ['tabular', 'figure1', 'pruning', 'deep', 'report']) {
    t.match(help.stdout, new RegExp(`^  ${name} `, 'm'))
    t.match((await reproduce([name, '--help'], { cwd })).stdout, /--json +print one JSON document/)
  }
  const { code, stdout, stderr } = await reproduce([...tabular, '--sets', 'sum', '--json'], { cwd })
  t.match({ code, stderr, ...JSON.parse(stdout) }, { code: 2, stderr: '', error: { code: 'ERR_OPTION' } })
  t.match(await reproduce([], { cwd }), { code: 2, stdout: '', stderr: /^Usage: / })
})

t.test('a device that is not there is refused before anything is computed', async (t) => {
  const cwd = t.testdir(tables)
  const end = await reproduce([...tabular, '--device', 'cuda'], { cwd, env: { CUDA_VISIBLE_DEVICES: '' } })
  t.match(end, { code: 1, stderr: /^\[reproduce\] --device cuda cannot be used: / })
  t.notOk(readdirSync(cwd).includes('runs'))
})

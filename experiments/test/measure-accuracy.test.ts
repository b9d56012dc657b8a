import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { mean, sum } from 'd3-array'
import t from 'tap'
import { readDataSets } from '../lib/data/read-data-sets.js'
import { run } from './support/run.js'
import { someTable } from './support/tables.js'

const quick = ['--data', 'data', '--out', 'run', '--epochs', '1', '--members', '2', '--lambdas', '1e-3,1e-2']
const tables = { 'sums.csv': someTable(4000), 'two.csv': someTable(4100, 2), 'few.csv': someTable(3999) }

const measure = (cwd: string, python: string, ...args: string[]) =>
  run('measure-accuracy', args, { cwd, env: { PYTHON: python } })

const resultsIn = (cwd: string) => JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))

t.test('without scikit-learn PSiLON stands alone, which is said', async (t) => {
  const cwd = t.testdir({ data: tables })
  const { stdout, stderr } = await measure(cwd, '/nonexistent/python3', ...quick)
  t.match(stderr, 'few is left out: it has 3999 rows, expected at least 4000')
  t.match(stderr, 'random forest and boosting are left out: there is no /nonexistent/python3; Debian: apt-get install')
  t.match(stdout, /^\| table \| score \|.*\n\| --- .*\n\| sums \| RMSE \|.* - \| - \| - \|.*\n\| two \| log loss \|/)
  t.match(stdout, '\nRandom forest and boosting are left out: there is no /nonexistent/python3')

  const { tables: measured, averageRanks } = resultsIn(cwd)
  t.equal(averageRanks, null)
  for (const { search, pruned, zeros, scaling, lambda, one, ensemble, forest, boosting, ranks } of measured) {
    t.match({ forest, boosting, ranks }, { forest: null, boosting: null, ranks: null })
    t.equal(search.length, 4)
    const validations = search.map(({ scores }) => scores.validation)
    const ofPruned = pruned.map(({ scores }) => scores.validation)
    t.equal(one.validation, Math.min(...validations, ...ofPruned))
    const dense = search.find((each) => each.lambda === lambda && each.scaling === scaling)
    const inScaling = search.filter((each) => each.scaling === scaling).map(({ scores }) => scores.validation)
    t.equal(dense.scores.validation, Math.min(...inScaling))
    t.strictSame(
      pruned.map(({ scaling }) => scaling),
      ['standard', 'asinh'],
    )
    const twin = pruned.find((each) => each.scaling === scaling)
    t.ok(twin.zeros > 0.8)
    const { scores } = zeros > 0.8 ? twin : dense
    t.equal(scores.test, one.test)
    t.equal(ensemble.singles.length, 2)
    t.equal(ensemble.singles[0], one.test)
    t.not(ensemble.singles[1], one.test)
    t.ok(ensemble.test <= (mean(ensemble.singles as number[]) as number), 'both scores are convex in the outputs')
    t.ok(ensemble.bytes > 2 * 4 * 500 * 1000)
  }

  const again = await measure(cwd, '/nonexistent/python3', ...quick)
  t.equal(again.stdout, stdout)
  t.notMatch(again.stderr, /\d\/\d/, 'nothing was trained again')

  const models = join(cwd, 'run', 'models')
  const before = readdirSync(models)
  for (const file of before.filter((name) => name.startsWith('two'))) rmSync(join(models, file))
  const { stdout: whole } = await measure(cwd, '/nonexistent/python3', ...quick)
  const sizes = (page: string) => page.match(/[\d.]+ MB/g)
  t.strictSame(sizes(whole), sizes(stdout), 'what is left of a network without its file is trained again')
  t.equal(readdirSync(models).filter((name) => name.startsWith('two')).length, 2, 'as far as it is needed')
})

/** Greets as a Python with scikit-learn; then scores with sums of the numbers that it reads. */
const standIn = `#!${process.execPath}
const { readFileSync } = require('node:fs')
if (process.argv[2] === '-c') {
  console.log('9.9')
} else {
  const bytes = readFileSync(process.argv[3])
  const begin = bytes.indexOf('\\n') + 1
  const { task, parts } = JSON.parse(bytes.subarray(0, begin))
  let place = begin
  const sum = (count) => {
    let sum = 0
    for (const end = place + 8 * count; place < end; place += 8) sum += bytes.readDoubleLE(place)
    return sum
  }
  const sums = Object.fromEntries(Object.entries(parts).map(([name, [rows, inputs]]) => [name, [sum(rows * inputs), sum(rows)]]))
  const left = bytes.length - place
  console.log(JSON.stringify({ forest: { test: -1, task, parts, sums, left }, boosting: { test: 1e9 } }))
}
`

t.test('forest and boosting see the prepared rows of PSiLON, and the three are ranked', async (t) => {
  const cwd = t.testdir({ data: tables, python3: standIn })
  const python = join(cwd, 'python3')
  chmodSync(python, 0o755)
  const args = [...quick, '--sets', 'two']
  const { stdout } = await measure(cwd, python, ...args)
  const { peers, tables: measured, averageRanks } = resultsIn(cwd)
  t.equal(peers, '9.9')
  const [{ set, forest, ranks }] = measured
  t.match({ set, ranks }, { set: 'two', ranks: { ensemble: 2, forest: 1, boosting: 3 } })
  t.strictSame(averageRanks, ranks)
  t.match(
    stdout,
    'Average rank over 1 table: PSiLON, average of 2: 2.00, forest 1.00, boosting 3.00 (scikit-learn 9.9).',
  )

  const requirements = { trainRows: 2000, tasks: ['binary'], minRows: 4000, minColumns: 1 } as const
  const source = { data: join(cwd, 'data'), names: ['two'] }
  const { train, validation, test } = (await readDataSets('test', source, requirements)).sets[0] as never
  const parts: Record<string, { x: { data: Float64Array; shape: number[] }; y: Float64Array }> = {
    train,
    validation,
    test,
  }
  t.match(forest, { task: 'binary', left: 0 })
  for (const [name, { x, y }] of Object.entries(parts)) {
    t.strictSame(forest.parts[name], x.shape)
    t.ok(Math.abs(forest.sums[name][0] - sum(x.data)) < 1e-6)
    t.equal(forest.sums[name][1], sum(y))
  }

  await measure(cwd, python, ...args)
  t.strictSame(resultsIn(cwd).tables, measured)
})

t.test('what a flag cannot mean is refused', async (t) => {
  const cwd = t.testdir({ data: tables })
  const refused = async (stderr: RegExp, ...args: string[]) =>
    t.match(await measure(cwd, 'python3', ...args), { code: 1, stderr })
  await refused(/--data/)
  await refused(/Expected an integer from 1/, ...quick, '--members', '0')
  await refused(/there is no table "sum" in data; did you mean "?sums/, ...quick, '--sets', 'sum')
  await refused(/\[measure:accuracy\] few cannot take part: it has 3999 rows/, ...quick, '--sets', 'few')
})

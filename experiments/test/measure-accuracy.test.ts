import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findVersions } from '../dist/accuracy/peers.js'
import { run } from './support/run.js'
import { someTable } from './support/tables.js'

const tables = { 'sums.csv': someTable(4100), 'three.csv': someTable(90, 3), 'two.csv': someTable(100, 2) }
const small = ['--options', '{"lambda":0.001,"epochs":1,"hidden":[8]}']
const quick = ['--data', 'data', '--out', 'run', '--splits', 'file,1', ...small]
const models = ['--models', 'paper,linear,xgboost']

/** Greets as a Python with both libraries; then answers with zeros or equal chances, and keeps the header of the rows. */
const standIn = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs')
const [, , , model, rows, predictions] = process.argv
if (model === 'versions') {
  console.log('{"scikit-learn":"9.9","xgboost":"8.8","PyTorch":null}')
} else {
  const bytes = readFileSync(rows)
  const begin = bytes.indexOf('\\n') + 1
  const { classes, inputs, train, test } = JSON.parse(bytes.subarray(0, begin))
  const values = new Float64Array(new Uint8Array(bytes.subarray(begin)).buffer)
  const y = values.subarray(train * inputs, train * inputs + train)
  const left = values.length - (train + test) * inputs - train
  const largest = y.reduce((max, value) => Math.max(max, value))
  writeFileSync(predictions, new Float64Array(test * Math.max(1, classes)).fill(classes === 0 ? 0 : 1 / classes))
  console.log(JSON.stringify({ setting: { classes, inputs, train, test, left, largest }, seconds: 2, bytes: 7 }))
}
`

function folder(t: Test, python = standIn): { cwd: string; python: string } {
  const cwd = t.testdir({ data: tables, python3: python, 'package.json': '{ "type": "commonjs" }' })
  chmodSync(join(cwd, 'python3'), 0o755)
  return { cwd, python: join(cwd, 'python3') }
}

const measure = ({ cwd, python }: { cwd: string; python: string }, args: readonly string[], interruptAt?: string) =>
  run('measure-accuracy', args, { cwd, env: { PYTHON: python }, interruptAt })

const resultsIn = (cwd: string) => JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))

t.test('every model learns from the same rows of every table, and the models are ranked', async (t) => {
  const place = folder(t)
  const { code, stdout, stderr } = await measure(place, [...quick, ...models])
  t.equal(code, 0, stderr)
  const { splits, absent, failed, machine, tables, comparisons, fits } = resultsIn(place.cwd)
  t.match({ splits, absent, failed }, { splits: ['file', 1], absent: [], failed: [] })
  t.match(machine, { threads: 1, versions: { 'scikit-learn': '9.9', xgboost: '8.8' } })
  t.equal(fits.length, 3 * 2 * 3)
  t.strictSame(
    tables.map(({ table, task, rows }) => [table, task, rows.train, rows.test]),
    [
      ['sums', 'regression', 2000, 2100],
      ['three', 'classes', 63, 27],
      ['two', 'binary', 70, 30],
    ],
  )
  for (const { table, model, score, accuracy, seconds, bytes, setting } of fits) {
    t.equal(accuracy === null, table === 'sums')
    if (model === 'paper')
      t.match(
        { seconds: seconds > 0, size: bytes > 500, hidden: setting.hidden },
        { seconds: true, size: true, hidden: [8] },
      )
    else t.match({ seconds, bytes }, { seconds: 2, bytes: 7 })
    if (model !== 'paper' && table !== 'sums') t.ok(Math.abs(score - Math.log(table === 'two' ? 2 : 3)) < 1e-12)
  }
  const given = fits.filter(({ model, split }) => model === 'linear' && split === 1).map(({ setting }) => setting)
  t.match(given, [
    { classes: 3, inputs: 5, train: 63, test: 27, left: 0, largest: 2 },
    { classes: 2, inputs: 5, train: 70, test: 30, left: 0, largest: 1 },
    { classes: 0, inputs: 5, train: 2000, test: 2100, left: 0 },
  ])
  t.strictSame(
    comparisons.map(({ splits, tables, complete }) => [splits, tables, complete]),
    [
      [['file', 1], 3, 6],
      [[1], 3, 3],
      [['file'], 3, 3],
    ],
  )
  const [{ standings }] = comparisons
  t.equal(standings[1].rank, standings[2].rank, 'equal scores share a rank')
  t.match(stdout, /^Over 3 tables, 6 splits of them in all:\n\n\| model \| mean rank \| relative score \|/)
  t.match(stdout, /\n\| model \| file, 1 \| 1 \| file \|\n/)
  t.match(stdout, /\n\| sums \| RMSE \| 2000 \| 2100 \| .* ± .* \|\n\| three \| log loss \|/)
  t.match(stdout, /\nAccuracy:\n\n\| table \| paper \| linear \| xgboost \|\n.*\n\| three \|/)
})

t.test('what is finished is kept, each fit in a file of its own', async (t) => {
  const place = folder(t)
  const fits = join(place.cwd, 'run', 'fits')
  const two = [...quick, '--sets', 'two,three']
  const models = ['--models', 'paper,xgboost']
  const end = await measure(place, [...two, ...models], '3/8')
  t.match({ code: end.code, stdout: end.stdout }, { code: 130, stdout: '' })
  t.match(end.stderr, 'cancelled; the same command goes on from here')
  t.notOk(existsSync(join(place.cwd, 'run', 'results.json')))
  t.ok(existsSync(join(fits, 'three', 'file', 'xgboost.json')))

  const shown = await measure(place, [...two, ...models, '--kept'])
  t.match(shown, { code: 0, stdout: /^Over 1 table, 1 split of them in all:/ })
  t.notOk(existsSync(join(fits, 'two', '1')))

  const whole = await measure(place, [...two, ...models])
  t.notMatch(whole.stderr, ' 2/8 ')
  t.match(whole.stderr, ' 8/8 two 1 xgboost: ')
  t.strictSame(readdirSync(join(fits, 'two', '1')), ['paper.json', 'xgboost.json'])
  t.match(JSON.parse(readFileSync(join(fits, 'two', '1', 'paper.json'), 'utf8')), {
    fit: { table: 'two', split: 1, model: 'paper', options: { lambda: 0.001, epochs: 1, hidden: [8] } },
  })

  const again = await measure(place, [...two, ...models])
  t.equal(again.stdout, whole.stdout)
  t.notMatch(again.stderr, /\d\/8/, 'nothing is computed again')
  const some = await measure(place, [...two, '--models', 'xgboost'])
  t.notMatch(some.stderr, /\d\/4/)
  t.match(some.stdout, /^Over 2 tables, 4 splits .*\n\n.*\n.*\n\| xgboost \| 1.00 \| 1.000 ± 0 \|/)

  const other = await measure(place, [...two, '--models', 'paper', '--options', '{"epochs":2}'])
  t.match(other, { code: 1, stderr: /paper\.json holds the result of other rows or options; remove it/ })
  writeFileSync(join(fits, 'two', 'file', 'paper.json'), '{}')
  t.match(await measure(place, [...two, ...models]), {
    code: 1,
    stderr: /paper\.json does not hold the result of a fit/,
  })
  rmSync(join(fits, 'two', 'file', 'paper.json'))
  t.equal((await measure(place, [...two, ...models])).code, 0)
})

t.test('without Python PSiLON stands alone, which is said', async (t) => {
  const place = { ...folder(t), python: '/nonexistent/python3' }
  const { stdout, stderr } = await measure(place, [...quick, ...models, '--sets', 'two'])
  t.match(stderr, 'linear is left out: there is no /nonexistent/python3; Debian: apt-get install python3-sklearn')
  t.match(stdout, /\n\| table \| score \| train \| test \| paper \|\n/)
  t.strictSame(
    resultsIn(place.cwd).absent.map(({ model }) => model),
    ['linear', 'xgboost'],
  )
})

t.test('what Python lacks is left out, with what to install', async (t) => {
  const { code, stderr } = await measure(folder(t), [...quick, '--models', 'linear,realmlp', '--sets', 'two'])
  t.equal(code, 0)
  t.match(stderr, /realmlp is left out: \S+ has no PyTorch; Debian: apt-get install python3-torch\n/)
})

t.test('a fit that fails is named, and the others go on', async (t) => {
  const place = folder(t, standIn.replace('const bytes =', "if (model === 'forest') process.exit(1)\n  const bytes ="))
  const { code, stdout, stderr } = await measure(place, [...quick, '--models', 'linear,forest', '--sets', 'two'])
  t.equal(code, 1)
  t.match(stderr, ' 2/4 two file forest: failed: ')
  t.match(stdout, /^Over 1 table, 2 splits of them in all:\n\n.*\n.*\n\| linear \| 1.00 \|/)
  t.match(resultsIn(place.cwd).failed, [{ table: 'two', split: 'file', model: 'forest' }, { split: 1 }])
})

const versions = await findVersions()
const without = (...libraries: ('scikit-learn' | 'PyTorch')[]) =>
  libraries.some((library) => typeof versions === 'string' || versions[library] === null) &&
  `there is no ${libraries.join(' or no ')}`
const { PYTHON: python = '/usr/bin/python3' } = process.env

t.test('scikit-learn learns what is linear', { skip: without('scikit-learn') }, async (t) => {
  const place = { ...folder(t), python }
  const { code, stderr } = await measure(place, [...quick, '--models', 'linear', '--sets', 'two,three'])
  t.equal(code, 0, stderr)
  for (const { score, accuracy, seconds, bytes } of resultsIn(place.cwd).fits) {
    t.ok(score < 0.5 && accuracy > 0.8)
    t.ok(seconds > 0 && bytes > 100)
  }
})

t.test('RealMLP learns from numbers, marks and categories', { skip: without('scikit-learn', 'PyTorch') }, async (t) => {
  // one column of each kind of input, each with a part of the target; a value that is the same but for one row
  const row = (k: number) => {
    const [number, pair, few, many] = [(k * 37) % 101, k % 2, k % 3, (k * 7) % 12]
    const sum = (number - 50) / 25 + pair + (few === 1 ? 2 : 0) + (many > 5 ? -2 : 0)
    return { sum, cells: [k % 5 === 4 ? '' : number, `p${pair}`, `f${few}`, `m${many}`, k === 3 ? 1 : 0] }
  }
  const csv = (target: (sum: number) => unknown) =>
    [
      'number,pair,few,many,rare,target',
      ...[...Array(300).keys()].map(row).map(({ sum, cells }) => [...cells, target(sum)]),
    ]
      .map(String)
      .join('\n')
  const cwd = t.testdir({
    data: { 'class.csv': csv((sum) => (sum > 0 ? 'yes' : 'no')), 'value.csv': csv((sum) => sum) },
  })
  const { code, stderr } = await measure({ cwd, python }, [...quick, '--models', 'realmlp', '--splits', 'file'])
  t.equal(code, 0, stderr)
  const [{ score, accuracy }, { score: error }] = resultsIn(cwd).fits
  t.ok(accuracy > 0.9 && score < 0.2, `${accuracy}, ${score}`)
  t.ok(error < 0.2, `${error}`)
})

t.test('what a flag cannot mean is refused', async (t) => {
  const place = folder(t)
  const refused = async (stderr: RegExp, ...args: string[]) => t.match(await measure(place, args), { code: 1, stderr })
  await refused(/--data/)
  await refused(/Expected file or integers from 1/, ...quick, '--splits', 'file,0')
  await refused(/Expected an object as JSON/, ...quick, '--options', '[1]')
  await refused(/there is no table "sum" in data; did you mean "?sums/, ...quick, '--sets', 'sum')
  await refused(/there is no model "linea"; did you mean "linear"/, ...quick, '--models', 'linea')
})

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTable } from 'psilon'
import t, { type Test } from 'tap'
import { bundled } from '../support/houses.js'
import { psilonInOneProcess } from './in-one-process.js'
import { psilon, psilonJson } from './run.js'

const base = { preset: 'paper', epochs: 20, hidden: 6, learningRate: 0.02 }
const grid = { lambda: [1e-3, 0.1], depth: [1, 2] }
const spec = { data: 'tables/cancer.csv', target: 'target', base, grid, folds: 3 }

/** A folder with a spec, and its table beside it. */
function withSpec(t: Test, own: object = spec): string {
  const cwd = t.testdir()
  mkdirSync(join(cwd, 'tables'))
  writeFileSync(join(cwd, 'tables/cancer.csv'), readFileSync(bundled('breast_cancer.csv')))
  writeFileSync(join(cwd, 'spec.json'), JSON.stringify(own))
  return cwd
}

/** The document without what depends on time. */
const timeless = (text: string) => text.replace(/"(seconds|known|front)":[\w.-]+/g, '')

t.test('settings are printed, the best first, and files are written', async (t) => {
  const cwd = withSpec(t)
  const args = [
    'sweep',
    'spec.json',
    '--out',
    'results',
    '--csv',
    'trials.csv',
    '--report',
    'sweep.html',
    '--threads',
    '2',
  ]
  const { code, stdout, stderr } = await psilon(args, { cwd })
  t.equal(code, 0, stderr)
  const lines = stdout.split('\n')
  t.match(lines.slice(0, 5), [
    /^table +cancer\.csv: 569 rows, 31 columns$/,
    /^target +target: classification, the target has two different values$/,
    /^sweep +4 settings of lambda, depth; 3 folds, 1 seed$/,
    /^trials +12 on 2 threads, compared by log loss$/,
    /^store +results: 0 of 12 trials are in it$/,
  ])
  t.match(lines[6], /^lambda +depth +log loss +standard error +path norm +weights +time *$/)
  const losses = lines.slice(7, 11).map((line) => Number(line.split(/ +/)[2]))
  t.strictSame(
    losses,
    losses.toSorted((a, b) => a - b),
  )
  t.match(lines[7], /best$/)
  t.match(stdout, /\n12 trials in .*\ntrials\.csv: a line for each trial\nsweep\.html: all of this as a page\n$/)
  t.match(stderr, /^ 10% .*trial 2\/12 .*log loss 0\.\d+ +lambda /m)
  t.equal(stderr.trimEnd().split('\n').length, 10)
  t.match(stderr, /^100% .* trial 12\/12 /m)
  t.equal((await readTable(join(cwd, 'trials.csv'))).rows, 12)
  t.match(readFileSync(join(cwd, 'sweep.html'), 'utf8'), /<h1>Sweep of target<\/h1>/)
  t.equal(readdirSync(join(cwd, 'results/trials')).length, 12)
})

t.test('a second time everything is in the store', async (t) => {
  const cwd = withSpec(t)
  const first = await psilonJson(['sweep', 'spec.json', '--out', 'results'], { cwd })
  t.match(first, { command: 'sweep', planned: 12, known: 0, files: { store: 'results', csv: null, report: null } })
  const second = await psilonJson(['sweep', 'spec.json', '--out', 'results'], { cwd })
  t.strictSame({ ...second, known: 0, seconds: 0 }, { ...first, known: 0, seconds: 0 })
  t.equal(second.known, 12)
  const { stdout, stderr } = await psilon(['sweep', 'spec.json', '--out', 'results'], { cwd })
  t.match(stdout, /^store +results: 12 of 12 trials are in it$/m)
  t.equal(stderr, '')
  const quiet = await psilon(['sweep', 'spec.json', '--out', 'results', '--quiet'], { cwd })
  t.match(quiet.stdout, /^lambda +depth/)
})

let neverStopped: object | undefined

/** Runs the sweep to its end after it was stopped, and compares with one that never was. */
async function continues(t: Test, cwd: string) {
  const kept = readdirSync(join(cwd, 'results/trials')).filter((name) => name.endsWith('.json')).length
  t.ok(kept > 0 && kept < 12, `${kept} results`)
  const continued = await psilonJson(['sweep', 'spec.json', '--out', 'results', '--threads', '3'], { cwd })
  t.equal(continued.known, kept)
  neverStopped ??= (await psilonJson(['sweep', 'spec.json', '--threads', '1'], { cwd })) as object
  const plain = (document: object) => timeless(JSON.stringify({ ...document, files: null }))
  t.equal(plain(continued), plain(neverStopped))
  t.strictSame(
    readdirSync(join(cwd, 'results/trials')).filter((name) => !name.endsWith('.json')),
    [],
  )
}

t.test('Ctrl-C ends it, and the same command continues', async (t) => {
  const cwd = withSpec(t)
  const args = ['sweep', 'spec.json', '--out', 'results', '--threads', '1']
  const { code, signal, stdout, stderr } = await psilon(args, { cwd, interruptAt: ' 30%' })
  t.strictSame({ code, signal }, { code: 130, signal: null })
  t.match(
    stderr,
    /\npsilon: cancelling; press Ctrl-C again to end at once\npsilon: \[sweep\] cancelled with \d+ of 12 trials finished; they are in results; the same command continues\n$/,
  )
  t.notMatch(stdout, 'best')
  await continues(t, cwd)
  const lost = await psilon(['sweep', 'spec.json', '--threads', '1'], { cwd, interruptAt: ' 30%' })
  t.match(lost, { code: 130, stderr: /they are not kept, as --out was not given\n$/ })
})

t.test('killed at any moment, it continues', async (t) => {
  for (const text of [' 10%', ' 50%']) {
    const cwd = withSpec(t)
    const args = ['sweep', 'spec.json', '--out', 'results', '--threads', '2']
    t.match(await psilon(args, { cwd, interruptAt: text, signal: 'SIGKILL' }), { code: null, signal: 'SIGKILL' })
    await continues(t, cwd)
  }
})

t.test('damaged results are named, and run again', async (t) => {
  const cwd = withSpec(t)
  const args = ['sweep', 'spec.json', '--out', 'results', '--quiet']
  const { stdout } = await psilon(args, { cwd })
  const names = readdirSync(join(cwd, 'results/trials'))
  for (const name of names.slice(0, 5)) writeFileSync(join(cwd, 'results/trials', name), '{}')
  const again = await psilon(args, { cwd })
  t.match(
    again.stderr,
    /^(psilon: warning: results\/trials\/\w+\.json is not the result of its trial; its trial runs again\n){3}psilon: warning: 2 more results cannot be used; --json has all\n$/,
  )
  const scores = (text: string) => text.split('\n').map((line) => line.split(/ +/).slice(0, 6))
  t.strictSame(scores(again.stdout), scores(stdout))
})

t.test('failed trials are named; if all fail, so does the command', async (t) => {
  const rates = { lambda: [0.1], learningRate: [0.01, 1e30] }
  const cwd = withSpec(t, { ...spec, base: { ...base, schedule: 'constant', learningRate: undefined }, grid: rates })
  const some = await psilon(['sweep', 'spec.json', '--quiet'], { cwd })
  t.equal(some.code, 0)
  t.match(some.stdout, /3 of 3\n/)
  t.match(some.stdout, /\nfailed: lambda 0\.1, learningRate 1e\+30, fold 0, seed 0: .* non-finite .*\n/)
  writeFileSync(
    join(cwd, 'spec.json'),
    JSON.stringify({ ...spec, base: { ...base, schedule: 'constant', learningRate: 1e30 } }),
  )
  const all = await psilon(['sweep', 'spec.json', '--quiet', '--report', 'sweep.html'], { cwd })
  t.equal(all.code, 1)
  t.match(all.stderr, /^psilon: \[sweep\] all 12 trials failed; the first: .*non-finite/)
  t.match(all.stdout, /12 of 12|3 of 3/)
  t.ok(existsSync(join(cwd, 'sweep.html')))
  const json = await psilon(['sweep', 'spec.json', '--json'], { cwd })
  t.match(
    { ...json, stdout: JSON.parse(json.stdout) },
    { code: 1, stderr: '', stdout: { best: null, error: { code: 'ERR_NON_FINITE' } } },
  )
})

const wrong: [own: unknown, code: number, message: RegExp | string][] = [
  ['{ "data": 1, }', 2, /^\[sweep\] spec\.json is not JSON: .*\n$/],
  ['{ "data": "a.csv", "data": "b.csv" }', 2, '[sweep] spec.json has the key "data" twice\n'],
  ['[]', 2, '[sweep] spec.json: the spec must be an object, got an array of 0\n'],
  [{ ...spec, store: 'x' }, 2, /^\[sweep\] spec\.json: unknown option "store"/],
  [{ ...spec, data: 'none.csv' }, 1, /^\[sweep\] cannot read .*none\.csv: no such file\n$/],
  [
    { ...spec, data: 'spec.json' },
    1,
    '[sweep] spec.json is a JSON text, expected a CSV or Parquet file; save the table as CSV\n',
  ],
  [{ ...spec, target: 'targit' }, 2, '[sweep] target "targit" is not a column of the table; did you mean "target"?\n'],
  [
    { ...spec, grid: { lambda: [-1], lamda: [1] } },
    2,
    '[sweep] 2 faults: (1) grid: unknown option "lamda"; did you mean "lambda"?; (2) grid.lambda[0] must be a number at least 0, got -1\n',
  ],
]

t.test('wrong specs are one line on stderr', async (t) => {
  const cwd = withSpec(t)
  for (const [k, [own]] of wrong.entries())
    writeFileSync(join(cwd, `spec-${k}.json`), typeof own === 'string' ? own : JSON.stringify(own))
  const ends = await psilonInOneProcess(
    wrong.map((_, k) => ['sweep', `spec-${k}.json`, '--out', 'results']),
    { cwd },
  )
  for (const [k, [, code, message]] of wrong.entries()) {
    const { stdout, stderr, ...end } = ends[k]
    t.match({ code: end.code, stdout }, { code, stdout: '' }, stderr)
    t.match(stderr.replace(/^psilon: /, '').replaceAll(`spec-${k}.json`, 'spec.json'), message)
  }
  t.notOk(existsSync(join(cwd, 'results')), 'nothing was made')
})

t.test('files that cannot be written are named before anything runs', async (t) => {
  const cwd = withSpec(t)
  const cases: [args: string[], message: string][] = [
    [['none.json'], '[sweep] cannot read none.json: no such file'],
    [['spec.json', '--csv', 'no/trials.csv'], '[sweep] cannot write no/trials.csv: the folder no is missing'],
    [['spec.json', '--report', 'spec.json'], '[sweep] --report is spec.json, which is the spec, expected another file'],
    [
      ['spec.json', '--csv', 'tables/cancer.csv'],
      '[sweep] --csv is tables/cancer.csv, which is the table, expected another file',
    ],
    [
      ['spec.json', '--out', 'tables'],
      '[sweep] the folder tables holds cancer.csv, expected an empty folder or one in which psilon keeps a sweep',
    ],
    [['spec.json', '--threads', '0'], '[sweep] --threads must be an integer from 1 to 256, got 0'],
  ]
  const ends = await psilonInOneProcess(
    cases.map(([args]) => ['sweep', ...args]),
    { cwd },
  )
  for (const [k, [, message]] of cases.entries()) t.match(ends[k], { stdout: '', stderr: `psilon: ${message}\n` })
})

t.test('a spec in another folder finds its table; a table may be in the spec', async (t) => {
  const cwd = withSpec(t, { ...spec, grid: { lambda: [1] }, folds: 2 })
  const document = await psilonJson(['sweep', join(cwd, 'spec.json')])
  t.match(document, { file: 'cancer.csv', planned: 2 })
  const data = Array.from({ length: 20 }, (_, k) => ({ a: k % 7, b: (k * k) % 11, y: (k % 7) + 0.5 * ((k * k) % 11) }))
  writeFileSync(join(cwd, 'spec.json'), JSON.stringify({ ...spec, data, target: 'y', grid: { lambda: [1] } }))
  t.match(await psilonJson(['sweep', 'spec.json'], { cwd }), { file: null, task: 'regression', table: { rows: 20 } })
})

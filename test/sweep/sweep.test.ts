import {
  PsilonClassifier,
  PsilonRegressor,
  readTable,
  type SweepGrid,
  type SweepOptions,
  type SweepSummary,
  sweep,
  sweepCsv,
} from 'psilon'
import t from 'tap'
import { Divisions } from '#psilon/sweep/data.js'
import { planSweep } from '#psilon/sweep/plan.js'
import { bundled } from '../support/houses.js'
import { refusal } from '../support/refusal.js'
import { classes, small, values } from './tables.js'

const spec = {
  ...{ data: values(), target: 'y', base: small, folds: 3, seeds: 2 },
  grid: { lambda: [1e-3, 0.1], hidden: [4, 7] },
} satisfies SweepOptions

/** What is the same in every run: all but durations and what depends on them. */
function figures({ trials, settings, best }: SweepSummary) {
  return {
    best,
    trials: trials.map(({ measured, ...trial }) => ({ ...trial, measured: measured && { ...measured, seconds: 0 } })),
    settings: settings.map((each) => ({ ...each, seconds: 0, front: false })),
  }
}

t.test('each trial is what its estimator gives on the parts of its fold', async (t) => {
  const summary = await sweep(spec)
  t.match(summary, { task: 'regression', metric: 'rmse', higherIsBetter: false, folds: 3, seeds: [0, 1], planned: 24 })
  t.equal(summary.trials.length, 24)
  t.strictSame(
    summary.trials.slice(0, 5).map(({ setting, fold, seed }) => [setting, fold, seed]),
    [
      [0, 0, 0],
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
      [0, 1, 0],
    ],
  )
  const { data } = await planSweep(spec)
  const divisions = new Divisions(data)
  for (const { options, seed, fold, measured } of summary.trials.slice(0, 24).filter((_, k) => k % 5 === 0)) {
    const { train, test } = divisions.part(seed, fold)
    const model = new PsilonRegressor({ ...options, seed })
    const { epochs } = await model.fit(train, { target: 'y' })
    const { rows, rmse, mae, r2, scaledRmse } = await model.evaluate(test)
    t.equal(rows, 20)
    t.strictSame(measured?.scores, { rmse, mae, r2, scaledRmse })
    t.equal(measured?.pathNorm, model.pathNorm())
    t.equal(measured?.epochs, epochs.length)
    const weights = Object.entries(model.network.parameters).flatMap(([name, { data }]) =>
      /\.v$/.test(name) ? [...data] : [],
    )
    t.equal(measured?.weights, weights.filter((weight) => weight !== 0).length)
  }
})

t.test('folds divide the rows, and another seed divides them otherwise', async (t) => {
  const { data } = await planSweep(spec)
  const divisions = new Divisions(data)
  const text = (row: number, table: { columns: readonly unknown[][] }) => String(table.columns[0]?.[row])
  const rowsOf = (table: { rows: number; columns: readonly unknown[][] }) =>
    Array.from({ length: table.rows }, (_, row) => text(row, table))
  const all = values()
    .map(({ a }) => String(a))
    .sort()
  for (const seed of [0, 1]) {
    const folds = [0, 1, 2].map((fold) => divisions.part(seed, fold))
    t.strictSame(folds.flatMap(({ test }) => rowsOf(test)).sort(), all)
    for (const { train, test } of folds) t.strictSame([...rowsOf(train), ...rowsOf(test)].sort(), all)
  }
  t.notSame(rowsOf(divisions.part(0, 0).test), rowsOf(divisions.part(1, 0).test))
})

t.test('the same scores with any number of threads, each trial finished once', async (t) => {
  const [one, two, five] = await Promise.all([1, 2, 5].map((threads) => sweep({ ...spec, threads })))
  t.strictSame(figures(two as SweepSummary), figures(one as SweepSummary))
  t.strictSame(figures(five as SweepSummary), figures(one as SweepSummary))
  const seen: string[] = []
  for await (const { key, done, planned } of sweep({ ...spec, threads: 3 })) {
    seen.push(key)
    t.strictSame([done, planned], [seen.length, 24])
  }
  t.strictSame(seen.sort(), (one as SweepSummary).trials.map(({ key }) => key).sort())
})

t.test('a table has the same trials as file, rows and columns; other data, options, seeds have others', async (t) => {
  const rows = values()
  const csv = `a,b,y\n${rows.map(({ a, b, y }) => `${a},${b},${y}`).join('\n')}\n`
  const file = `${t.testdir({ 'y.csv': csv })}/y.csv`
  const columns = { a: rows.map(({ a }) => a), b: rows.map(({ b }) => b), y: rows.map(({ y }) => y) }
  const keys = async (given: object) => (await planSweep({ ...spec, ...given })).trials.map(({ key }) => key)
  const known = await keys({})
  t.equal(new Set(known).size, 24)
  t.strictSame(await keys({ data: file }), known)
  t.strictSame(await keys({ data: columns }), known)
  t.strictSame(await keys({ data: await readTable(file) }), known)
  t.strictSame(await keys({ metric: 'mae' }), known, 'a result has all scores')
  t.strictSame(await keys({ seeds: [0, 1] }), known)
  const { preset, ...base } = small
  t.strictSame(await keys({ base: { ...base, device: 'cpu', preset } }), known, 'in any order')
  const others = [
    { data: [...rows.slice(1), ...rows.slice(0, 1)] },
    { data: rows.map((row) => ({ ...row, c: 1 })) },
    { seeds: [2, 3] },
    { base: { ...small, epochs: 21 } },
    { folds: 4 },
    { target: 'a' },
    { test: 0.3, folds: undefined },
  ]
  for (const other of others) {
    const shared = (await keys(other)).filter((key) => known.includes(key))
    t.equal(shared.length, 0, JSON.stringify(Object.keys(other)))
  }
  const wider = await keys({ grid: { ...spec.grid, lambda: [1e-3, 1, 0.1] } })
  t.equal(wider.filter((key) => known.includes(key)).length, 24, 'a wider grid has those of the narrower one')
})

t.test('the summary has means over folds and seeds', async (t) => {
  const { settings, trials, best } = await sweep(spec)
  settings.forEach((each, k) => {
    const own = trials.filter(({ setting }) => setting === k).map(({ measured }) => measured?.scores.rmse as number)
    const mean = own.reduce((sum, value) => sum + value / own.length, 0)
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2 / (own.length - 1), 0)
    t.equal(own.length, 6)
    t.ok(Math.abs((each.score as number) - mean) < 1e-12)
    t.ok(Math.abs((each.standardError as number) - Math.sqrt(variance / 6)) < 1e-12)
    t.equal(each.scores.rmse, each.score)
    t.strictSame(each.setting, { lambda: [1e-3, 0.1][k >> 1], hidden: [4, 7][k & 1] })
    t.match(each.options, { ...small, device: 'cpu', ...each.setting })
  })
  const scores = settings.map(({ score }) => score as number)
  t.equal(best, scores.indexOf(Math.min(...scores)))
})

t.test('classes: stratified folds, log loss, and a class with a single row always trains', async (t) => {
  const data = [...classes(), { a: 3, b: 3, kind: 'once' }]
  const options = { data, target: 'kind', base: small, grid: { lambda: [1e-3] }, folds: 4 } satisfies SweepOptions
  const summary = await sweep(options)
  t.match(summary, { task: 'classification', metric: 'logLoss' })
  t.ok(summary.trials.every(({ error }) => error === null))
  const divisions = new Divisions((await planSweep(options)).data)
  const low = classes().filter(({ kind }) => kind === 'low').length
  for (const fold of [0, 1, 2, 3]) {
    const { train, test } = divisions.part(0, fold)
    t.ok(train.columns[2]?.includes('once') && !test.columns[2]?.includes('once'))
    const held = test.columns[2]?.filter((kind) => kind === 'low').length as number
    t.ok(Math.abs(held - low / 4) < 1)
  }
  await t.rejects(sweep({ ...options, metric: 'auc' }), {
    code: 'ERR_OPTION',
    message: /more than two classes, got "auc"$/,
  })
  const two = await sweep({ ...options, data: classes(), metric: 'auc' })
  const [only] = two.settings
  t.ok(two.higherIsBetter && (only?.score as number) > 0.5)
})

t.test('more of a score is better where it is', async (t) => {
  const { settings, best } = await sweep({ ...spec, metric: 'r2' })
  const scores = settings.map(({ score }) => score as number)
  t.equal(best, scores.indexOf(Math.max(...scores)))
})

t.test('one share of the rows can judge instead of folds', async (t) => {
  const { trials, settings, folds } = await sweep({ ...spec, folds: undefined, test: 0.25, seeds: [7] })
  t.equal(folds, 1)
  t.equal(trials.length, 4)
  t.ok(settings.every(({ standardError, score }) => standardError === null && score !== null))
})

t.test('a setting that fails does not end the sweep', async (t) => {
  // a rate so large that weights overflow
  const grid = { learningRate: [1e-2, 1e30] }
  const { trials, settings, best, stopped } = await sweep({ ...spec, base: { ...small, schedule: 'constant' }, grid })
  t.equal(stopped, 'completed')
  t.match(settings, [
    { failures: 0, trials: 6 },
    { failures: 6, trials: 6, score: null, pathNorm: null, seconds: null, front: false },
  ])
  t.equal(best, 0)
  const failed = trials.filter(({ error }) => error !== null)
  t.equal(failed.length, 6)
  for (const { error, measured } of failed) {
    t.equal(measured, null)
    t.match(error, { code: 'ERR_NON_FINITE', message: /learning rate 1e\+30/ })
  }
})

t.test('options of every kind can be swept, nested ones and choices too', async (t) => {
  const grid: SweepGrid = {
    kind: ['mlp', 'resnet'],
    encoding: ['standard', 'rank-normal'],
    dtype: ['float64'],
    ensemble: [2],
    'prune.sparsity': [0.3],
    regularizer: ['l2'],
    loss: ['huber'],
    ignore: [[], ['b']],
  }
  const { trials } = await sweep({ ...spec, grid, folds: 2, seeds: 1 })
  t.equal(trials.length, 16)
  for (const { measured, options } of trials) {
    t.match(measured, { members: 2, encoding: options.encoding, hidden: 6 })
  }
})

t.test('ERR_MEMORY ends the sweep, and says with which setting', async (t) => {
  const grid = { hidden: [4, 1_000_000] }
  await t.rejects(sweep({ ...spec, base: { ...small, depth: 2 }, grid }), {
    code: 'ERR_MEMORY',
    message: /^\[sweep\] with .*hidden 1000000.*: needs .* is available$/,
  })
})

t.test('cancelled, a sweep gives the trials that have finished', async (t) => {
  const run = sweep({ ...spec, threads: 1 })
  for await (const { done } of run) if (done === 5) run.cancel()
  const { stopped, trials, planned, best } = await run
  t.equal(stopped, 'cancelled')
  t.ok(trials.length >= 5 && trials.length < planned)
  t.equal(best, null)
  t.strictSame(figures({ ...(await sweep(spec)) }).trials.slice(0, 5), figures({ ...(await run) }).trials.slice(0, 5))
})

t.test('an aborted signal rejects the run, with what has finished', async (t) => {
  const abort = new AbortController()
  const run = sweep({ ...spec, threads: 1, signal: abort.signal })
  const seen = (async () => {
    for await (const { done } of run) if (done === 2) abort.abort('enough')
  })()
  const error = await refusal(run)
  await t.rejects(seen)
  t.match(error, { code: 'ERR_CANCELLED', message: '[sweep] cancelled by its signal', cause: 'enough' })
  t.ok((error.details.history as SweepSummary).trials.length >= 2)
  await t.rejects(sweep({ ...spec, signal: AbortSignal.abort() }), {
    message: '[sweep] cancelled by its signal before it began',
  })
})

t.test('JavaScript of the caller goes on', async (t) => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await sweep({ ...spec, threads: 1 })
  clearInterval(timer)
  t.ok(turns > 0)
})

t.test('CSV has a line for each trial', async (t) => {
  const summary = await sweep({
    ...spec,
    grid: { hidden: [[5, 3]], lambda: ['auto'], learningRate: [1e-2, 1e30] },
    base: { ...small, schedule: 'constant', lambdas: [0.1] },
  })
  const table = await readTable(`${t.testdir({ 'trials.csv': sweepCsv(summary) })}/trials.csv`)
  const cell = (name: string, row: number) => table.columns[table.names.indexOf(name)]?.[row]
  t.equal(table.rows, 12)
  for (const [row, { setting, seed, fold, key, measured, error }] of summary.trials.entries()) {
    t.strictSame(
      [cell('setting', row), cell('seed', row), cell('fold', row), cell('key', row)],
      [setting, seed, fold, key],
    )
    t.strictSame([cell('hidden', row), cell('lambda', row)], ['[5,3]', 'auto'])
    t.equal(cell('rmse', row), measured?.scores.rmse ?? null)
    t.equal(cell('fitted.lambda', row), measured?.lambda ?? null)
    t.equal(cell('error', row), error === null ? null : `${error.code}: ${error.message}`)
  }
  t.equal(summary.trials.filter(({ error }) => error !== null).length, 6)
})

t.test('a bundled table, by random search', async (t) => {
  const random = { settings: 3, lambda: { from: 1e-4, to: 1, log: true }, hidden: [4, 8] }
  const { settings, trials } = await sweep({
    data: bundled('wine.csv'),
    target: 'target',
    base: small,
    random,
    folds: 2,
  })
  t.equal(trials.length, 6)
  const [first] = trials
  const model = new PsilonClassifier({ ...first?.options, seed: 0 })
  t.match(model.options, settings[0]?.setting as object)
})

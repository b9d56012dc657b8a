import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, type PsilonClassifier, type PsilonRegressor } from 'psilon'
import t, { type Test } from 'tap'
import { readTable } from '#psilon/tables/table.js'
import { bundled, csvOf, someHouses } from '../support/houses.js'
import { psilon, psilonJson, small } from './run.js'

const houses = someHouses(200)
const near = (found: number, expected: number) => Math.abs(found - expected) <= 1e-9 * Math.abs(expected)

/** A folder with houses.csv, of rows with a constant column, a key, and a missing age in every tenth. */
function folderOf(t: Test): string {
  const rows = houses.map((house, i) => ({ id: `h${i}`, unit: 'm', ...house, age: i % 10 === 0 ? '' : house.age }))
  return t.testdir({ 'houses.csv': csvOf(rows) })
}
const onHouses = ['train', 'houses.csv', '--target', 'price', '--ignore', 'id', ...small]

t.test('tells what it does, then the scores, and writes the model', async (t) => {
  const folder = folderOf(t)
  const { code, stdout, stderr } = await psilon([...onHouses, '--epochs', '50', '--out', 'm.safetensors'], {
    cwd: folder,
  })
  t.equal(code, 0)
  t.match(stdout, 'table      houses.csv: 200 rows, 7 columns\n')
  t.match(stdout, 'target     price: regression, the target holds numbers; for the other, --task classification\n')
  t.match(stdout, 'inputs     4 columns: 2 numeric, 2 categorical\n')
  t.match(stdout, 'dropped    unit (a single value in the training rows)\nignored    id\n')
  t.match(stdout, /\nmissing {4}age \d+ cells\n/)
  t.match(stdout, 'rows       160 train, 40 test (drawn at random from seed 3)\n')
  t.match(stdout, 'network    mlp, 8 inputs, 2 hidden layers of 16, l1 normalisation, float32\n')
  t.match(stdout, 'training   50 epochs of 8 steps, standard encoding, lambda 0.001, seed 3\n')
  t.match(
    stdout,
    /\n +test +mean +linear\nRMSE, scaled units .*\nRMSE, units of price .*\nmean absolute error .*\nR2 .*\n/,
  )
  t.match(stdout, /\npath norm [\d.]+, near sparsity [\d.]+ %, exact zeros 0\.0 %\n.* on cpu \(\w+, \d+ threads?\)\n/)
  t.match(stdout, /\nm\.safetensors: [\d.]+ kB\nm\.report\.html: all of this as a page\n$/)
  t.equal(stderr.trimEnd().split('\n').length, 10)
  t.match(await load(join(folder, 'm.safetensors')), { target: 'price', lambda: 1e-3 })
})

t.test('--json: one document, with what the library says of the same rows', async (t) => {
  const folder = folderOf(t)
  const args = [...onHouses, '--epochs', '50', '--test', '0.25', '--out', 'm.safetensors', '--no-report']
  const found = await psilonJson(args, { cwd: folder })
  const { rows, task, reason, lambda, search, stopped, epoch } = found
  t.strictSame(
    { rows, task, lambda, search, stopped, epoch },
    {
      rows: { train: 150, test: 50, validation: 0 },
      task: 'regression',
      lambda: 1e-3,
      search: [],
      stopped: 'completed',
      epoch: 50,
    },
  )
  t.equal(reason, 'the target holds numbers')
  const file = join(folder, 'm.safetensors')
  const model = (await load(file)) as PsilonRegressor
  t.strictSame(found.model, { file: 'm.safetensors', bytes: readFileSync(file).length })
  t.strictSame(found.network, JSON.parse(JSON.stringify(model.network.config)))
  t.equal(found.pathNorm, model.pathNorm())
  t.equal(found.sparsity.near, model.sparsity().near)
  t.strictSame(found.table.dropped, ['unit'])
  t.strictSame(found.table.categorical, ['town', 'garden'])
  t.strictSame(Object.keys(found.table.missing), ['age'])
  t.strictSame(Object.keys(found.scores), ['test'])
  t.equal(found.scores.test.rows, 50)
  // on the test rows it is better than the mean of the training rows by far
  const { test } = found.scores
  t.ok(test.rmse < 0.5 * test.baseline.rmse && test.scaledRmse < 0.5 * test.baseline.scaledRmse)
  t.ok(near(test.rmse / test.scaledRmse, test.baseline.rmse / test.baseline.scaledRmse))
  t.ok(near(test.rmse / test.scaledRmse, test.linear.rmse / test.linear.scaledRmse))
  t.ok(test.linear.r2 > 0.5 && test.linear.r2 < 1)
  const again = await psilonJson([...args, '--out', 'again.safetensors'], { cwd: folder })
  t.strictSame(readFileSync(join(folder, 'again.safetensors')), readFileSync(file))
  t.strictSame(again.scores, found.scores)
})

t.test('--train-rows: the first rows train, the rest in halves tests and validates', async (t) => {
  const folder = t.testdir()
  const args = ['train', bundled('breast_cancer.csv'), '--target', 'target', '--train-rows', '200', ...small]
  const found = await psilonJson([...args, '--epochs', '20', '--out', 'm.safetensors', '--no-report'], { cwd: folder })
  t.strictSame(found.rows, { train: 200, test: 184, validation: 185 })
  const model = (await load(join(folder, 'm.safetensors'))) as PsilonClassifier
  const table = await readTable(bundled('breast_cancer.csv'))
  const parts = { test: table.slice(200, 384), validation: table.slice(384, 569) }
  const train = table.slice(0, 200).columns.at(-1) as number[]
  const rate = train.filter((label) => label === 1).length / 200
  for (const [name, part] of Object.entries(parts)) {
    const { baseline, linear, ...scores } = found.scores[name]
    t.strictSame(scores, JSON.parse(JSON.stringify(await model.evaluate(part))))
    t.ok(linear.logLoss < 0.3 * baseline.logLoss && linear.accuracy > 0.9 && linear.auc > 0.97)
    const labels = part.columns.at(-1) as number[]
    const ones = labels.filter((label) => label === 1).length
    const logLoss = -(ones * Math.log(rate) + (labels.length - ones) * Math.log(1 - rate)) / labels.length
    t.ok(near(baseline.logLoss, logLoss))
    t.ok(near(baseline.accuracy, rate > 0.5 ? ones / labels.length : 1 - ones / labels.length))
    t.equal(baseline.auc, 0.5)
  }
})

t.test('--train-rows with --lambda auto: the validation half chooses, the test half does not', async (t) => {
  const { names, columns, rows } = await readTable(bundled('breast_cancer.csv'))
  const target = columns.at(-1) as number[]
  const csv = (flipped: (row: number) => boolean) => {
    const labels = target.map((label, row) => (flipped(row) ? 1 - label : label))
    const cells = [...columns.slice(0, -1), labels]
    return [names, ...Array.from({ length: rows }, (_, row) => cells.map((column) => column[row]))].join('\n')
  }
  const cwd = t.testdir({
    'as-is.csv': csv(() => false),
    'test.csv': csv((row) => row >= 200 && row < 384),
    'validation.csv': csv((row) => row >= 384),
  })
  const args = ['--target', 'target', '--train-rows', '200', ...small, '--epochs', '20', '--lambdas', '1e-3,0.5']
  const train = (file: string) => psilonJson(['train', file, ...args], { cwd })
  const found = await train('as-is.csv')
  t.match(found.search, [{ lambda: 1e-3 }, { lambda: 0.5 }])
  t.equal(found.lambda, 1e-3)
  t.ok(Math.abs(found.search[0].score - found.scores.validation.logLoss) < 1e-6, 'the chosen network is kept')
  t.strictSame((await train('test.csv')).search, found.search)
  t.equal((await train('validation.csv')).lambda, 0.5, 'smooth is better where the labels are wrong')
})

t.test('--test 0 trains on all rows and scores these', async (t) => {
  const found = await psilonJson([...onHouses, '--epochs', '5', '--test', '0'], { cwd: folderOf(t) })
  t.strictSame(found.rows, { train: 200, test: 0, validation: 0 })
  t.strictSame(Object.keys(found.scores), ['train'])
  t.equal(found.scores.train.rows, 200)
  t.equal(found.model, null)
})

t.test('classes keep their proportions in the test rows', async (t) => {
  const args = ['train', bundled('wine.csv'), '--target', 'target', ...small, '--epochs', '40']
  const { rows, task, scores } = await psilonJson(args)
  t.strictSame({ rows, task }, { rows: { train: 142, test: 36, validation: 0 }, task: 'classification' })
  t.ok(Math.abs(scores.test.baseline.accuracy - 71 / 178) < 0.02)
  t.ok(scores.test.accuracy > 0.8)
})

t.test('every option reaches the estimator', async (t) => {
  const options = {
    preset: 'paper',
    hidden: [8, 6],
    normalization: 'l2',
    dtype: 'float64',
    seed: 5,
    epochs: 4,
    batchSize: 30,
    learningRate: 0.02,
    schedule: 'cosine',
    regularizer: 'l2',
    device: 'cpu',
    threads: 1,
    ignore: ['hue', 'ash'],
    categorical: ['magnesium'],
    encoding: 'asinh',
    classWeight: 'balanced',
    sharedLength: false,
    lambda: 0.02,
    prune: { sparsity: 0.3, from: 0.25, to: 0.75, restart: false },
    earlyStopping: { patience: 3 },
  }
  const args = [
    ...['--preset', 'paper', '--hidden', '8,6', '--normalization', 'l2', '--dtype', 'float64', '--seed', '5'],
    ...['--epochs', '4'],
    ...['--batch-size', '30', '--learning-rate', '2e-2', '--schedule', 'cosine', '--regularizer', 'l2'],
    ...['--device', 'cpu', '--threads', '1', '--ignore', 'hue', '--ignore', 'ash'],
    ...['--categorical', 'magnesium', '--encoding', 'asinh'],
    ...['--class-weight', 'balanced', '--no-shared-length', '--lambda', '0.02', '--prune', '0.3'],
    ...['--prune-from', '0.25', '--prune-to', '0.75', '--no-prune-restart', '--patience', '3'],
  ]
  const found = await psilonJson(['train', bundled('wine.csv'), '--target', 'target', ...args])
  t.strictSame(found.options, options)

  const others = [
    ...['--preset', 'paper', '--kind', 'resnet', '--hidden', '6', '--depth', '2', '--projection', 'every-step'],
    ...['--epochs', '2'],
  ]
  const search = ['--lambda', 'auto', '--lambdas', '0.1,0.2', '--folds', '2']
  const resnet = await psilonJson(['train', bundled('wine.csv'), '--target', 'hue', ...others, ...search])
  t.strictSame(resnet.options, {
    ...{ preset: 'paper', kind: 'resnet', hidden: 6, depth: 2, seed: 0, epochs: 2, projection: 'every-step' },
    ...{ lambdas: [0.1, 0.2], lambda: 'auto', selection: { folds: 2 } },
  })
  const ofLogarithm = ['train', bundled('wine.csv'), '--target', 'hue', ...small, '--target-transform', 'log']
  t.equal((await psilonJson(ofLogarithm)).options.targetTransform, 'log')
  const scaled = await psilonJson(['train', bundled('wine.csv'), '--target', 'hue', ...small, '--prune-scale', 'raw'])
  t.strictSame(scaled.options.prune, { scale: 'raw' })
})

t.test('a target without a logarithm is refused, with its line', async (t) => {
  const folder = t.testdir({ 'counts.csv': 'x,y\n1,5\n2,0\n3,7\n4,9\n5,11\n' })
  const args = ['train', 'counts.csv', '--target', 'y', ...small]
  const { code, stderr } = await psilon([...args, '--target-transform', 'log'], { cwd: folder })
  t.equal(code, 1)
  t.match(stderr, 'line 3 of counts.csv, column "y": got 0, expected a number above 0, for --target-transform log\n')
  const { stdout } = await psilon([...args, '--target-transform', 'log1p'], { cwd: folder })
  t.match(stdout, '\nlearned    ln(1 + y)\n')
})

t.test('--task overrules what the target looks like', async (t) => {
  const args = ['train', bundled('wine.csv'), '--target', 'target', ...small, '--epochs', '5', '--task', 'regression']
  const { task, reason, scores } = await psilonJson(args)
  t.strictSame({ task, reason }, { task: 'regression', reason: 'as --task says' })
  t.type(scores.test.rmse, 'number')
})

t.test('a target of tiny numbers is trained and scored like any other', async (t) => {
  const rows = someHouses(60).map(({ price, ...house }) => ({ ...house, price: price * 1e-205 }))
  const cwd = t.testdir({ 'tiny.csv': csvOf(rows) })
  const args = [
    'train',
    'tiny.csv',
    '--target',
    'price',
    ...small,
    '--epochs',
    '2',
    '--out',
    'm.safetensors',
    '--no-report',
  ]
  const { scores, model } = await psilonJson(args, { cwd })
  t.equal(model.file, 'm.safetensors')
  t.ok(Number.isFinite(scores.test.r2) && scores.test.rmse > 0 && scores.test.baseline.rmse > 0)
})

t.test('--quiet prints the scores alone', async (t) => {
  const { code, stdout, stderr } = await psilon([...onHouses, '--epochs', '5', '--quiet'], { cwd: folderOf(t) })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, /^ +test +mean +linear\nRMSE/)
})

t.test('a closed stdout does not end the training', async (t) => {
  const folder = folderOf(t)
  const args = [...onHouses, '--epochs', '200', '--out', 'm.safetensors', '--no-report']
  const { code } = await psilon(args, { cwd: folder, closeEarly: true })
  t.equal(code, 0)
  t.match(await load(join(folder, 'm.safetensors')), { target: 'price' })
})

t.test('a model that is no better than the baseline, and a loss that still fell, are told of', async (t) => {
  const cwd = folderOf(t)
  const [few, none] = [
    await psilonJson([...onHouses, '--epochs', '12'], { cwd }),
    await psilonJson([...onHouses, '--epochs', '1'], { cwd }),
  ]
  t.strictSame(
    few.warnings.map(({ code }: { code: string }) => code),
    ['loss-still-falling'],
  )
  t.match(
    few.warnings[0].message,
    /^the loss on the test rows still fell by \d+\.\d % in the last half of the epochs; more/,
  )
  t.strictSame(
    none.warnings.map(({ code }: { code: string }) => code),
    ['no-better-than-baseline'],
  )
  const { stdout } = await psilon([...onHouses, '--epochs', '1', '--out', 'm.safetensors'], { cwd })
  const [{ message }] = none.warnings
  t.match(
    message,
    /^on the test rows the model is (worse|no better) than always predicting the mean: RMSE [\d,]+ beside [\d,]+$/,
  )
  t.match(stdout, `\nwarning: ${message}\n`)
  t.match(readFileSync(join(cwd, 'm.report.html'), 'utf8'), message)
  t.strictSame((await psilonJson([...onHouses, '--epochs', '300'], { cwd })).warnings, [])
})

t.test('without --out it is said before the training that nothing will be saved', async (t) => {
  const cwd = folderOf(t)
  const { stdout } = await psilon([...onHouses, '--epochs', '2'], { cwd })
  t.match(stdout, /\nmodel {6}will not be saved; --out FILE saves it\n\n/)
  t.notMatch(
    (await psilon([...onHouses, '--epochs', '2', '--out', 'm', '--no-report'], { cwd })).stdout,
    'will not be saved',
  )
})

/** Puts folders in the place of files once the training has begun. */
const blocking = (...names: string[]) => ({
  text: '10%',
  code: `for (const name of ${JSON.stringify(names)}) process.getBuiltinModule('node:fs').mkdirSync(name)`,
})

t.test('every file that cannot be written is named, the scores are printed, and the model is whole', async (t) => {
  const cwd = folderOf(t)
  const long = [...onHouses, '--epochs', '200', '--threads', '1', '--out', 'm.safetensors']
  const runAt = blocking('m.run.json', 'm.report.html')
  const { code, stdout, stderr } = await psilon(long, { cwd, runAt })
  t.equal(code, 1)
  t.match(stdout, /\nR2 .*\n[\s\S]*m\.safetensors: [\d.]+ kB\n$/)
  const why = 'it is not a regular file'
  t.equal(
    stderr.split('\n').at(-2),
    `psilon: [train] cannot write m.run.json: ${why}; cannot write m.report.html: ${why}; the model is saved in m.safetensors`,
  )
  t.match(await load(join(cwd, 'm.safetensors')), { target: 'price' })
})

t.test('so it is where the model itself cannot be written', async (t) => {
  const cwd = folderOf(t)
  const long = [...onHouses, '--epochs', '200', '--threads', '1', '--out', 'm.safetensors']
  const { code, stdout, stderr } = await psilon(long, { cwd, runAt: blocking('m.safetensors') })
  t.equal(code, 1)
  t.match(stdout, /\nR2 /)
  t.match(stderr, /psilon: \[train\] cannot write m\.safetensors: it is not a regular file; the model is not saved\n$/)
  t.notOk(existsSync(join(cwd, 'm.run.json')))
})

t.test('of a wide table only a part of the columns is printed', async (t) => {
  const names = Array.from({ length: 3000 }, (_, j) => `c${j}`)
  const rows = Array.from({ length: 20 }, (_, i) => [...names.map((_, j) => Math.sin(i * j + i).toFixed(3)), i % 2])
  const empty = [...names.map(() => ''), 1]
  const cwd = t.testdir({
    't.csv': [[...names, 'y'], ...rows].join('\n'),
    'gaps.csv': [[...names, 'y'], empty].join('\n'),
  })
  const flags = ['--preset', 'paper', '--hidden', '4', '--epochs', '2', '--out', 'm.safetensors', '--no-report']
  const train = ['train', 't.csv', '--target', 'y', ...flags]
  const lines = async (args: string[]) => {
    const { stdout, stderr } = await psilon(args, { cwd })
    return [...stdout.split('\n'), ...stderr.split('\n')]
  }
  t.ok((await lines(train)).length < 40)
  const inspected = await lines(['inspect', 'm.safetensors'])
  t.ok(inspected.length < 90)
  t.ok(inspected.includes('and 2,950 more, of less influence; --json has all'))
  const predicted = await lines(['predict', 'm.safetensors', 'gaps.csv'])
  t.ok(predicted.length < 40)
  t.ok(predicted.includes('psilon: warning: 2,992 more columns have missing cells; --json has all'))
})

t.test('settings that diverge are named', async (t) => {
  const folder = folderOf(t)
  // the penalty of the first overflows in the first step
  const flags = ['--epochs', '5', '--lambda', 'auto', '--lambdas', '1e308,1e-3', '--no-report']
  const { code, stdout } = await psilon([...onHouses, ...flags], { cwd: folder })
  t.equal(code, 0)
  t.match(stdout, /\na setting diverged and was given up: encoding standard, 16 units, lambda 1e\+308, in epoch 1\n/)
  const warning = '1 setting diverged in the search and was given up; a smaller learning rate or lambda may help'
  t.match(stdout, `\nwarning: ${warning}\n`)
  const { diverged, warnings } = await psilonJson([...onHouses, ...flags, '--out', 'd.safetensors'], { cwd: folder })
  t.match(diverged, [{ stage: 'search', lambda: 1e308, epoch: 1 }])
  t.match(warnings, [{ code: 'diverged', message: warning }])
  const record = JSON.parse(readFileSync(join(folder, 'd.run.json'), 'utf8'))
  t.strictSame(record.diverged, diverged)
  t.equal((await psilon(['report', 'd.safetensors', '--out', 'd.html'], { cwd: folder })).code, 0)
  const page = readFileSync(join(folder, 'd.html'), 'utf8')
  t.match(page, `role="note">${warning}<`)
  t.match(page, /<h2>Fits that diverged[\s\S]+<th scope="row">standard<\/th><td>16<\/td><td>1e\+308<\/td>/)
})

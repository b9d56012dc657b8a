import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, PsilonNet, PsilonRegressor } from 'psilon'
import t, { type Test } from 'tap'
import { atRandom } from '#psilon/cli/train/parts.js'
import { readTable } from '#psilon/tables/table.js'
import { packageRoot } from '../support/child.js'
import { csvOf, someHouses } from '../support/houses.js'
import { psilon, psilonJson, small } from './run.js'

const onHouses = ['train', 'houses.csv', '--target', 'price', ...small, '--epochs', '30', '--out', 'm.safetensors']
const folderOf = (t: Test) => t.testdir({ 'houses.csv': csvOf(someHouses(120)) })
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')
const titles = (page: string) => [...page.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, title]) => title)

const ofErrors = ['Actual against predicted', 'Residuals']
const ofTraining = ['Loss', 'Path norm', 'Sparsity']
const ofModel = ['Influence of each input', 'Weights of the first layer', 'Share of the weights of each layer']

t.test('train writes the record and the page; report writes the same page from the two files', async (t) => {
  const cwd = folderOf(t)
  const found = await psilonJson(onHouses, { cwd })
  t.strictSame([found.record, found.report], ['m.run.json', 'm.report.html'])
  const page = read(cwd, 'm.report.html')
  t.strictSame(titles(page), [...ofErrors, ...ofTraining, ...ofModel])
  t.match(page, '<h1>Prediction of price</h1>')
  t.match(page, found.scores.test.r2.toFixed(4))
  t.match(page, found.scores.test.linear.r2.toFixed(4))
  const { date, command } = JSON.parse(read(cwd, 'm.run.json'))
  t.ok(Math.abs(Date.parse(date) - statSync(join(cwd, 'm.run.json')).mtimeMs) < 60_000 * 60, date)
  t.match(page, `<dd>${date.slice(0, 10)} ${date.slice(11, 16)} UTC</dd>`)
  t.equal(command, `psilon ${onHouses.join(' ')} --json`)
  t.match(page, command)
  for (const name of ['area', 'age', 'town', 'garden']) t.match(page, `<th scope="row">${name}</th>`)

  const again = await psilonJson(['report', 'm.safetensors', '--out', 'again.html'], { cwd })
  const expected = { command: 'report', model: 'm.safetensors', record: 'm.run.json', out: 'again.html' }
  t.strictSame(again, expected)
  t.equal(read(cwd, 'again.html'), page)
  const ofFolder = await psilon(['report', '.'], { cwd })
  t.match(ofFolder, { code: 0, stdout: 'm.report.html\n', stderr: '' })
})

t.test('the record holds every epoch, and what the document of the run says', async (t) => {
  const cwd = folderOf(t)
  const args = [...onHouses, '--lambdas', '1e-3,1e-2', '--no-report']
  const found = await psilonJson(args, { cwd })
  t.notOk(existsSync(join(cwd, 'm.report.html')))
  t.equal(found.report, null)
  const record = JSON.parse(read(cwd, 'm.run.json'))
  t.match(record, { format: 'psilon-run', formatVersion: 1, model: { file: 'm.safetensors' } })
  for (const name of ['rows', 'split', 'lambda', 'search', 'stopped', 'epoch', 'scores', 'device']) {
    t.strictSame(record[name], found[name], name)
  }
  t.equal(record.epochs.loss.length, 30)
  const last = record.epochs.pathNorm[29]
  t.ok(found.pathNorm >= last && found.pathNorm < last * (1 + 1e-4), 'that of the model is rounded up')
  const { code } = await psilon(['report', 'm.safetensors'], { cwd })
  t.equal(code, 0)
  t.match(titles(read(cwd, 'm.report.html')), [...ofErrors, ...ofTraining, 'Score', 'Path norm', ...ofModel])
})

t.test('the loss of rows that decide nothing is followed and changes no bit', async (t) => {
  const cwd = folderOf(t)
  await psilonJson(onHouses, { cwd })
  const { watched, epochs } = JSON.parse(read(cwd, 'm.run.json'))
  t.equal(watched, 'test rows')
  t.ok(epochs.validationLoss.every((loss: unknown) => typeof loss === 'number'))
  const table = await readTable(join(cwd, 'houses.csv'))
  const { train } = atRandom(table, 0.2, 3, { target: 'price', task: 'regression' })
  const setting = { preset: 'paper', hidden: 16, depth: 2 } as const
  const options = { ...setting, batchSize: 20, learningRate: 0.01, seed: 3, epochs: 30 }
  const alone = new PsilonRegressor(options)
  await alone.fit(train, { target: 'price' })
  const followed = (await load(join(cwd, 'm.safetensors'))) as PsilonRegressor
  t.strictSame(followed.network.parameters, alone.network.parameters)
})

t.test('a model alone gives a page that says what is missing', async (t) => {
  const cwd = t.testdir()
  const net = new PsilonNet({ inputs: 3, hidden: 4, depth: 2 })
  await net.save(join(cwd, 'net.safetensors'))
  const { code, stdout, stderr } = await psilon(['report', 'net.safetensors'], { cwd })
  t.strictSame({ code, stdout, stderr }, { code: 0, stdout: 'net.report.html\n', stderr: '' })
  const page = read(cwd, 'net.report.html')
  t.strictSame(titles(page), ofModel)
  t.match(page, /role="note">The model file alone does not describe its training/)
})

t.test('the record of another model is left out, with a warning', async (t) => {
  const cwd = folderOf(t)
  await psilonJson(onHouses, { cwd })
  const pruned = ['prune', 'm.safetensors', '--sparsity', '0.3', '--out', 'p.safetensors']
  t.match(await psilon(pruned, { cwd }), { code: 0 })
  renameSync(join(cwd, 'p.safetensors'), join(cwd, 'm.safetensors'))
  const { code, stderr } = await psilon(['report', 'm.safetensors'], { cwd })
  t.equal(code, 0)
  t.equal(stderr, 'psilon: warning: m.run.json describes another model than m.safetensors, so it is left out\n')
  t.strictSame(titles(read(cwd, 'm.report.html')), ofModel)
})

t.test('what is wrong is said, and no page is left', async (t) => {
  const cwd = folderOf(t)
  await psilonJson([...onHouses, '--no-report'], { cwd })
  const refused = async (args: string[], code: number, message: string | RegExp) => {
    t.match(await psilon(['report', ...args], { cwd }), { code, stdout: '', stderr: message })
  }
  await refused(['none.safetensors'], 1, '[load] cannot read none.safetensors: no such file')
  await refused(['m.safetensors', '--out', 'none/m.html'], 1, 'cannot write none/m.html: the folder none is missing')
  await refused(['m.safetensors', '--out', './m.safetensors'], 2, '--out is ./m.safetensors, which is the model')
  writeFileSync(join(cwd, 'm.run.json'), '{"format": 1')
  await refused(['m.safetensors'], 1, 'psilon: [report] m.run.json: it is not JSON\n')
  writeFileSync(join(cwd, 'two.safetensors'), '')
  await refused(['.'], 2, 'the folder . has 2 model files (m.safetensors, two.safetensors), expected one')
  t.notOk(existsSync(join(cwd, 'm.report.html')))
})

t.test('the folder of an experiment is referred to where its page is drawn', async (t) => {
  const cwd = t.testdir({ run: { 'results.json': '{"command":"reproduce deep"}' }, none: {} })
  const refused = async (args: string[], stderr: string) =>
    t.match(await psilon(['report', ...args], { cwd }), { code: 2, stdout: '', stderr })
  const there = 'in a clone of psilon: npm run reproduce -- report run\n'
  await refused(['run'], `psilon: [report] run holds an experiment, whose page is drawn ${there}`)
  await refused(['none'], 'psilon: [report] the folder none has no model file, expected one, or the path of a file\n')
})

t.test('without the packages that draw, report says what to install, and train does without a page', async (t) => {
  const cwd = folderOf(t)
  const env = { NODE_OPTIONS: `--import=${join(packageRoot, 'test', 'support', 'without-vega.mjs')}` }
  const install = 'are not installed; run: npm install vega vega-lite\n'
  const trained = await psilon([...onHouses, '--quiet'], { cwd, env })
  t.equal(trained.code, 0)
  const needs = 'charts need the packages vega and vega-lite, which'
  t.equal(trained.stderr, `psilon: warning: m.report.html was not written: ${needs} ${install}`)
  t.match(trained.stdout, /\nm\.safetensors: [\d.]+ kB\n$/)
  const { code, stderr } = await psilon(['report', 'm.safetensors'], { cwd, env })
  t.strictSame({ code, stderr }, { code: 1, stderr: `psilon: [report] ${needs} ${install}` })
  t.notOk(existsSync(join(cwd, 'm.report.html')))
})

t.test('a folder in the place of the page is found before the training', async (t) => {
  const cwd = t.testdir({ 'houses.csv': csvOf(someHouses(120)), 'm.report.html': {} })
  const { code, stderr } = await psilon(onHouses, { cwd })
  t.equal(code, 1)
  t.match(stderr, 'cannot write m.report.html: it is not a regular file')
  t.notOk(existsSync(join(cwd, 'm.safetensors')))
})

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet, readTable, version } from 'psilon'
import t from 'tap'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { readFile } from '#psilon/tables/file.js'
import { hung } from '../support/child.js'
import { csvOf, quick, someHouses } from '../support/houses.js'
import { psilonInOneProcess } from './in-one-process.js'
import { cli, psilon, psilonJson } from './run.js'

// What the commands say of a model must be what the library says of it.
const cwd = t.testdir()
const at = (name: string) => join(cwd, name)
const bounds = ['original', 'improved', 'tight'] as const

const houses = someHouses(120)
const kinds = ['"so-called"', 'a,b', 'plain']
const kindOf = (price: number) => kinds[price < 150_000 ? 0 : price < 250_000 ? 1 : 2]
const classed = houses.map(({ price, ...house }) => ({ ...house, 'kind, perhaps': kindOf(price) }))
const quoted = (rows: readonly object[]) =>
  [Object.keys(rows[0] as object), ...rows.map(Object.values)]
    .map((cells) => cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(','))
    .join('\n')
// one town that training never saw, one area that is missing
const strange = someHouses(30, 2).map((house, i) => ({
  ...house,
  town: i === 4 ? 'Dortmund' : house.town,
  area: i === 7 ? '' : house.area,
}))
writeFileSync(at('houses.csv'), csvOf(houses))
writeFileSync(at('kinds.csv'), quoted(classed))
writeFileSync(at('strange.csv'), csvOf(strange))

const regressor = new PsilonRegressor(quick)
await regressor.fit(houses, { target: 'price' })
await regressor.save(at('price.safetensors'))
const classifier = new PsilonClassifier({ ...quick, kind: 'resnet' })
await classifier.fit(classed, { target: 'kind, perhaps' })
await classifier.save(at('kind.safetensors'))
const warnings = [
  'psilon: warning: column "town" holds values that training never saw: "Dortmund"\n',
  'psilon: warning: column "area" has 1 missing cell\n',
].join('')
const notes = { unseen: { town: ['Dortmund'] }, missing: { area: 1 } }

t.test('predict: values as CSV, warnings on stderr', async (t) => {
  const { code, stdout, stderr } = await psilon(['predict', 'price.safetensors', 'strange.csv'], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: warnings })
  const { values } = await regressor.predict(await readTable(at('strange.csv')))
  t.equal(stdout, ['price', ...values, ''].join('\n'))
})

t.test('predict: labels and probabilities as CSV that reads back', async (t) => {
  const { code, stdout, stderr } = await psilon(['predict', 'kind.safetensors', 'kinds.csv'], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  writeFileSync(at('predictions.csv'), stdout)
  const { names, columns } = await readFile(at('predictions.csv'))
  const { labels, probabilities, classes } = await classifier.predict(classed)
  t.strictSame(names, ['kind, perhaps', ...kinds.map((kind) => `p(${kind})`)])
  t.strictSame(classes, kinds)
  t.strictSame(columns[0], labels)
  for (let k = 0; k < 3; k++) {
    const chances = Array.from({ length: 120 }, (_, i) => probabilities.data[3 * i + k])
    t.strictSame(columns[k + 1]?.map(Number), chances)
  }
})

t.test('predict --json', async (t) => {
  const { values } = await regressor.predict(await readTable(at('strange.csv')))
  const named = { command: 'predict', model: 'price.safetensors', file: 'strange.csv', target: 'price' }
  const found = await psilonJson(['predict', 'price.safetensors', 'strange.csv'], { cwd })
  t.strictSame(found, { ...named, values: Array.from(values), ...notes })
  const { labels, probabilities } = await classifier.predict(classed)
  const rows = labels.map((_, i) => Array.from(probabilities.data.subarray(3 * i, 3 * i + 3)))
  const classes = await psilonJson(['predict', 'kind.safetensors', 'kinds.csv'], { cwd })
  t.match(classes, { target: 'kind, perhaps', classes: kinds })
  t.strictSame(classes.labels, labels)
  t.strictSame(classes.probabilities, rows)
})

t.test('predict --keep: columns of the table beside the predictions', async (t) => {
  const rows = strange.map((house, i) => ({ id: `00${i}`, ...house, price: i === 3 ? '' : 1000 + i }))
  writeFileSync(at('named.csv'), csvOf(rows))
  const { values } = await regressor.predict(await readTable(at('strange.csv')))
  const { code, stdout } = await psilon(['predict', 'price.safetensors', 'named.csv', '--keep', 'town,id'], { cwd })
  t.equal(code, 0)
  t.equal(stdout, ['town,id,price', ...rows.map(({ town, id }, i) => `${town},${id},${values[i]}`), ''].join('\n'))

  const all = await psilon(['predict', 'price.safetensors', 'named.csv', '--keep', 'all', '--out', 'all.csv'], { cwd })
  t.match(all, { code: 0, stdout: 'all.csv: 30 predictions of price\n' })
  const [head, ...lines] = readFileSync(at('all.csv'), 'utf8').trimEnd().split('\n')
  t.equal(head, [...Object.keys(rows[0] as object), 'predicted_price'].join(','))
  const [kept] = readFileSync(at('named.csv'), 'utf8').split('\n').slice(4)
  t.equal(lines[3], `${kept},${values[3]}`)

  const { kept: columns, values: same } = await psilonJson(
    ['predict', 'price.safetensors', 'named.csv', '--keep', 'id'],
    { cwd },
  )
  t.strictSame(columns, { id: rows.map(({ id }) => id) })
  t.strictSame(same, Array.from(values))

  const both = await psilon(['predict', 'price.safetensors', 'named.csv', '--keep', 'idd,area,nothing'], { cwd })
  const message = 'psilon: [predict] --keep names "idd", "nothing", which are not columns of the table\n'
  t.match(both, { code: 2, stdout: '', stderr: message })
  const one = await psilon(['predict', 'price.safetensors', 'named.csv', '--keep', 'idd'], { cwd })
  t.match(one.stderr, '--keep names "idd", which is not a column of the table; did you mean "id"?')
  const over = await psilon(['predict', 'price.safetensors', 'named.csv', '--out', 'named.csv'], { cwd })
  t.match(over, {
    code: 2,
    stderr: 'psilon: [predict] --out is named.csv, which is the table, expected another file\n',
  })
})

t.test('predict ends well where the reader closes the pipe', async (t) => {
  writeFileSync(at('many.csv'), csvOf(someHouses(20_000)))
  const end = await psilon(['predict', 'price.safetensors', 'many.csv'], { cwd, closeEarly: true })
  t.match(end, { code: 0, signal: null, stderr: '' })
  t.ok(end.stdout.split('\n').length < 20_000, 'not all of it was read')
})

t.test('a full disk is a failure', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async (t) => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [cli, 'predict', 'price.safetensors', 'houses.csv'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
    timeout: hung,
  })
  const message = '[psilon] cannot write standard output: no space left on the device'
  t.strictSame({ status, stderr }, { status: 1, stderr: `psilon: ${message}\n` })
})

t.test('evaluate', async (t) => {
  const { rows, ...scores } = await regressor.evaluate(houses)
  const found = await psilonJson(['evaluate', 'price.safetensors', 'houses.csv'], { cwd })
  t.match(found, { command: 'evaluate', target: 'price', rows, ...scores, unseen: {}, missing: {} })
  const prices = houses.map(({ price }) => price)
  const mean = prices.reduce((sum, price) => sum + price, 0) / rows
  const deviation = Math.sqrt(prices.reduce((sum, price) => sum + (price - mean) ** 2, 0) / rows)
  t.ok(Math.abs(found.baseline.rmse / deviation - 1) < 1e-9)
  t.ok(Math.abs(found.baseline.r2) < 1e-9)

  const { code, stdout, stderr } = await psilon(['evaluate', 'price.safetensors', 'strange.csv'], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: warnings })
  const { r2 = Number.NaN } = await regressor.evaluate(at('strange.csv'))
  t.match(stdout, /^30 rows of strange\.csv, target price\n\n +model +mean\nRMSE, scaled units /)
  t.match(stdout, new RegExp(`\nR2 +${r2.toFixed(4)} +`))

  const { logLoss, accuracy } = await classifier.evaluate(classed)
  const classes = await psilonJson(['evaluate', 'kind.safetensors', 'kinds.csv'], { cwd })
  t.match(classes, { rows: 120, logLoss, accuracy })
  const shares = kinds.map((kind) => classed.filter((row) => row['kind, perhaps'] === kind).length / 120)
  const entropy = -shares.reduce((sum, share) => sum + share * Math.log(share), 0)
  t.ok(Math.abs(classes.baseline.logLoss - entropy) < 1e-12)
  t.equal(classes.baseline.accuracy, Math.max(...shares))
})

t.test('inspect', async (t) => {
  const found = await psilonJson(['inspect', 'kind.safetensors'], { cwd })
  const { network } = classifier
  t.match(found, { model: 'kind.safetensors', bytes: statSync(at('kind.safetensors')).size, loss: 'softmax', seed: 3 })
  t.strictSame(found.network, JSON.parse(JSON.stringify(network.config)))
  t.strictSame(found.pathNorm, Object.fromEntries(bounds.map((bound) => [bound, network.pathNorm({ bound })])))
  t.equal(found.lipschitz, network.lipschitz())
  t.strictSame(found.sparsity, network.sparsity())
  const parameters = Object.values(network.parameters).reduce((sum, { data }) => sum + data.length, 0)
  t.equal(found.parameters, parameters)
  const { estimator } = found
  t.match(estimator, { task: 'classification', target: 'kind, perhaps', lambda: quick.lambda })
  t.strictSame(estimator.classes, kinds)
  const columns = classifier.influence().map(({ column, kind, deviation = null, ...influence }) => {
    return { column, kind, deviation, influence }
  })
  t.match(estimator.columns, columns)
  const of = (name: string) => estimator.columns.find(({ column }: { column: string }) => column === name)
  t.strictSame(of('town').levels, ['Aachen', 'Bonn', 'Celle'])
  t.equal(of('area').deviation, classifier.features.find(({ name }) => name === 'area')?.divisor)

  const { code, stdout, stderr } = await psilon(['inspect', 'price.safetensors'], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, 'predicts     price, regression\n')
  t.match(stdout, 'network      mlp, 7 inputs, 2 hidden layers of 24, l1 normalisation, float32\n')
  t.match(stdout, '\nkernels      dense\n')
  t.match(stdout, /\npath norm +[\d.]+ \(original\), [\d.]+ \(improved\), [\d.]+ \(tight\)\n/)
  t.match(stdout, /\nlayer 2 +[\d.]+ % +0\.0 % +[\d.]+ %\nmean +/)
  t.match(stdout, /\narea +deviation [\d.]+ +[\d,.]+ +[\d,.]+\n/)
  t.match(stdout, /\ntown +3 levels +[\d,.]+\n/)
})

t.test('inspect of a model of each encoding', async (t) => {
  for (const encoding of encodingNames) {
    const model = new PsilonRegressor({ ...quick, encoding, ensemble: 2 })
    await model.fit(houses, { target: 'price' })
    await model.save(at(`${encoding}.safetensors`))
  }
  const calls = encodingNames.map((encoding) => ['inspect', `${encoding}.safetensors`])
  const texts = await psilonInOneProcess(calls, { cwd })
  const documents = await psilonInOneProcess(
    calls.map((call) => [...call, '--json']),
    { cwd },
  )
  for (const [k, encoding] of encodingNames.entries()) {
    const { code, stdout } = texts[k]
    t.equal(code, 0)
    t.match(stdout, `\nencoding     ${encoding}\n`)
    t.match(stdout, /\ninfluence +per unit +per deviation +of any change\n/, encoding)
    t.match(stdout, /\narea +deviation [\d.]+ +[\d,.]+ +[\d,.]+\n/, encoding)
    t.strictSame(JSON.parse(documents[k].stdout).estimator.encodings, [encoding, encoding])
  }
})

t.test('inspect of a bare network', async (t) => {
  await new PsilonNet({ inputs: 3, hidden: [5, 4], seed: 2 }).save(at('net.safetensors'))
  const found = await psilonJson(['inspect', 'net.safetensors'], { cwd })
  t.match(found, { loss: null, estimator: null, network: { hidden: [5, 4] }, parameters: 21 + 25 + 6 })
  const { code, stdout } = await psilon(['inspect', 'net.safetensors'], { cwd })
  t.equal(code, 0)
  t.match(stdout, 'trained      not yet\n')
})

t.test('prune: the pruned model is written, the other left alone', async (t) => {
  const args = ['prune', 'price.safetensors', '--sparsity', '0.6', '--compact', '--table', 'houses.csv']
  const found = await psilonJson([...args, '--out', 'small.safetensors'], { cwd })
  const small = (await load(at('small.safetensors'))) as PsilonRegressor
  for (const [state, model, file] of [
    [found.before, regressor, 'price.safetensors'],
    [found.after, small, 'small.safetensors'],
  ] as const) {
    t.equal(state.bytes, statSync(at(file)).size)
    t.strictSame(state.hidden, model.network.config.hidden)
    t.equal(state.exactSparsity, model.sparsity().exact)
    t.equal(state.pathNorm, model.pathNorm())
    t.match(state.scores, await model.evaluate(houses))
  }
  t.equal(found.before.exactSparsity, 0)
  const direct = (await load(at('price.safetensors'))) as PsilonRegressor
  t.ok(direct.prune({ sparsity: 0.6 }).exact >= 0.6)
  t.match(
    found.pruned,
    { exactSparsity: direct.sparsity().exact, hidden: [24, 24] },
    'before its dead units are removed',
  )
  direct.compact()
  t.strictSame(direct.network.parameters, small.network.parameters)

  const { code, stdout, stderr } = await psilon([...args, '--out', 'small.safetensors'], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, /^ +before +pruned +compacted\nexact zeros +0\.0 % +6\d\.\d % +[67]\d\.\d %\npath norm /)
  t.match(stdout, /\n +before +mean +after +mean\nRMSE, scaled units /)
  t.match(stdout, /\nthe pruned model is in small\.safetensors\n$/)
})

t.test('prune does not write over what it reads, nor beside the record of another model', async (t) => {
  copyFileSync(at('price.safetensors'), at('other.safetensors'))
  writeFileSync(at('other.run.json'), '{}')
  symlinkSync('price.safetensors', at('link.safetensors'))
  const before = readFileSync(at('price.safetensors'))
  const refused = [
    ['price.safetensors', '--out is price.safetensors, which is the model itself, expected another file'],
    ['./link.safetensors', '--out is ./link.safetensors, which is the model itself, expected another file'],
    ['houses.csv', '--out is houses.csv, which is the table, expected another file'],
    ['other.safetensors', 'other.run.json describes another model, expected --out without a record'],
  ] as const
  const args = ['prune', 'price.safetensors', '--sparsity', '0.6', '--table', 'houses.csv', '--out']
  const ends = await psilonInOneProcess(
    refused.map(([out]) => [...args, out]),
    { cwd },
  )
  for (const [k, [, message]] of refused.entries())
    t.match(ends[k], { code: 2, stdout: '', stderr: `psilon: [prune] ${message}` })
  t.strictSame(readFileSync(at('price.safetensors')), before)
})

t.test('prune --compact alone removes dead units', async (t) => {
  const pruned = (await load(at('price.safetensors'))) as PsilonRegressor
  pruned.prune({ sparsity: 0.7 })
  await pruned.save(at('pruned.safetensors'))
  const { stdout } = await psilon(['inspect', 'pruned.safetensors'], { cwd })
  t.match(stdout, '\nkernels      sparse: predictions skip the zeros\n')
  const args = ['prune', 'pruned.safetensors', '--compact', '--out', 'compact.safetensors']
  const { before, after } = await psilonJson(args, { cwd })
  pruned.compact()
  t.strictSame(after.hidden, pruned.network.config.hidden)
  t.ok(after.parameters < before.parameters)
})

t.test('prune: a bare network, by scale', async (t) => {
  await new PsilonResNet({ inputs: 3, hidden: 8, depth: 2, seed: 2 }).save(at('net.safetensors'))
  const found = await psilonJson(['prune', 'net.safetensors', '--scale', '3', '--out', 'pruned.safetensors'], { cwd })
  const net = (await load(at('pruned.safetensors'))) as PsilonResNet
  t.equal(found.after.exactSparsity, net.sparsity().exact)
  t.ok(found.after.exactSparsity > 0.1)
  t.strictSame(net.config.hidden, [8, 8], 'not compacted unless asked for')
})

t.test('doctor', async (t) => {
  const found = await psilonJson(['doctor'])
  t.match(found, { version, node: process.version, platform: process.platform, arch: process.arch })
  t.ok(found.threads >= 1 && found.memory.total >= found.memory.free && found.memory.free > 0)
  t.match(found.devices[0], { name: 'cpu', available: true })
  const { code, stdout, stderr } = await psilon(['doctor'])
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  t.match(stdout, new RegExp(`^psilon +${version}\nNode\\.js +${process.version} on `))
  for (const { name, available, reason } of found.devices) {
    t.match(stdout, new RegExp(`\n${name} +${available ? '' : `cannot be used: ${reason}\n`}`))
  }
  const sets: string[] = found.devices[0].instructionSets
  for (const set of sets) {
    const { stdout } = await psilon(['doctor'], { env: { PSILON_INSTRUCTION_SET: set } })
    t.match(stdout, `CPU, ${set} kernels, of ${sets.join(', ')}\n`)
  }
  const refused = await psilon(['doctor'], { env: { PSILON_INSTRUCTION_SET: 'mmx' } })
  const message = `[devices] PSILON_INSTRUCTION_SET is "mmx"; this processor has ${sets.join(', ')}`
  t.strictSame([refused.code, refused.stdout, refused.stderr], [1, '', `psilon: ${message}\n`])
})

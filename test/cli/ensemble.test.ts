import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, type PsilonClassifier, type PsilonRegressor } from 'psilon'
import t from 'tap'
import { csvOf, someHouses } from '../support/houses.js'
import { psilon, psilonJson } from './run.js'

const cwd = t.testdir()
const at = (name: string) => join(cwd, name)
const houses = someHouses(120)
writeFileSync(at('houses.csv'), csvOf(houses))
const classed = houses.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 ? 'yes' : 'no' }))
writeFileSync(at('dear.csv'), csvOf(classed))
const flags = [
  ...[
    '--preset',
    'paper',
    '--hidden',
    '12',
    '--depth',
    '2',
    '--epochs',
    '40',
    '--batch-size',
    '32',
    '--ensemble',
    '3',
    '--no-report',
  ],
]

const trained = await psilonJson(['train', 'houses.csv', '--target', 'price', ...flags, '--out', 'price.safetensors'], {
  cwd,
})
const regressor = (await load(at('price.safetensors'))) as PsilonRegressor
await psilonJson(['train', 'dear.csv', '--target', 'dear', ...flags, '--out', 'dear.safetensors'], { cwd })
const classifier = (await load(at('dear.safetensors'))) as PsilonClassifier

t.test('train: the file holds all members, and the document says how many', async (t) => {
  t.strictSame([trained.members, trained.options.ensemble, regressor.members.length], [3, 3, 3])
  t.strictSame(trained.model, { file: 'price.safetensors', bytes: statSync(at('price.safetensors')).size })
  t.equal(trained.pathNorm, regressor.pathNorm())
  const { code, stdout } = await psilon(['train', 'houses.csv', '--target', 'price', ...flags], { cwd })
  t.equal(code, 0)
  t.match(stdout, /training .*lambda 0\.001, an ensemble of 3 networks, seed 0/)
})

t.test('inspect: members, parameters of all, bounds of the average', async (t) => {
  const facts = await psilonJson(['inspect', 'price.safetensors'], { cwd })
  const single = 7 * 12 + 12 * 12 + 12 + 3 + 12 + 12 + 1 // inputs: area, age, three towns, two gardens
  t.strictSame([facts.members, facts.parameters], [3, 3 * single])
  t.equal(facts.pathNorm.tight, regressor.pathNorm({ bound: 'tight' }))
  t.equal(facts.lipschitz, regressor.lipschitz())
  t.strictSame(facts.sparsity, regressor.sparsity())
  const { stdout } = await psilon(['inspect', 'price.safetensors'], { cwd })
  t.match(stdout, /network {6}mean of 3 networks, the first: mlp, 7 inputs/)
})

t.test('predict, evaluate and certify say what the library says', async (t) => {
  const { values } = await psilonJson(['predict', 'price.safetensors', 'houses.csv'], { cwd })
  t.strictSame(values, Array.from((await regressor.predict(houses)).values))
  const { rmse } = await psilonJson(['evaluate', 'price.safetensors', 'houses.csv'], { cwd })
  t.equal(rmse, (await regressor.evaluate(houses)).rmse)
  const { labels, radii } = await psilonJson(['certify', 'dear.safetensors', 'dear.csv'], { cwd })
  const certificate = await classifier.certify(classed)
  t.strictSame([labels, radii], [certificate.labels, Array.from(certificate.radii)])
})

t.test('prune: units and parameters are sums over the members', async (t) => {
  const args = ['prune', 'price.safetensors', '--sparsity', '0.8', '--compact', '--out', 'small.safetensors']
  const { before, after } = await psilonJson(args, { cwd })
  t.strictSame(before.hidden, [36, 36])
  const small = (await load(at('small.safetensors'))) as PsilonRegressor
  t.equal(small.members.length, 3)
  const widths = small.members.map(({ config }) => config.hidden as [number, number])
  t.strictSame(
    after.hidden,
    [0, 1].map((k) => widths.reduce((sum, hidden) => sum + (hidden[k] as number), 0)),
  )
  t.ok(after.parameters < before.parameters && after.bytes < before.bytes)
  t.ok(before.exactSparsity < 0.8)
})

t.test('lambda-rule reaches the search; alone it is refused', async (t) => {
  const args = ['train', 'houses.csv', '--target', 'price', ...flags, '--lambda-rule', 'one-standard-error']
  const { search, lambda } = await psilonJson([...args, '--lambdas', '1e-4,1e-2,1e-1'], { cwd })
  const [best] = [...search].sort((a, b) => a.score - b.score)
  const close = search.filter(({ score }: { score: number }) => score <= best.score + best.standardError)
  t.equal(lambda, Math.max(...close.map((each: { lambda: number }) => each.lambda)))
  const { code, stderr } = await psilon(args, { cwd })
  t.equal(code, 2)
  t.match(stderr, /--lambda-rule is given, but --lambda is 0.001, expected "auto"/)
})

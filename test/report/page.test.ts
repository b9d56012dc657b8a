import { PsilonClassifier, PsilonNet } from 'psilon'
import t from 'tap'
import { layOut } from '#psilon/report/layout.js'
import { runPage } from '#psilon/report/run-page.js'
import { quick, someHouses } from '../support/houses.js'
import { someRecord } from '../support/records.js'
import { hostileRun } from '../support/reports.js'

t.test('one file: no script, no address, nothing to load', async (t) => {
  const page = await layOut(runPage(await hostileRun()))
  t.notMatch(page, /<script|<link rel="stylesheet|@import|url\((?!#)|<iframe|<object/i)
  const addresses = [...page.matchAll(/https?:[^"' )]+/g)].map(([address]) => address)
  t.strictSame([...new Set(addresses)].sort(), ['http://www.w3.org/1999/xlink', 'http://www.w3.org/2000/svg'])
  t.match(page, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"")
})

t.test('names from the table are texts wherever they stand', async (t) => {
  const page = await layOut(runPage(await hostileRun()))
  t.notMatch(page, '<script>alert')
  t.notMatch(page, '<img src')
  t.match(page, '<h1>Prediction of &lt;b&gt;dear&lt;/b&gt;</h1>')
  t.match(page, '<th scope="row">&lt;script&gt;alert(1)&lt;/script&gt;</th>')
  t.match(page, /aria-label="[^"]*&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
})

t.test('the same run gives the same page', async (t) => {
  const run = await hostileRun()
  t.equal(await layOut(runPage(run)), await layOut(runPage(run)))
})

t.test('odd runs are drawn: one epoch, lambda 0, three classes, many layers, a wide table', async (t) => {
  const rows = someHouses(60).map(({ price: _, ...house }, i) => ({ ...house, kind: ['a', 'b', 'c'][i % 3] }))
  const model = new PsilonClassifier({ ...quick, depth: 15, hidden: 4, epochs: 1, kind: 'resnet' })
  await model.fit(rows, { target: 'kind' })
  const record = someRecord()
  const search = [0, 1e-3].map((lambda) => ({ lambda, score: 1, standardError: 0.01, pathNorm: 2 }))
  const epochs = record.epochs.slice(0, 1)
  const odd = { ...record, lambda: 0, search, epochs, epoch: 1, scores: {} }
  const page = await layOut(runPage({ file: 'm.safetensors', bytes: 1, model, record: odd }))
  t.equal(page.match(/<svg/g)?.length, 3 + 2 + 2 + 2)
  t.notMatch(page, /NaN|undefined|Infinity/)
  const constant = new PsilonNet({ inputs: 3, hidden: 4, depth: 2 })
  const lengths = constant.parameters
  for (const name of ['layers.0.g', 'layers.1.g', 'layers.2.g']) lengths[name].data.fill(0)
  constant.setParameters(lengths)
  const still = await layOut(runPage({ file: 'still.safetensors', bytes: 1, model: constant, record: null }))
  t.strictSame(still.match(/<h2>.*?<\/h2>/g), ['<h2>Weights</h2>', '<h2>The run</h2>'])
  t.notMatch(still, /NaN|undefined|Infinity/)
  const wide = new PsilonNet({ inputs: 400, hidden: 3, depth: 1 })
  const drawn = await layOut(runPage({ file: 'wide.safetensors', bytes: 1, model: wide, record: null }))
  t.match(drawn, '376 more move it less')
  t.ok(drawn.length < 200_000)
})

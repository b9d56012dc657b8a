import { PsilonNet } from 'psilon'
import t from 'tap'
import { cutSmallest } from '../dist/models/magnitude.js'
import { someRows } from './support/rows.js'

const shape = { inputs: 6, hidden: [20, 10], seed: 3 }

/** A fresh network, cut. */
function cutNetwork(sparsity: number): PsilonNet {
  const network = new PsilonNet(shape)
  cutSmallest(network, sparsity)
  return network
}

t.test('the smallest weights of each layer go, those that stay keep their proportions', async (t) => {
  const network = new PsilonNet(shape)
  const cut = cutNetwork(0.6)
  t.ok(Math.abs(cut.sparsity().exact - 0.6) < 0.01)
  t.ok(cut.config.pruned)
  for (const k of [0, 1, 2]) {
    const [before, after] = [network, cut].map(({ parameters }) => [...parameters[`layers.${k}.v`].data])
    const columns = network.parameters[`layers.${k}.v`].shape[1]
    const norms = before.map((_, j) => {
      const row = Math.floor(j / columns) * columns
      return before.slice(row, row + columns).reduce((sum, v) => sum + Math.abs(v), 0)
    })
    const magnitudes = before.map((v, j) => Math.abs(v) / norms[j])
    const gone = magnitudes.filter((_, j) => after[j] === 0)
    const stay = magnitudes.filter((_, j) => after[j] !== 0)
    t.ok(Math.max(...gone) <= Math.min(...stay), `layer ${k}`)
    t.ok(after.every((v, j) => v === 0 || v === before[j]))
  }
})

t.test('every row keeps its largest weight, and layers with many inputs make up for it', async (t) => {
  const { layers, exact } = cutNetwork(0.87).sparsity()
  t.ok(Math.abs(layers[0].exact - 5 / 6) < 1e-12, 'one weight of six is left')
  t.ok(layers[1].exact > 0.9)
  t.ok(Math.abs(exact - 0.87) < 0.02)
})

t.test('a fit keeps the zeros', async (t) => {
  const cut = cutNetwork(0.6)
  const { exact } = cut.sparsity()
  const x = someRows(40, 6)
  await cut.fit({ x, y: Float64Array.from({ length: 40 }, (_, i) => x.data[6 * i]) }, { epochs: 20, batchSize: 20 })
  t.equal(cut.sparsity().exact, exact)
})

import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { firstLayer } from '#psilon/report/first-layer.js'
import { drawParameters, generator } from '../support/core.js'

const sizes = { inputs: 5, hidden: 7, depth: 3, outputs: 2, dtype: 'float64' } as const
const kinds = { PsilonNet, PsilonResNet }
const variants = [
  { normalization: 'l1', sharedLength: true },
  { normalization: 'l1', sharedLength: false },
  { normalization: 'l2', sharedLength: true },
  { normalization: 'none' },
] as const

for (const [name, Network] of Object.entries(kinds)) {
  for (const variant of variants) {
    t.test(`${name} ${JSON.stringify(variant)}: shares of the units are those of the path norm`, async (t) => {
      const network = new Network({ ...sizes, ...variant })
      network.setParameters(drawParameters(network.parameters, generator(5)))
      const { shares, weights, units, inputs } = firstLayer(network)
      const close = (found: number, expected: number) => Math.abs(found - expected) <= 1e-12 * Math.abs(expected)
      t.ok(
        close(
          shares.reduce((sum, share) => sum + share, 0),
          network.pathNorm({ bound: 'improved' }),
        ),
      )
      t.strictSame([units, inputs, weights.length], [7, 5, 35])
    })
  }
}

t.test('weights are those that the network uses', async (t) => {
  const network = new PsilonNet({ inputs: 3, hidden: 4, depth: 1, outputs: 4, dtype: 'float64' })
  const parameters = drawParameters(network.parameters, generator(2))
  // the last layer hands each unit on; a large bias keeps every unit active
  parameters['layers.0.b'].data.fill(100)
  parameters['layers.1.v'].data.set([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  parameters['layers.1.g'].data.fill(1)
  network.setParameters(parameters)
  const { weights } = firstLayer(network)
  const rows = [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]
  const { data } = network.predictSync(rows)
  for (let j = 0; j < 3; j++) {
    for (let i = 0; i < 4; i++) {
      const slope = data[4 * (j + 1) + i] - data[i]
      t.ok(Math.abs(slope - weights[3 * i + j]) < 1e-12, `unit ${i}, input ${j}`)
    }
  }
})

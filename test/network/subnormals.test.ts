import t from 'tap'
import { native } from '#psilon/core/native.js'
import { configOf, predictRows } from '../support/core.js'

t.test('subnormal numbers are 0 in the core, and only there', async (t) => {
  const shape = { inputs: 2, width: 3, depth: 1, outputs: 1, normalization: 'none', dtype: 'float64' } as const
  const network = new native.Network(configOf(shape), 0)
  const parameters = network.parameters()
  for (const [name, { data }] of Object.entries(parameters)) data.fill(name.endsWith('.v') ? 2 ** 20 : 0)
  network.setParameters(parameters)
  for (const threads of [1, 2])
    for (const [rows, x] of [1, 2000].flatMap((n) => [1e-300, 1e-310].map((x) => [n, x] as const))) {
      const outputs = predictRows(network, new Float64Array(2 * rows).fill(x), rows, threads)
      const expected = x < 2 ** -1022 ? 0 : 6 * 2 ** 40 * x
      t.ok(
        outputs.every((f) => Math.abs(f - expected) <= 1e-12 * expected),
        `${rows} rows of ${x}, ${threads} threads: ${outputs[0]}`,
      )
      t.ok(x / 2 ** 40 > 0, 'JavaScript still has them')
    }
})

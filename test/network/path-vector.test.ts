import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { OutputSlopes } from '#psilon/network/output-slopes.js'
import { backwardPathVector, weightsInUse } from '#psilon/network/path-vector.js'
import { drawParameters, generator } from '../support/core.js'

const sizes = { inputs: 5, hidden: 7, depth: 3, outputs: 2, dtype: 'float64' } as const
const variants = [
  { normalization: 'l1', sharedLength: true },
  { normalization: 'l2', sharedLength: false },
  { normalization: 'none' },
] as const

for (const [name, Network] of Object.entries({ PsilonNet, PsilonResNet })) {
  for (const variant of variants) {
    for (const bound of ['original', 'improved', 'tight'] as const) {
      t.test(`${name} ${JSON.stringify(variant)}, ${bound}: both walks end at the core's path norms`, async (t) => {
        const network = new Network({ ...sizes, ...variant })
        network.setParameters(drawParameters(network.parameters, generator(5)))
        const { config, parameters } = network
        const close = (found: number, expected: number) => {
          t.ok(Math.abs(found - expected) <= 1e-12 * expected, `${found} is ${expected}`)
        }
        const [{ data }] = weightsInUse({ config, parameters }, 0)
        const q = backwardPathVector({ config, parameters }, bound)
        close(
          data.reduce((sum, weight, e) => sum + (q[Math.floor(e / sizes.inputs)] as number) * Math.abs(weight), 0),
          network.pathNorm({ bound }),
        )
        if (bound === 'original') return // what is between outputs is never the sum over the halves of a CReLU
        const slopes = new OutputSlopes({ config, parameters }, bound)
        for (const output of [0, 1]) close(slopes.between(output), network.pathNorm({ bound, output }))
      })
    }
  }
}
